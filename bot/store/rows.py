"""Nouns of listening and scoring as rows, and back; everything that was put in comes out equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from itertools import groupby
from typing import Any

from bot.model import (
    Alignment,
    Author,
    Calibration,
    Factor,
    Gap,
    GapCause,
    Hit,
    Interval,
    Item,
    ItemKind,
    MatchField,
    Mention,
    Outcome,
    Reach,
    ReachBasis,
    Relevance,
    RelevanceBasis,
    Score,
    ScoreBrief,
    ScoredMention,
    ScoringContext,
    Span,
    State,
    Target,
    TargetState,
    ToneLabel,
    ToneReading,
)
from bot.store.session import Row
from bot.store.values import (
    LARGEST_INTEGER,
    from_json,
    moment_of,
    moment_or_none,
    stamp,
    stamp_or_none,
    to_json,
    writable,
    writable_or_none,
)

Values = dict[str, Any]


def target_values(target: Target) -> Values:
    """The key of a target's row."""
    return {"source": target.source, "feed": target.feed}


def target_of(row: Row) -> Target:
    """The target that a row belongs to."""
    return Target(row["source"], row["feed"])


def state_of(row: Row) -> TargetState:
    """A target's row."""
    return TargetState(
        target=target_of(row),
        state=State(row["state"]),
        since=moment_or_none(row["since"]),
        cursor=None if row["cursor"] is None else from_json(row["cursor"]),
        next_poll_at=moment_or_none(row["next_poll_at"]),
        last_success=moment_or_none(row["last_success"]),
        failures=row["failures"],
        error_kind=row["error_kind"],
        error=row["error"],
        first_polled=moment_or_none(row["first_polled"]),
        silent_after=moment_or_none(row["silent_after"]),
    )


def interval_of(row: Row) -> Interval:
    """A row's stretch of time."""
    return Interval(moment_of(row["start_at"]), moment_of(row["end_at"]))


def gap_of(row: Row) -> Gap:
    """A gap's row."""
    return Gap(interval_of(row), GapCause(row["cause"]))


def writable_item(item: Item) -> Item:
    """The item as the database can hold it; the same object where nothing had to be replaced."""
    author = item.author
    texts = (item.title, item.text, item.outlet, item.url, item.language, item.refers_to, *item.links)
    names = (author.name, author.handle, author.id, author.url)
    everything = "".join(text for text in (*texts, *names) if text)
    too_many = author.followers is not None and author.followers > LARGEST_INTEGER
    if writable(everything) is everything and not too_many:
        return item
    return replace(
        item,
        url=writable_or_none(item.url),
        title=writable(item.title),
        text=writable(item.text),
        outlet=writable(item.outlet),
        language=writable_or_none(item.language),
        refers_to=writable_or_none(item.refers_to),
        links=tuple(map(writable, item.links)),
        author=Author(
            writable_or_none(author.name),
            writable_or_none(author.handle),
            writable_or_none(author.id),
            writable_or_none(author.url),
            LARGEST_INTEGER if too_many else author.followers,
        ),
    )


def item_values(item: Item) -> Values:
    """An item's columns."""
    return {
        "key": item.key,
        "kind": item.kind.value,
        "url": item.url,
        "title": item.title,
        "text": item.text,
        "content_hash": item.content_hash,
        "published_at": stamp_or_none(item.published_at),
        "outlet": item.outlet,
        "author_name": item.author.name,
        "author_handle": item.author.handle,
        "author_id": item.author.id,
        "author_url": item.author.url,
        "author_followers": item.author.followers,
        "language": item.language,
        "metrics": to_json(dict(item.metrics)),
        "links": to_json(item.links),
        "refers_to": item.refers_to,
        "removed": int(item.removed),
    }


def item_of(row: Row, language: str = "language") -> Item:
    """The item in a row; ``language`` names its column where a score's stands beside it."""
    return Item(
        key=row["key"],
        kind=ItemKind(row["kind"]),
        url=row["url"],
        title=row["title"],
        text=row["text"],
        published_at=moment_or_none(row["published_at"]),
        outlet=row["outlet"],
        author=Author(
            row["author_name"], row["author_handle"], row["author_id"], row["author_url"], row["author_followers"]
        ),
        language=row[language],
        metrics=from_json(row["metrics"]),
        links=tuple(from_json(row["links"])),
        refers_to=row["refers_to"],
        removed=bool(row["removed"]),
    )


def hits_json(hits: Iterable[Hit]) -> str:
    """Where the terms were found."""
    return to_json([[hit.term, hit.field.value, hit.start, hit.end] for hit in hits])


def mention_of(row: Row) -> Mention:
    """The mention in a row of MENTION_COLUMNS."""
    return Mention(
        id=row["id"],
        subject=row["subject"],
        item=item_of(row, "item_language"),
        matched=tuple(
            Hit(term, MatchField(field), start, end) for term, field, start, end in from_json(row["matched"])
        ),
        source=row["source"],
        collected_at=moment_of(row["collected_at"]),
        story=row["story"],
        relevance=_relevance_of(row),
    )


def relevance_values(relevance: Relevance) -> Values:
    """A judgement's columns."""
    return {
        "relevant": None if relevance.relevant is None else int(relevance.relevant),
        "basis": None if relevance.basis is None else relevance.basis.value,
        "reason": writable(relevance.reason),
        "by": relevance.by,
    }


def _relevance_of(row: Row) -> Relevance:
    relevant, basis = row["relevant"], row["relevance_basis"]
    return Relevance(
        relevant=None if relevant is None else bool(relevant),
        basis=None if basis is None else RelevanceBasis(basis),
        reason=row["relevance_reason"],
        by=row["judged_by"],
    )


def score_values(score: Score) -> Values:
    """A score's columns; its alignments are rows of their own."""
    tone, reach = score.tone, score.reach
    return {
        "mention": score.mention,
        "rules_version": score.rules_version,
        "context_id": score.context_id,
        "tone": tone.tone,
        "tone_label": None if tone.label is None else tone.label.value,
        "tone_confidence": tone.confidence,
        "tone_why": tone.why,
        "spans": to_json([[span.start, span.end, span.text, span.contribution] for span in tone.spans]),
        "reach": reach.value,
        "reach_low": reach.low,
        "reach_high": reach.high,
        "reach_basis": reach.basis.value,
        "reach_method": reach.method,
        "prominence": score.prominence,
        "advocacy": score.advocacy,
        "weight": score.weight,
        "quality": score.quality,
        "score": score.score,
        "language": score.language,
        "factors": to_json([[f.name, f.value, f.source, f.method] for f in score.factors]),
        "formula": score.formula,
        "flags": to_json(score.flags),
    }


def alignment_values(mention: str, position: int, alignment: Alignment) -> Values:
    """An alignment's columns."""
    return {
        "mention": mention,
        "position": position,
        "message": alignment.message,
        "outcome": alignment.outcome.value,
        "confidence": alignment.confidence,
        "quote": alignment.quote,
        "quote_start": alignment.start,
        "quote_end": alignment.end,
        "reason": alignment.reason,
        "likeness": alignment.likeness,
    }


def _alignment_of(row: Row) -> Alignment:
    return Alignment(
        row["message"],
        Outcome(row["outcome"]),
        row["confidence"],
        row["quote"],
        row["quote_start"],
        row["quote_end"],
        row["reason"],
        row["likeness"],
    )


def _score_of(row: Row, alignments: tuple[Alignment, ...]) -> Score:
    label = row["tone_label"]
    return Score(
        mention=row["id"],
        rules_version=row["rules_version"],
        context_id=row["context_id"],
        tone=ToneReading(
            row["tone"],
            None if label is None else ToneLabel(label),
            row["tone_confidence"],
            tuple(Span(*span) for span in from_json(row["spans"])),
            row["tone_why"],
        ),
        reach=Reach(
            row["reach"], row["reach_low"], row["reach_high"], ReachBasis(row["reach_basis"]), row["reach_method"]
        ),
        prominence=row["prominence"],
        advocacy=row["advocacy"],
        weight=row["weight"],
        quality=row["quality"],
        score=row["score"],
        language=row["language"],
        factors=tuple(Factor(*factor) for factor in from_json(row["factors"])),
        formula=row["formula"],
        alignments=alignments,
        flags=tuple(from_json(row["flags"])),
    )


def mentions_of(rows: Sequence[Row]) -> Iterator[Mention | ScoredMention]:
    """A page of mentions: one row an alignment, those of a mention together."""
    for _, group in groupby(rows, key=lambda row: row["id"]):
        first, *others = group
        mention = mention_of(first)
        if first["scored"] is None:
            yield mention
        else:
            aligned = tuple(_alignment_of(row) for row in (first, *others) if row["position"] is not None)
            yield ScoredMention(mention, _score_of(first, aligned))


def brief_json(brief: ScoreBrief) -> str:
    """What is kept of a score that was replaced."""
    return to_json({field.name: getattr(brief, field.name) for field in fields(brief)})


def brief_of_json(written: str) -> ScoreBrief:
    """What was kept of a score."""
    kept = from_json(written)
    label = kept.pop("label")
    outcomes = {message: Outcome(outcome) for message, outcome in kept.pop("outcomes").items()}
    return ScoreBrief(**kept, label=None if label is None else ToneLabel(label), outcomes=outcomes)


def context_values(context: ScoringContext) -> Values:
    """A frozen context's columns."""
    return {
        "id": context.id,
        "documents": context.documents,
        "idf": to_json(dict(context.idf)),
        "median_weight": to_json(dict(context.median_weight)),
        "calibration": to_json({method: asdict(fit) for method, fit in context.calibration.items()}),
        "centre": to_json(context.centre),
    }


def context_of(row: Row) -> ScoringContext:
    """A frozen context's row."""
    idf: Mapping[str, float] = from_json(row["idf"])
    fits = {method: Calibration(**fit) for method, fit in from_json(row["calibration"]).items()}
    weights, centre = from_json(row["median_weight"]), tuple(from_json(row["centre"]))
    return ScoringContext(row["id"], row["documents"], idf, weights, fits, centre)


def span_values(target: Target, interval: Interval) -> Values:
    """A target's stretch of time."""
    return target_values(target) | {"start_at": stamp(interval.start), "end_at": stamp(interval.end)}
