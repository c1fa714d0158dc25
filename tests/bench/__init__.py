"""Benchmarks: measured, never asserted; figures are ratios within one run, because machines are noisy."""
