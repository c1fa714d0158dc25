"""Offers: codes, their append-only ledger, and the counts that follow from it."""
