"""Wiring of stewardship: forgetting, audit, backups."""
