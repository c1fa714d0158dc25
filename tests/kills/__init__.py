"""kill -9 at random moments of the whole pipeline, on both stores: ``make kills``."""
