"""Every SQL statement, once, by stage: named parameters, and a dialect that SQLite and PostgreSQL 15+ both take.

What only SQLite says (full-text search, triggers, pragmas) stands with the SQLite modules, not here.
"""
