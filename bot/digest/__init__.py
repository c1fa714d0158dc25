"""The digest: what was heard and how offers are redeemed, told to the people who need it."""
