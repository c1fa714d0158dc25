"""Exports, wired: what goes out as a file, within the terms of the platforms."""
