"""Made-up readers, whose answers stand in the texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.evaluate.evaluate import Readers, Wish, evaluate
from bot.evaluate.result import Evaluation
from bot.evaluate.table import read_table
from bot.model import Alignment, Genre, KeyMessage, Outcome, ScoringContext, Span, ToneLabel, ToneReading
from bot.ports import Passage


class WordEngine:
    """Says what the passages' own words say: good, bad, or plain; ``unsure`` makes it abstain. Notes what it was asked."""

    name, version, languages = "words", "1", frozenset({"en"})

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[Passage, ...], Genre | None]] = []

    def read(
        self, passages: Sequence[Passage], overrides: Mapping[str, float], genre: Genre | None = None
    ) -> ToneReading:
        self.asked.append((tuple(passages), genre))
        text = " ".join(passage.text for passage in passages)
        tone = float(text.count("good") - text.count("bad"))
        chances = {1: (0.1, 0.2, 0.7), 0: (0.2, 0.6, 0.2), -1: (0.7, 0.2, 0.1)}[max(-1, min(1, int(tone)))]
        if "unsure" in text:
            return ToneReading(None, None, None, why="unsure", probabilities=chances)
        label = max(zip(chances, ToneLabel, strict=True))[1]
        return ToneReading(chances[2] - chances[0], label, max(chances), (Span(0, 1, "x", tone),), "", chances)


class CountingMatcher:
    """Likeness is the share of the message's words in the text; half of them are a part, all of them the whole."""

    version = "counting-1"

    def __init__(self) -> None:
        self.pools: list[int] = []

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        found = []
        for message in messages:
            share = self._share(text, message.statement)
            outcome = Outcome.FULL if share == 1 else Outcome.PARTIAL if share >= 0.5 else Outcome.NONE
            if " not " in f" {text} ":
                outcome = Outcome.CONTRARY
            found.append(Alignment(message.id, outcome, 0.5, likeness=share))
        return tuple(found)

    def likenesses(
        self, texts: Sequence[str], statements: Sequence[str], context: ScoringContext
    ) -> Sequence[Sequence[float]]:
        self.pools.append(context.documents)
        return [[self._share(text, statement) for statement in statements] for text in texts]

    @staticmethod
    def _share(text: str, statement: str) -> float:
        words = statement.split()
        return sum(word in text.split() for word in words) / len(words)


class FirstWordIdentifier:
    """The first word is the language; with a question mark it is only a guess."""

    version = "made up"

    def identify(self, text: str) -> str | None:
        guess = self.guess(text)
        return None if guess is None or "?" in text else guess[0]

    def guess(self, text: str) -> tuple[str, float] | None:
        words = text.replace("?", " ").split()
        return (words[0], 0.4 if "?" in text else 0.9) if words else None


def evaluated(text: str, *, readers: Readers | None = None, name: str = "file.csv", **wish: object) -> Evaluation:
    """The evaluation of a file by made-up readers."""
    readers = readers or Readers(WordEngine(), CountingMatcher(), FirstWordIdentifier())
    return evaluate(read_table(text.encode(), name), Wish(**wish), readers)  # type: ignore[arg-type]
