"""How each section of a digest is laid out, from its part of the body."""
