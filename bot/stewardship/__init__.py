"""Keeping other people's words lawfully: what must be forgotten, when it is due, and the record that it was."""
