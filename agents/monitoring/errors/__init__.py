"""Errors of live apps: what error SDKs send, grouped, traced to releases and original sources."""
