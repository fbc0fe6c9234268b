"""Texts of a generated app, rendered from a design: TypeScript, SQL and documents. Pure."""
