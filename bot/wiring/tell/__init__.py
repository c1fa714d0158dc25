"""Telling, wired: digests from what they are made of to whom they reach, and what readers answer."""
