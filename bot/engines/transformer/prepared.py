"""A passage as a transformer should see it: names and handles without their own tone, links without their letters."""

from __future__ import annotations

import re

from bot.ports import Passage

USER, LINK = "@user", "http"
"""What models of tweets were trained to see in place of a handle and of a link (TweetEval's own preparation)."""

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_HANDLE = re.compile(r"(?<![\w@])@\w+")


def prepared(passage: Passage) -> str:
    """The passage's text with each masked stretch and handle as ``@user``, each link as ``http``."""
    text, done, parts = passage.text, 0, []
    for start, end in passage.masked:
        masked = text[start:end]
        parts += [text[done:start], LINK if _LINK.match(masked) else USER]
        done = end
    return plain("".join([*parts, text[done:]]))


def plain(text: str) -> str:
    """Any text with its handles as ``@user`` and its links as ``http``."""
    return _HANDLE.sub(USER, _LINK.sub(LINK, text))
