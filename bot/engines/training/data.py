"""The labelled texts that may train what ships: read where they lie, never copied."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from bot.engines.linear import CLASSES, Triple
from bot.model import Genre

LICENCES = {
    "sentiment/semeval_2013_2016_train31k": (
        "CC BY 3.0",
        "SemEval 2013-2016 task A (Nakov, Rosenthal, Kiritchenko, Mohammad, Kozareva, Stoyanov, Ritter and others)",
    ),
    "target/semeval_topics5": ("CC BY 3.0", "SemEval-2016 task 4C (Nakov, Ritter, Rosenthal, Sebastiani, Stoyanov)"),
    "sentiment/hutto_tweets": ("MIT", "C.J. Hutto and E. Gilbert, ICWSM 2014"),
    "sentiment/hutto_amazon": ("MIT", "C.J. Hutto and E. Gilbert, ICWSM 2014"),
    "sentiment/hutto_movie": ("MIT", "C.J. Hutto and E. Gilbert, ICWSM 2014"),
    "sentiment/hutto_nyt": ("MIT", "C.J. Hutto and E. Gilbert, ICWSM 2014"),
    "target/newsmtsc_train": ("MIT", "NewsMTSC (F. Hamborg and K. Donnay, EACL 2021)"),
}
"""The files that train, by path in the shared evaluation folder, with licence and attribution."""

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|@\w+")

RATING_FROM = 0.5
RATING_SPREAD = 1.0
"""A mean rating (-4 to 4) beyond the first has a sign; the second is how soft that border is drawn."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text with the share of each class, what it is taken from, and ``group``: what must stay in one fold."""

    text: str
    shares: Triple
    source: str
    genre: Genre
    group: str
    rating: float | None = None


def examples(folder: Path) -> list[Example]:
    """All examples, file after file, in the files' order. ``folder`` is the shared evaluation folder."""
    return [example for name in LICENCES for example in _READERS[name](rows(folder, name), name)]


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of one file of the shared evaluation folder."""
    with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _labelled(genre: Genre) -> Callable[[Iterator[dict[str, str]], str], Iterator[Example]]:
    def read(given: Iterator[dict[str, str]], name: str) -> Iterator[Example]:
        for row in given:
            yield Example(row["text"], _one_hot(CLASSES.index(row["label"])), name, genre, row["text"])

    return read


def _rated(genre: Genre) -> Callable[[Iterator[dict[str, str]], str], Iterator[Example]]:
    def read(given: Iterator[dict[str, str]], name: str) -> Iterator[Example]:
        for row in given:
            rating = float(row["mean_rating"])
            document, _, sentence = row["id"].partition("_")
            group = f"{name} {document}" if sentence else plain_words(row["text"])
            yield Example(row["text"], shares_of(rating), name, genre, group, rating)

    return read


def _scored(given: Iterator[dict[str, str]], name: str) -> Iterator[Example]:
    for row in given:
        score = int(row["score"])
        yield Example(row["text"], _one_hot(1 + (score > 0) - (score < 0)), name, Genre.POST, row["text"])


_READERS = {
    "sentiment/semeval_2013_2016_train31k": _labelled(Genre.POST),
    "target/semeval_topics5": _scored,
    "sentiment/hutto_tweets": _rated(Genre.POST),
    "sentiment/hutto_amazon": _rated(Genre.DISCUSSION),
    "sentiment/hutto_movie": _rated(Genre.DISCUSSION),
    "sentiment/hutto_nyt": _rated(Genre.ARTICLE),
    "target/newsmtsc_train": _labelled(Genre.ARTICLE),
}


def plain_words(text: str) -> str:
    """The words of a text alone: what two texts share that differ in links, handles and signs only."""
    return " ".join(re.findall(r"\w+", _ADDRESS.sub(" ", text).lower()))


def shares_of(rating: float) -> Triple:
    """How a mean rating is shared among the classes: smoothly, so that strong words weigh more than faint ones."""
    border = NormalDist(0, RATING_SPREAD)
    positive, negative = border.cdf(rating - RATING_FROM), border.cdf(-rating - RATING_FROM)
    return negative, 1 - negative - positive, positive


def _one_hot(index: int) -> Triple:
    return float(index == 0), float(index == 1), float(index == 2)  # noqa: PLR2004 the three classes
