"""When a digest is due, how it gets into the outbox, and how it goes out."""
