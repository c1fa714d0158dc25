"""The public JSON shapes: one place that turns nouns into what scripts rely on (docs/json.md, interfaces).

Times are RFC 3339 in UTC with ``Z``; unknown is null; offsets are code points, half-open. Objects may grow keys.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.model import (
    Agreement,
    Alignment,
    Delivery,
    Digest,
    Drift,
    FoundFeed,
    Gap,
    Interval,
    Item,
    Label,
    LabelKind,
    Match,
    Mention,
    MessageModel,
    MessageStanding,
    OfferCount,
    OfferFacts,
    PollReport,
    RedemptionResult,
    RelevanceModel,
    ReviewSample,
    Score,
    ScoredMention,
    TargetState,
    mention_of,
)
from bot.model.digest import Attempt
from bot.model.place import place_of

Shape = dict[str, Any]


def time_shape(moment: datetime | None) -> str | None:
    """RFC 3339, UTC, to the second, with ``Z``."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def interval_shape(interval: Interval | None) -> list[str | None] | None:
    """``[start, end]``."""
    return None if interval is None else [time_shape(interval.start), time_shape(interval.end)]


def mention_shape(found: ScoredMention | Mention) -> Shape:
    """A mention as ``heard mentions --json`` prints it; the score's keys are null while it is not scored."""
    mention = mention_of(found)
    score = None if isinstance(found, Mention) else found.score
    item = mention.item
    return {
        "id": mention.id,
        "subject": mention.subject,
        "source": mention.source,
        "url": item.url,
        "author": item.author.handle or item.author.name,
        "published_at": time_shape(item.published_at),
        "collected_at": time_shape(mention.collected_at),
        "title": item.title,
        "text": item.text,
        "language": (score.language if score else None) or item.language,
        "kind": str(item.kind),
        "outlet": item.outlet,
        "matched": [
            {"term": hit.term, "field": str(hit.field), "start": hit.start, "end": hit.end} for hit in mention.matched
        ],
        "story": mention.story or None,
        "relevant": mention.relevance.relevant,
        "relevance_basis": str(mention.relevance.basis) if mention.relevance.basis else None,
        "relevance_reason": mention.relevance.reason or None,
        "removed": item.removed,
        **_score_shape(score, item),
    }


def _score_shape(score: Score | None, item: Item) -> Shape:
    if score is None:
        keys = ("tone", "tone_label", "tone_confidence", "reach", "reach_low", "reach_high", "prominence", "advocacy")
        return {
            **dict.fromkeys(keys),
            "reach_basis": "unknown",
            "reach_method": None,
            "score": None,
            "rules_version": None,
            "alignments": [],
        }
    return {
        "tone": score.tone.tone,
        "tone_label": str(score.tone.label) if score.tone.label else None,
        "tone_confidence": score.tone.confidence,
        "reach": score.reach.value,
        "reach_low": score.reach.low,
        "reach_high": score.reach.high,
        "reach_basis": str(score.reach.basis),
        "reach_method": score.reach.method,
        "prominence": score.prominence,
        "advocacy": score.advocacy,
        "score": score.score,
        "flags": list(score.flags),
        "rules_version": score.rules_version,
        "alignments": [alignment_shape(alignment, item) for alignment in score.alignments],
    }


def alignment_shape(alignment: Alignment, item: Item) -> Shape:
    """One message in one mention; ``text[start:end]`` is the quote, ``place`` where in the item it stands."""
    return {**asdict(alignment), "outcome": str(alignment.outcome), "place": place_of(item, alignment)}


def explain_shape(found: ScoredMention) -> Shape:
    """The mention with its receipt: every factor, the formula, the result, and the words that drove the tone."""
    score = found.score
    return {
        **mention_shape(found),
        "receipt": {
            "factors": [asdict(factor) for factor in score.factors],
            "formula": score.formula,
            "result": score.score,
            "context_id": score.context_id,
        },
        "tone_spans": [asdict(span) for span in score.tone.spans],
        "tone_why": score.tone.why,
    }


def label_shape(label: Label) -> Shape:
    """A person's word on a mention, as ``heard label --json`` prints it."""
    return {
        "mention": label.mention,
        "kind": str(label.kind),
        "about": label.about,
        "value": label.value,
        "who": label.who,
        "source": label.source,
        "at": time_shape(label.at),
    }


def classifier_shape(model: RelevanceModel | None) -> Shape | None:
    """A subject's classifier without its coefficients; ``above`` and ``below`` are its verdicts' probabilities."""
    if model is None:
        return None
    return {
        "version": model.version,
        "fitted_at": time_shape(model.fitted_at),
        "yes": model.yes,
        "no": model.no,
        "features": len(model.weights),
        "above": model.above,
        "below": model.below,
        "why": model.why or None,
    }


def poll_shape(report: PollReport) -> Shape:
    """One polled target as ``heard collect --json`` prints it."""
    return {
        "source": report.target.source,
        "feed": report.target.feed or None,
        "state": str(report.state),
        "fetched": report.fetched,
        "matched": report.matched,
        "new": report.new,
        "duplicates": report.duplicates,
        "cost": {"reads": report.cost.reads, "usd": round(report.cost.usd, 6)},
        "covered": interval_shape(report.covered),
        "error": None
        if report.error is None
        else {"kind": report.error_kind, "message": report.error, "retry_at": time_shape(report.retry_at)},
    }


def gap_shape(gap: Gap) -> Shape:
    """An interval that was not covered, and why."""
    return {
        "start": time_shape(gap.interval.start),
        "end": time_shape(gap.interval.end),
        "cause": str(gap.cause),
    }


def state_shape(state: TargetState, coverage: float | None) -> Shape:
    """One target as ``heard sources`` and ``heard status`` print it; ``coverage`` is a share of the last 24 hours."""
    return {
        "source": state.target.source,
        "feed": state.target.feed or None,
        "state": str(state.state),
        "since": time_shape(state.since),
        "last_success": time_shape(state.last_success),
        "next_poll_at": time_shape(state.next_poll_at),
        "coverage": None if coverage is None else round(coverage, 4),
        "silent_after": time_shape(state.silent_after),
        "gaps": [gap_shape(gap) for gap in state.gaps],
        "failures": state.failures,
        "error": None if state.error is None else {"kind": state.error_kind, "message": state.error},
    }


def found_feed_shape(feed: FoundFeed) -> Shape:
    """What ``heard sources discover --json`` prints of a feed; ``line`` is what the source's table needs."""
    return {
        "address": feed.address,
        "title": feed.title or None,
        "type": feed.kind,
        "entries": feed.entries,
        "newest": time_shape(feed.newest),
        "line": f'feeds = ["{feed.address}"]',
    }


def coverage_shape(
    state: TargetState,
    stretches: Iterable[tuple[Interval, str, str | None]],
    usual_pause: timedelta | None,
    newest: datetime | None,
) -> Shape:
    """One target as ``heard sources coverage`` prints it; ``stretches`` are (interval, what became of it, cause)."""
    return {
        "source": state.target.source,
        "feed": state.target.feed or None,
        "state": str(state.state),
        "since": time_shape(state.since),
        "stretches": [
            {"start": time_shape(one.start), "end": time_shape(one.end), "what": what, "cause": cause}
            for one, what, cause in stretches
        ],
        "usual_pause_seconds": None if usual_pause is None else round(usual_pause.total_seconds()),
        "newest": time_shape(newest),
        "silent_after": time_shape(state.silent_after),
    }


def digest_shape(
    digest: Digest, deliveries: Iterable[Delivery], tried: Mapping[str, Sequence[Attempt]] | None = None
) -> Shape:
    """A digest that was written, and how its letters stand; with ``tried``, every attempt at each, by delivery."""
    return {
        "digest": digest.id,
        "report": digest.report,
        "audience": str(digest.audience),
        "period": {
            "start": time_shape(digest.window.start),
            "end": time_shape(digest.window.end),
            "timezone": digest.window.timezone,
        },
        "subject_line": digest.subject_line,
        "created_at": time_shape(digest.created_at),
        "deliveries": [
            {
                "channel": one.channel,
                "recipient": one.recipient,
                "state": str(one.state),
                "attempts": one.attempts,
                "sent_at": time_shape(one.sent_at),
                "next_attempt_at": time_shape(one.next_attempt_at),
                "error": one.error,
            }
            | ({} if tried is None else _log_shape(one, tried.get(one.id, ())))
            for one in deliveries
        ],
    }


def _log_shape(delivery: Delivery, tried: Iterable[Attempt]) -> Shape:
    log = [{"at": time_shape(one.at), "state": str(one.state), "error": one.error} for one in tried]
    return {"instead": delivery.instead, "tried": log}


def offer_shape(count: OfferCount) -> Shape:
    """One offer at one placement (null: all of them)."""
    shape: Shape = plain(asdict(count))
    shape["code_kind"] = shape.pop("kind")
    return shape


def facts_shape(facts: OfferFacts) -> Shape:
    """Who redeemed an offer; what was not asked is null, amounts are decimal text."""
    shape: Shape = plain(asdict(facts))
    shape["values"] = {currency: str(amount) for currency, amount in facts.values.items()}
    shape["cost"] = None if facts.cost is None else str(facts.cost)
    return shape


def match_shape(match: Match) -> Shape:
    """A shop's count of a day beside the ledger's, with what may explain a difference."""
    shape: Shape = plain(asdict(match))
    return shape


def redemption_shape(result: RedemptionResult) -> Shape:
    """What ``heard redeem --json`` prints."""
    return {
        "result": "redeemed" if result.redeemed else "refused",
        "redemption": result.redemption,
        "offer": result.offer,
        "placement": result.placement,
        "code": result.code,
        "reason": str(result.reason) if result.reason else None,
        "redeemed_at": time_shape(result.at) if result.redeemed else None,
        "replayed": result.replayed,
    }


def standing_shape(standing: MessageStanding) -> Shape:
    """One key message over one period; shares are null where there are too few stories to say."""
    shape: Shape = plain(asdict(standing))
    shape["period"] = {"start": time_shape(standing.period.start), "end": time_shape(standing.period.end)}
    return shape


def learned_shape(message: str, labels: int, model: MessageModel | None) -> Shape:
    """What labels taught about a message, without its coefficients; figures are shares with their 95 % intervals."""
    shape: Shape = {"message": message, "labels": labels, "model": None}
    if model is None:
        return shape
    calibration = model.calibration
    return shape | {
        "model": {
            "version": model.version,
            "fitted_at": time_shape(model.fitted_at),
            "labels": {"carries": model.carried, "against": model.against, "absent": model.absent},
            "calibrated": calibration is not None,
            "carries_from": calibration.carries_from if calibration else None,
            "classifier": model.classifier is not None,
            "figures": {
                name: {"value": value, "low": low, "high": high} for name, (value, low, high) in model.figures.items()
            },
            "why": model.why or None,
        }
    }


def review_shape(sample: ReviewSample, scored: ScoredMention, asked: Iterable[str], *, machine: bool) -> Shape:
    """One mention that waits for a coder, as ``heard review --json`` prints it; what the model thinks only if asked."""
    whole = mention_shape(scored)
    keys = ("source", "url", "outlet", "published_at", "title", "text", "language", "matched")
    thought = ("tone", "tone_label", "tone_confidence", "alignments")
    return {
        "mention": sample.mention,
        "subject": sample.subject,
        "stratum": str(sample.stratum),
        "period": {"start": time_shape(sample.period.start), "end": time_shape(sample.period.end)},
        "probability": sample.probability,
        "messages": list(asked),
        **{key: whole[key] for key in keys},
        **({"machine": {key: whole[key] for key in thought}} if machine else {}),
    }


def agreement_shape(kind: LabelKind, agreement: Agreement) -> Shape:
    """How well coders agree on one kind of question."""
    return {"what": "agreement", "kind": str(kind), **asdict(agreement), "strength": str(agreement.strength)}


def drift_shape(drift: Drift) -> Shape:
    """How the model does lately, and did before, against people's labels."""
    return {"what": "model", **plain(asdict(drift)), "warning": drift.text or None}


def plain(value: Any) -> Any:
    """Any noun's value as JSON: enums as words, times as RFC 3339, mappings and sequences through and through."""
    if isinstance(value, datetime):
        return time_shape(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
