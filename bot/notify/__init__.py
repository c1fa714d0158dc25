"""Ways out: each delivers a letter once and says whether it worked."""
