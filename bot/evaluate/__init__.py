"""Evaluation: how well the readers of tone, messages, copies and languages do on texts that people have labelled."""
