"""What growth of the archive may cost."""
