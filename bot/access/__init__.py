"""Access: who may come in, with which key or account, and what they may do."""
