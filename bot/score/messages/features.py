"""What a message's classifier sees of a text: words, pairs of words, and the letters in them; pure.

Handles, addresses and numbers are no features: what is learned is how people put it, not who spoke.
"""

from __future__ import annotations

from itertools import pairwise

from bot.score.words import words_of

LETTERS = (2, 3, 4, 5)
MOST_CHARACTERS = 5_000
"""Characters that are looked at: who has not come to the message by then is writing about something else."""


def features_of(text: str) -> frozenset[str]:
    """The text's features, each a kind and folded letters: ``word:fair``, ``pair:not fair``, ``in:fai``."""
    forms = [word.form for word in words_of(text[:MOST_CHARACTERS]) if not word.form.isdigit()]
    found = {f"word:{form}" for form in forms}
    found.update(f"pair:{first} {second}" for first, second in pairwise(forms))
    for form in set(forms):
        framed = f" {form} "
        found.update(f"in:{framed[at : at + size]}" for size in LETTERS for at in range(len(framed) - size + 1))
    return frozenset(found)
