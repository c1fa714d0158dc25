"""Pages for people: the till, the desk, and signing in."""
