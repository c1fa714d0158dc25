"""What redeems from outside: signed deliveries of shops, and lists of redemptions."""
