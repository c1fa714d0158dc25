"""Verdicts on offers that hold however often one looks: which works better, and whether to keep one up (pure)."""
