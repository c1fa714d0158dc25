"""Listening, wired: sources, queries, coverage, money."""
