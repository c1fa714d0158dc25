"""Scoring: every mention is treated like a press mention: tone, reach, prominence, message."""
