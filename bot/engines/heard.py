"""The default tone engine: a small trained classifier over VADER, sentence by sentence; abstains where it is unsure.

It reads English. What trained it stands in its model file; what it reaches, and what it still gets wrong, in the
documentation. Where the subject is named, a layer of its own reads the tone toward that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from pydantic import Field

from bot.engines.features import LINK, NAME, NUMBER, USER, tokenised
from bot.engines.joining import joined
from bot.engines.lexicon import Lexicon
from bot.engines.linear import CLASSES, Triple, bundled
from bot.engines.target import MODEL as TARGET_MODEL
from bot.engines.target import TargetLayer
from bot.engines.text_layer import MODEL, TextLayer, TextReading
from bot.model import Genre, Span, ToneLabel, ToneReading
from bot.options import Options, read_options
from bot.ports import Passage, SentimentEngine

_EXPLAINED = 12
"""Words that are explained at most, the strongest first."""

_FAINT = 0.01
"""Contributions to the tone below this are not told."""

_OVERRIDE = 0.8
"""What one point of a desk's own valence adds to the logits: 4 points nearly decide a short sentence."""

_TURNED = -0.74
"""What a negation makes of a valence, as in VADER."""


class HeardOptions(Options):
    """The engine's table: below which probability of the likeliest label it says nothing."""

    abstain_below: float = Field(default=0.38, ge=0, lt=1)


def engine(options: Mapping[str, Any]) -> SentimentEngine:
    """The entry point. Raises ConfigError for options that it does not know."""
    given = read_options(HeardOptions, options, "engine heard")
    lexicon = Lexicon()
    text, target = bundled(MODEL), bundled(TARGET_MODEL)
    version = f"{text.version}.{target.version}"
    return HeardEngine(given, TextLayer(text, lexicon), TargetLayer(target, lexicon), name="heard", version=version)


class Layer(Protocol):
    """Reads a passage as a text."""

    def read(self, text: str, masked: Sequence[tuple[int, int]], genre: Genre) -> TextReading:
        """The logits of a passage, and what each of its tokens adds."""
        ...

    def probabilities(self, logits: Triple, genre: Genre) -> Triple:
        """Calibrated probabilities of negative, neutral and positive."""
        ...

    def genre(self, texts: Sequence[str]) -> Genre:
        """What kind of writing the passages look like."""
        ...


class _Override(NamedTuple):
    """A word or phrase of the desk's own, as forms of tokens, with its valence."""

    forms: tuple[str, ...]
    valence: float


class _Overridden(NamedTuple):
    """A stretch of a passage that is one of the desk's own words, with its valence there."""

    start: int
    end: int
    valence: float


class _Judged(NamedTuple):
    """A passage read: its probabilities, its stretches' pulls toward positive in logits, how many words it knew."""

    passage: Passage
    probabilities: Triple
    pulls: list[tuple[int, int, float]]
    known: int


class HeardEngine:
    """A ``SentimentEngine`` over two layers: the text's tone, and the tone toward the subject where it is named."""

    languages = frozenset({"en"})

    def __init__(
        self, options: HeardOptions, text: Layer, target: TargetLayer | None = None, *, name: str, version: str
    ) -> None:
        self.name = name
        self.version = f"{version}:{options.abstain_below:g}"
        self._options = options
        self._text = text
        self._target = target

    def read(
        self, passages: Sequence[Passage], overrides: Mapping[str, float], genre: Genre | None = None
    ) -> ToneReading:
        """The mean of the passages' probabilities; ``tone`` is that of positive less that of negative.

        A short post's passages are read as one text.

        ``confidence`` is the probability of the likeliest label; below ``abstain_below`` tone and label are None.
        Probabilities are calibrated for classes that are equally frequent. Each span's ``contribution`` is about what
        the tone would lack without that word. An override counts instead of what the classifier knows of the word.
        """
        genre = genre or self._text.genre([passage.text for passage in passages])
        own = _own_words(tuple(sorted(overrides.items())))
        texts = joined(passages, genre)
        judged = [each for each in (self._judged(passage, own, genre) for passage in texts) if each]
        if not judged:
            return ToneReading(None, None, None, why="nothing to read but names, handles and links")
        count = len(judged)
        means = [sum(column) / count for column in zip(*(each.probabilities for each in judged), strict=True)]
        probabilities = means[0], means[1], means[2]
        if not any(each.known for each in judged):
            return ToneReading(None, None, None, why="no word that the engine knows", probabilities=probabilities)
        confidence = max(probabilities)
        label = ToneLabel(CLASSES[probabilities.index(confidence)])
        spans = _spans(judged)
        why = _why(probabilities, count if texts is passages else len(passages), genre)
        if confidence < self._options.abstain_below:
            return ToneReading(None, None, confidence, spans, f"too close to call: {why}", probabilities)
        return ToneReading(probabilities[2] - probabilities[0], label, confidence, spans, why, probabilities)

    def _judged(self, passage: Passage, own: Sequence[_Override], genre: Genre) -> _Judged | None:
        """The passage read as a text; None when nothing but names, handles, links and plain punctuation is in it."""
        found = list(_overridden(passage, own)) if own else []
        if found:
            masked = tuple(sorted((*passage.masked, *((each.start, each.end) for each in found))))
            passage = Passage(passage.text, passage.start, masked, passage.named)
        reading = self._text.read(passage.text, passage.masked, genre)
        toward = None
        if self._target and passage.named:
            toward = self._target.read(passage, genre, (reading.tokens, reading.valences))
        share = _TARGET_SHARE[genre] if toward else 0.0
        pull = reading.pull
        if toward:
            pull = [(1 - share) * each + share * near for each, near in zip(pull, toward.pull, strict=True)]
        pulls = [
            (start, end, each)
            for (start, end, form, _), each in zip(reading.tokens, pull, strict=True)
            if form not in _UNTOLD
        ]
        if not pulls and not found and NUMBER not in (token.form for token in reading.tokens):
            return None
        added = sum(each.valence for each in found) * _OVERRIDE / 2
        pulls.extend((each.start, each.end, each.valence * _OVERRIDE) for each in found)
        probabilities = self._text.probabilities(_moved(reading.logits, added), genre)
        if toward and self._target:
            nearer = self._target.probabilities(_moved(toward.logits, added), genre)
            probabilities = _mixed(probabilities, nearer, share)
        return _Judged(passage, probabilities, pulls, reading.known + len(found))


_TARGET_SHARE = {Genre.POST: 0.3, Genre.DISCUSSION: 0.7, Genre.ARTICLE: 0.5}
"""How much the reading toward the subject counts beside that of its sentence: fitted by
``bot.engines.training.mixture``.
"""


def _moved(logits: Triple, added: float) -> Triple:
    negative, neutral, positive = logits
    return negative - added, neutral, positive + added


def _mixed(first: Triple, second: Triple, share: float) -> Triple:
    kept = 1 - share
    return (
        kept * first[0] + share * second[0],
        kept * first[1] + share * second[1],
        kept * first[2] + share * second[2],
    )


_UNTOLD = frozenset({NAME, USER, LINK, NUMBER, *'.,;:()"—–'})
"""What drives no tone of its own; a passage of nothing else has none."""


@lru_cache(maxsize=256)
def _own_words(overrides: tuple[tuple[str, float], ...]) -> tuple[_Override, ...]:
    """The desk's words as forms of tokens, the longest first."""
    own = (_Override(tuple(token.form for token in tokenised(word)), valence) for word, valence in overrides)
    return tuple(sorted((each for each in own if each.forms), key=lambda each: (-len(each.forms), each.forms)))


def _overridden(passage: Passage, own: Sequence[_Override]) -> Iterator[_Overridden]:
    """Where the passage has one of the desk's words, outside the masked stretches."""
    tokens = tokenised(passage.text, passage.masked)
    at = 0
    while at < len(tokens):
        for word in own:
            stretch = tokens[at : at + len(word.forms)]
            if tuple(token.form for token in stretch) == word.forms:
                valence = word.valence * (_TURNED if stretch[0].negated else 1)
                yield _Overridden(stretch[0].start, stretch[-1].end, valence)
                at += len(stretch) - 1
                break
        at += 1


def _spans(judged: Sequence[_Judged]) -> tuple[Span, ...]:
    """The strongest words of all passages, in the text's order, with what each adds to the tone."""
    told: list[tuple[float, Passage, int, int, float]] = []
    for passage, (negative, _, positive), pulls, _ in judged:
        tone = positive - negative
        slope = (positive + negative - tone * tone + 2 / 3) / 4 / len(judged)
        least = _FAINT / slope
        told.extend(
            (abs(pull * slope), passage, start, end, pull * slope)
            for start, end, pull in pulls
            if pull >= least or -pull >= least
        )
    strongest = nlargest(_EXPLAINED, told, key=itemgetter(0))
    spans = [
        Span(passage.start + start, passage.start + end, passage.text[start:end], contribution)
        for _, passage, start, end, contribution in strongest
    ]
    return tuple(sorted(spans, key=lambda span: span.start))


def _why(probabilities: Triple, count: int, genre: Genre) -> str:
    """What was decided and how sure it is, in words."""
    shares = sorted(zip(probabilities, CLASSES, strict=True), reverse=True)
    said = ", ".join(f"{label} {share:.0%}" for share, label in shares)
    over = "the one sentence that concerns the subject" if count == 1 else f"{count} sentences that concern the subject"
    return f"{said}, read as {_READ_AS[genre]}, over {over}"


_READ_AS = {Genre.POST: "a post", Genre.DISCUSSION: "a contribution to a discussion", Genre.ARTICLE: "an article"}
