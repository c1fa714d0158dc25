"""Offers, wired: the till, its counts, its verdicts, and who named a code."""
