"""Heard: is your message being heard? The bot that listens, scores, tells and counts."""
