"""What of an author who is kept under a pseudonym can be found again, by what a person writes. Pure.

A pseudonym is a keyed hash of what a platform calls the author by for good: an id where it gives one, else the handle
or the name. From that it can be made again; from a handle beside an id it cannot.
"""

from __future__ import annotations

import re

_IDS = {
    "X": re.compile(r"\d{1,20}|https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/i/user/\d+/?"),
    "Bluesky": re.compile(r"(?:https?://bsky\.app/profile/)?did:[a-z]+:[A-Za-z0-9._:%-]+/?"),
    "Reddit": re.compile(r"t2_[a-z0-9]+"),
}
"""By platform: how an account's id is written, by itself or in the address of its profile."""


def reach_of(author: str) -> str:
    """Whether this finds what is kept under pseudonyms, and what else would."""
    for platform, written in _IDS.items():
        if written.fullmatch(author.strip()):
            return f"This is an id as {platform} gives it: what is kept of it under a pseudonym is found too."
    return (
        "Of authors who are kept under a pseudonym, a handle or a name finds what Hacker News, feeds and Reddit's feeds gave. "
        "Of what X, Bluesky and Reddit's API gave it finds nothing, unless a newer post of the same account is not hidden yet: "
        "there the pseudonym stands for an id. Ask again by that: the account's number on X (or https://x.com/i/user/NUMBER), "
        "did:plc:… on Bluesky (or the profile's address with it), t2_… on Reddit; or by --url for each post."
    )
