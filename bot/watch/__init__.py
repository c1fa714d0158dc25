"""Watching: when something out of the ordinary is said, redeemed, or not said, and who is told at once."""
