"""The ledger: codes are issued, held, redeemed, given back; every event is kept and none changed."""
