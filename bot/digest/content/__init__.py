"""What a digest says, part by part: figures, and beside them the words that people read."""
