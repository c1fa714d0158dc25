"""Tone against labels or ratings: texts, or mentions of a target in them, read the way scoring reads a mention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.evaluate import groups, labels
from bot.evaluate.figures import Judged, if_enough, mean, of_classes, of_series, rounded
from bot.evaluate.result import Evaluation, Figures, Prediction, Task, Tell, quiet, rows_of, shown
from bot.evaluate.table import BadRow, Columns, Row, Table
from bot.model import TONE_VALUE, Genre, Subject, ToneLabel, ToneReading
from bot.ports import LanguageIdentifier, SentimentEngine
from bot.score.naming import named_in
from bot.score.passages import passages_about
from bot.score.prominence import SHORT_POST
from bot.score.scoring import tone_of
from bot.score.sentences import split_sentences

RATINGS = ("mean_rating", "rating", "score")
"""Columns of numbers that stand in for a label."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text. ``value`` is what people said: a rating, or -1, 0 or 1 with ``label``; ``span`` is where the text names
    the ``target``, by code points; ``source`` is what the file says of where it comes from.
    """

    number: int
    text: str
    value: float
    label: ToneLabel | None = None
    target: str = ""
    span: tuple[int, int] | None = None
    source: str = ""
    language: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows by an engine; ``genre`` holds for rows whose source does not say."""

    engine: SentimentEngine
    identifier: LanguageIdentifier
    genre: Genre | None = None

    def read(self, row: Labelled) -> ToneReading:
        """The tone toward the row's target, or of its text where it has none."""
        text = row.text
        sentences = split_sentences(text)
        subject = Subject("target", "" if row.span else row.target, "")
        named = (row.span,) if row.span else named_in(text, 0, len(text), subject, ())
        genre = labels.genre(row.source) or self.genre
        short = genre is not Genre.ARTICLE and len(sentences) <= SHORT_POST
        passages = passages_about(text, sentences, named, subject, hits=named, short=short)
        return tone_of(passages, self._language(row), subject, self.engine, genre)

    def _language(self, row: Labelled) -> str | None:
        """The row's own, else one that the engine reads: whoever evaluates knows what is in the file."""
        known = sorted(self.engine.languages)
        if row.language or not known:
            return row.language
        found = self.identifier.identify(row.text) if len(known) > 1 else None
        return found if found in self.engine.languages else ("en" if "en" in known else known[0])


def tone(
    table: Table,
    columns: Columns,
    reader: Reader,
    *,
    group: Sequence[str] = (),
    document: str | None = None,
    tell: Tell = quiet,
) -> Evaluation:
    """Evaluates tone. Raises HeardError when a column is missing, or no row has a label that can be read."""
    rows, bad = parse(table, columns, (*group, *([document] if document else [])))
    readings = []
    for done, row in enumerate(rows, 1):
        readings.append(reader.read(row))
        tell(done)
    figures = _figures(rows, readings)
    figures |= {"engine": f"{reader.engine.name} {reader.engine.version}"}
    by_source = _by_source(rows, readings)
    if by_source:
        figures["by_source"] = by_source
    if group:
        figures["groups"] = groups.of_groups(
            [(tuple(row.keys[key] for key in group), row.value, value_of(reading), likely_value(reading))
             for row, reading in zip(rows, readings, strict=True)],
            classes=rows[0].label is not None,
        )  # fmt: skip
    if document:
        figures["documents"] = _documents(rows, readings, document, reader)
    return Evaluation(Task.TONE, figures, tuple(map(_prediction, rows, readings)), (*table.bad, *bad))


def parse(table: Table, columns: Columns, keys: Sequence[str] = ()) -> tuple[list[Labelled], list[BadRow]]:
    """The rows as they are evaluated, and the bad ones; see :func:`tone`."""
    columns.require("text", *keys, task=Task.TONE)
    named = next((name for name in ("label", *RATINGS) if name in columns), "label")
    columns.require(named, task=Task.TONE)
    written = [columns.value(row, named) or "" for row in table.rows]
    rated = all(labels.tone_label(text) is None or labels.number(text) is not None for text in written if text) and any(
        labels.tone_label(text) is None and labels.number(text) is not None for text in written
    )

    def row_of(row: Row) -> Labelled:
        given = columns.value(row, named) or ""
        label = None if rated else labels.tone_label(given)
        value = labels.number(given) if rated else TONE_VALUE.get(label) if label else None
        if value is None:
            allowed = "a number" if rated else f"one of {', '.join(ToneLabel)} (or -1, 0, 1; or ratings in every row)"
            raise ValueError(f"{named} {shown(given)} is not {allowed}")
        text = columns.value(row, "text") or ""
        span = _span(text, columns.value(row, "from"), columns.value(row, "to"))
        return Labelled(
            row.number,
            text,
            value,
            label,
            target=(columns.value(row, "target") or "").strip(),
            span=span,
            source=(columns.value(row, "source") or "").strip(),
            language=(columns.value(row, "lang") or columns.value(row, "language") or "").strip().casefold() or None,
            keys={key: columns.value(row, key) or "" for key in keys},
        )

    return rows_of(table.rows, row_of)


def value_of(reading: ToneReading) -> float | None:
    """The tone in [-1, 1], also of a reading that abstained, where the engine gives probabilities."""
    if reading.tone is not None or reading.probabilities is None:
        return reading.tone
    return reading.probabilities[2] - reading.probabilities[0]


def likely_value(reading: ToneReading) -> float | None:
    """-1, 0 or 1 of the most likely label."""
    return None if reading.likely is None else TONE_VALUE[reading.likely]


def _span(text: str, start: str | None, end: str | None) -> tuple[int, int] | None:
    """The target's place; None where the row gives none. Raises ValueError for one that is not in the text."""
    if not (start and start.strip() and end and end.strip()):
        return None
    if not (start.strip().isdecimal() and end.strip().isdecimal()):
        raise ValueError(f"from {shown(start)} and to {shown(end)} are no offsets: whole numbers of characters")
    span = int(start), int(end)
    if not span[0] < span[1] <= len(text):
        raise ValueError(f"from {start} and to {end} do not lie in the text, which has {len(text)} characters")
    return span


def _figures(rows: Sequence[Labelled], readings: Sequence[ToneReading]) -> Figures:
    read = [value_of(reading) for reading in readings]
    if rows[0].label is None:
        figures = of_series([(row.value, value) for row, value in zip(rows, read, strict=True)])
        return figures | {"abstained": sum(reading.label is None for reading in readings)}
    judged = [
        Judged(str(row.label), reading.likely and str(reading.likely), said=reading.label is not None)
        for row, reading in zip(rows, readings, strict=True)
    ]
    figures = of_classes(judged, tuple(map(str, ToneLabel)))
    likely = [likely_value(reading) for reading in readings]
    return figures | {
        "net_true": rounded(mean(row.value for row in rows)),
        "net_counted": rounded(mean(value or 0.0 for value in likely)),
        "net_tone": rounded(mean(value for value in read if value is not None)),
    }


def _by_source(rows: Sequence[Labelled], readings: Sequence[ToneReading]) -> Figures:
    """The figures of each source that the rows name."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.source:
            found.setdefault(row.source, []).append(place)

    def figures(places: Sequence[int]) -> Figures:
        return _figures([rows[place] for place in places], [readings[place] for place in places])

    return {source: if_enough(len(at), partial(figures, at)) for source, at in sorted(found.items())}


def _documents(rows: Sequence[Labelled], readings: Sequence[ToneReading], document: str, reader: Reader) -> Figures:
    """Whole documents: their rows' texts as one, read as scoring reads a long text, against the mean of the rows."""
    parts: dict[str, list[tuple[Labelled, ToneReading]]] = {}
    for row, reading in zip(rows, readings, strict=True):
        parts.setdefault(row.keys[document].rpartition("_")[0] or row.keys[document], []).append((row, reading))
    whole, means = [], []
    for pairs in parts.values():
        human = mean(row.value for row, _ in pairs) or 0.0
        text = "\n\n".join(row.text for row, _ in pairs)
        whole.append((human, value_of(reader.read(Labelled(0, text, human, source=pairs[0][0].source)))))
        means.append((human, mean(value for _, one in pairs if (value := value_of(one)) is not None)))
    return of_series(whole) | {"pearson_of_row_means": of_series(means)["pearson"]}


def _prediction(row: Labelled, reading: ToneReading) -> Prediction:
    confidence = reading.confidence
    if confidence is None and reading.probabilities is not None:
        confidence = max(reading.probabilities)
    label = reading.likely
    return Prediction(row.number, value_of(reading), label and str(label), confidence, abstained=reading.label is None)
