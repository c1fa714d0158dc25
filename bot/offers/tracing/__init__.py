"""Where codes were seen: the stories that named them, and leaks."""
