"""Scoring, wired: rules, labels, history under new rules."""
