"""Forgetting, in the database: what is erased where, what is left in its place, and the log that it was."""
