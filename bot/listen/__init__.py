"""Listening: which items name a subject, kept once, and what was looked at to know it."""
