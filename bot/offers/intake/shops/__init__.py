"""The shop platforms: who signed a delivery, and what it tells; pure."""
