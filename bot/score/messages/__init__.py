"""Coding of key messages: the forms of a message, how near a sentence comes to them, and what labels teach."""
