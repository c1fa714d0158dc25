"""Engines: readers of tone and language behind one contract."""
