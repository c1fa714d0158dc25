"""Tone by VADER: the published lexicon and rules of the vaderSentiment package, sentence by sentence.

Not its job: choosing the passages and what is masked in them. VADER knows English only and the words of its lexicon;
what it gets wrong is listed in the project's documentation.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version as installed_version
from typing import Any

from pydantic import Field

from bot.engines.analyzer import Analyzer
from bot.engines.joining import joined
from bot.model import Genre, Span, ToneLabel, ToneReading
from bot.options import Options, read_options
from bot.ports import Passage, SentimentEngine

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "…": ".", "—": " "})
"""Typographic signs that VADER does not know, to the plain ones that it does; each for one, so offsets stay."""

_TOKEN = re.compile(r"\S+")
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_EXPLAINED = 12
"""Words of one passage that are explained at most, the strongest first."""

_EMOJI_READ = 30
"""Emoji of one passage that are read; VADER spells each out in words, and its time grows with their square."""

_NO_EVIDENCE = 0.3
"""Confidence of a neutral reading where VADER knew none of the words: silence, not balance."""


class VaderOptions(Options):
    """The engine's table: from where on a mean counts as positive or negative (VADER's authors: ±0.05)."""

    positive_from: float = Field(default=0.05, gt=0, le=1)
    negative_from: float = Field(default=-0.05, ge=-1, lt=0)


def engine(options: Mapping[str, Any]) -> SentimentEngine:
    """The entry point. Raises ConfigError for options that it does not know."""
    return VaderEngine(read_options(VaderOptions, options, "engine vader"))


class VaderEngine:
    """A ``SentimentEngine`` over the vaderSentiment package; its lexicon is loaded on first use."""

    name = "vader"
    languages = frozenset({"en"})

    def __init__(self, options: VaderOptions | None = None) -> None:
        self._options = options or VaderOptions()
        self.version = (
            f"{installed_version('vaderSentiment')}/2:{self._options.negative_from:g}:{self._options.positive_from:g}"
        )
        self._with_overrides = lru_cache(maxsize=32)(self._overridden)

    def read(
        self,
        passages: Sequence[Passage],
        overrides: Mapping[str, float],
        genre: Genre | None = None,
    ) -> ToneReading:
        """The mean compound score of the passages, in [-1, 1]; None when they hold nothing but names and links.

        A short post's passages are read as one text; the genre makes no other difference.
        ``confidence`` is not calibrated: the size of the mean where it has a sign; where it is neutral, how near it is
        to 0, or 0.3 when no word was known. Each span's ``contribution`` is by how much the tone would be lower
        without that word, leaving the others as they are.
        """
        analyzer, phrases = self._with_overrides(tuple(sorted(overrides.items())))
        texts = [
            (thinned(_readable(passage, phrases), analyzer.emojis), passage) for passage in joined(passages, genre)
        ]
        texts = [(text, passage) for text, passage in texts if _says_something(text, passage)]
        if not texts:
            return ToneReading(None, None, None, why="nothing to read but names, handles and links")
        compounds = [_compound(analyzer, text) for text, _ in texts]
        tone = sum(compounds) / len(compounds)
        spans = tuple(
            Span(span.start, span.end, span.text, span.contribution / len(texts))
            for (text, passage), compound in zip(texts, compounds, strict=True)
            for span in _drivers(analyzer, text, passage, compound)
        )
        label = self._label(tone)
        return ToneReading(tone, label, self._confidence(tone, label, spans), spans, _why(compounds))

    def _label(self, tone: float) -> ToneLabel:
        if tone >= self._options.positive_from:
            return ToneLabel.POSITIVE
        return ToneLabel.NEGATIVE if tone <= self._options.negative_from else ToneLabel.NEUTRAL

    def _confidence(self, tone: float, label: ToneLabel, spans: Sequence[Span]) -> float:
        if label is not ToneLabel.NEUTRAL:
            return min(1.0, abs(tone))
        limit = self._options.positive_from if tone > 0 else -self._options.negative_from
        return 1 - abs(tone) / limit if spans else _NO_EVIDENCE

    @cached_property
    def _analyzer(self) -> Analyzer:
        return Analyzer()

    def _overridden(self, overrides: tuple[tuple[str, float], ...]) -> tuple[Analyzer, tuple[re.Pattern[str], ...]]:
        """An analyzer with the desk's own valences, and the phrases among them, which VADER must see as one word.

        A valence of 0 takes the word out of the lexicon: VADER would add emphasis even to a zero.
        """
        if not overrides:
            return self._analyzer, ()
        analyzer = copy.copy(self._analyzer)
        analyzer.lexicon = dict(analyzer.lexicon)
        phrases = []
        for word, valence in overrides:
            parts = word.casefold().translate(_STRAIGHT).split()
            if len(parts) > 1:
                phrases.append(re.compile(rf"(?<!\w){' '.join(map(re.escape, parts))}(?!\w)", re.IGNORECASE))
            if valence:
                analyzer.lexicon["_".join(parts)] = valence
            else:
                analyzer.lexicon.pop("_".join(parts), None)
        return analyzer, tuple(phrases)


def _readable(passage: Passage, phrases: Sequence[re.Pattern[str]]) -> str:
    """The passage as VADER should see it, of equal length: plain signs, masks as one neutral word, phrases joined."""
    text = straightened(passage.text)
    for start, end in passage.masked:
        text = text[:start] + neutral(text[start:end]) + text[end:]
    for phrase in phrases:
        text = phrase.sub(lambda found: found[0].replace(" ", "_"), text)
    return text


def straightened(text: str) -> str:
    """The text with typographic signs as plain ones, of the same length."""
    return text.translate(_STRAIGHT)


def thinned(text: str, emojis: Container[str]) -> str:
    """The text with emoji beyond the limit blanked, of the same length."""
    if text.isascii():
        return text
    places = [at for at, sign in enumerate(text) if sign in emojis][_EMOJI_READ:]
    signs = list(text)
    for at in places:
        signs[at] = " "
    return "".join(signs) if places else text


def neutral(stretch: str) -> str:
    """A word of that length which no lexicon holds ("zzz" is in VADER's), in capitals where it was: it hears a change
    of case as shouting.
    """
    return ("W" if stretch.isupper() else "w") * len(stretch)


def _says_something(text: str, passage: Passage) -> bool:
    """Whether anything but masks and plain punctuation is left: a letter, a digit, an emoji or an emoticon."""
    rest = list(text)
    for start, end in passage.masked:
        rest[start:end] = " " * (end - start)
    return any(sign.isalnum() or not sign.isascii() for sign in rest) or any(
        token in (":)", ":(", ":-)", ":-(", ";)", "<3") for token in "".join(rest).split()
    )


def _compound(analyzer: Analyzer, text: str) -> float:
    return float(analyzer.polarity_scores(text)["compound"])


def _drivers(analyzer: Analyzer, text: str, passage: Passage, compound: float) -> Iterator[Span]:
    """The words that drove a compound score, in the text's order, with what each one adds to it."""
    candidates = list(_known(analyzer, text))
    strongest = sorted(candidates, key=lambda known: -abs(known[2]))[:_EXPLAINED]
    for start, end, _ in sorted(strongest):
        without = text[:start] + neutral(text[start:end]) + text[end:]
        contribution = compound - _compound(analyzer, without)
        if contribution:
            yield Span(passage.start + start, passage.start + end, passage.text[start:end], contribution)


def _known(analyzer: Analyzer, text: str) -> Iterator[tuple[int, int, float]]:
    """Where the text has a word of the lexicon or an emoji that VADER spells out, with the valence (0 for emoji)."""
    for token in _TOKEN.finditer(text):
        word = token[0].strip(PUNCTUATION)
        if len(word) <= 2:  # noqa: PLR2004 VADER takes such a token for an emoticon and leaves its signs on
            word = token[0]
        valence = analyzer.lexicon.get(word.lower())
        if valence:
            start = token.start() + token[0].index(word)
            yield start, start + len(word), valence
        elif not token[0].isascii():
            for at, sign in enumerate(token[0], token.start()):
                if sign in analyzer.emojis:
                    yield at, at + 1, 0.0


def _why(compounds: Sequence[float]) -> str:
    if len(compounds) == 1:
        return "VADER's compound score of the one sentence that concerns the subject"
    shown = ", ".join(f"{compound:+.2f}" for compound in compounds[:6])
    more = ", …" if len(compounds) > 6 else ""  # noqa: PLR2004 what fits a line
    return f"mean of VADER's compound scores of {len(compounds)} sentences ({shown}{more})"
