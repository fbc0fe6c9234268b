"""The tool's version, as each row of a history keeps it."""

VERSION = "0.1.0"
"""The package's; reading it from the installed metadata costs 30 ms of every command."""
