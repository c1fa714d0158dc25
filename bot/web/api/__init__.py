"""``/api/v1``: what programs call, with bearer keys."""
