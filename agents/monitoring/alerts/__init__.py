"""Alerts: who is told of what monitoring found out, when, and how that went."""
