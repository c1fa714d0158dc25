"""The vaderSentiment package's analyzer with the same scores, sooner: its slow steps are skipped where they change
nothing.

The package spells out emoji sign by sign, and lower-cases the whole text for every word it knows, up to six times; that
makes it quadratic. Here its own steps see only the words that they look at, and none where nothing can come of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer, SentiText

_TURNING = frozenset(NEGATE) | {"never", "so", "this", "without", "doubt"}
"""Words that can change the valence of one that stands up to three words behind; so do those with ``n't``."""

_IDIOMATIC = frozenset(word for idiom in (*SPECIAL_CASES, *BOOSTER_DICT) if " " in idiom for word in idiom.split()) | {
    idiom for idiom in SPECIAL_CASES if " " not in idiom
}
"""The words of the package's idioms: without one of them nearby there is none."""

_BACK, _AHEAD = 3, 2
"""How many words before and behind a word the package's steps look at."""


class Analyzer(SentimentIntensityAnalyzer):  # type: ignore[misc]  # the package has no types
    """VADER, equal in every score to the package's own class."""

    def polarity_scores(self, text: str) -> dict[str, float]:
        """The scores ``neg``, ``neu``, ``pos`` and ``compound`` of a text."""
        if not self.emojis.keys().isdisjoint(text):
            return self._told(self._spelt_out(text))
        return self._told(text.strip())

    def _spelt_out(self, text: str) -> str:
        """The text with its emoji in words, spaced as the package spaces them."""
        parts: list[str] = []
        after_space = True
        for sign in text:
            described = self.emojis.get(sign)
            if described is None:
                parts.append(sign)
                after_space = sign == " "
            else:
                parts.append(described if after_space else f" {described}")
                after_space = False
        return "".join(parts).strip()

    def _told(self, text: str) -> dict[str, float]:
        seen = SentiText(text)
        words = seen.words_and_emoticons
        lower = [word.lower() for word in words]
        sentiments: list[float] = []
        for at, word in enumerate(lower):
            if (
                word in BOOSTER_DICT
                or word not in self.lexicon
                or (word == "kind" and lower[at + 1 : at + 2] == ["of"])
            ):
                sentiments.append(0)
            else:
                sentiments = self.sentiment_valence(0, seen, words[at], at, sentiments)
        if "but" in lower:
            sentiments = self._but_check(words, sentiments)
        told: dict[str, float] = self.score_valence(sentiments, text)
        return told

    @staticmethod
    def _negation_check(valence: float, words_and_emoticons: Sequence[str], start_i: int, i: int) -> float:
        first = max(0, i - _BACK)
        near = [word.lower() for word in words_and_emoticons[first : i + 1]]
        if _TURNING.isdisjoint(near) and not any("n't" in word for word in near):
            return valence
        turned: float = SentimentIntensityAnalyzer._negation_check(valence, near, start_i, i - first)  # noqa: SLF001 VADER's own rule, of a class that we extend
        return turned

    @staticmethod
    def _special_idioms_check(valence: float, words_and_emoticons: Sequence[str], i: int) -> float:
        near = [word.lower() for word in words_and_emoticons[i - _BACK : i + _AHEAD + 1]]
        if _IDIOMATIC.isdisjoint(near):
            return valence
        found: float = SentimentIntensityAnalyzer._special_idioms_check(valence, near, _BACK)  # noqa: SLF001 the same
        return found
