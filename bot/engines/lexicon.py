"""VADER as a source of figures: what the vaderSentiment package says of a passage, and its words' valences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from bot.engines.analyzer import Analyzer
from bot.engines.features import INVISIBLE
from bot.engines.vader import neutral, straightened, thinned
from bot.engines.words import SIGNS

Scores = tuple[float, float, float, float]
"""VADER's neg, neu, pos and compound."""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?<![\w@])@\w+")

_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
"""A sign that some machine on the way wrote out."""


class Lexicon:
    """The vaderSentiment package behind one door; loaded on first use."""

    def scores(self, text: str, masked: Sequence[tuple[int, int]] = ()) -> Scores:
        """VADER's scores of a passage; names, handles and links are words that no lexicon holds."""
        for start, end in masked:
            if not _ADDRESS.match(text, start):
                text = text[:start] + neutral(text[start:end]) + text[end:]
        if "\\u" in text:
            text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        if not text.isascii():
            text = straightened(text)
        if "@" in text or "://" in text or "www." in text:
            text = _ADDRESS.sub("www", text)
        if not text.isascii():
            text = thinned(text.translate(INVISIBLE), self._analyzer.emojis)
        told = self._analyzer.polarity_scores(text)
        return told["neg"], told["neu"], told["pos"], told["compound"]

    @cached_property
    def valences(self) -> Mapping[str, float]:
        """The valence of each word and sign: the lexicon's, in lower case, and those of emoji, which it leaves out."""
        words: Mapping[str, float] = self._analyzer.lexicon
        return {**SIGNS, **words}

    @cached_property
    def _analyzer(self) -> Analyzer:
        return Analyzer()
