"""Transformers that run on this machine: an optional extra (``heard[models]``), imported only when it is chosen."""
