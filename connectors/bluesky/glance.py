"""Passing over posts that nobody asked for without reading their JSON: nearly all of what comes.

A message that is written just as Jetstream writes a new post, and in which no word is disguised by an escape, can be
asked about as it is. Everything else is left to be read properly.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from connectors.bluesky.normalise import OUTLET, POSTS, SITE

_NEW_POST = re.compile(
    r'\{"did":"([^"\\]+)","time_us":(\d{1,18}),"kind":"commit","commit":'
    rf'\{{"rev":"[^"\\]*","operation":"create","collection":"{re.escape(POSTS)}","'
)
_DISGUISED = re.compile(r"\\(?!n)|[\x7f-\x9f]")
"""Escapes other than of a line's end, which no word holds; and what is cleaned away inside a word."""


class Glance:
    """``could_match`` is the queries' question; ``handle_of`` an account's name, if it is known."""

    def __init__(self, could_match: Callable[[str], bool], handle_of: Callable[[str], str | None]) -> None:
        self._could_match, self._handle_of = could_match, handle_of
        # what stands in every post's address is not in the message
        self._always = could_match(f"{SITE}/\n{OUTLET}")

    def time_of_unwanted(self, message: bytes) -> int | None:
        """The time (microseconds) of a new post that no query can match; None for what has to be read."""
        if self._always:
            return None
        try:
            text = message.decode()
        except UnicodeDecodeError:
            return None
        found = _NEW_POST.match(text)
        if found is None or _DISGUISED.search(text, found.end()) or self._could_match(text):
            return None
        handle = self._handle_of(found[1])
        if handle is not None and self._could_match(handle):
            return None
        return int(found[2])
