"""Watching, wired: alerts from what is stored to whoever is told."""
