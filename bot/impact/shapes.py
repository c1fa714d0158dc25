"""The JSON of impact: one shape for the command, the API and the page (docs/json.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from bot.model.aims import Decision, Funnel, FunnelStage, ProviderPanel, ProviderRow, StageRate, Tally, TrackedLink
from bot.model.impact import Activity, Lift, Measured, ObjectiveStanding, ShareOfVoice
from bot.model.value import Amount, Count, ValueLedger
from bot.shapes import Shape, interval_shape, time_shape


def objective_shape(standing: ObjectiveStanding, decisions: Iterable[Decision], *, review_due: bool) -> Shape:
    """An objective, how it stands, and what was decided about it."""
    objective = standing.objective
    filters = {name: value for name, value in objective.measure.items() if name not in {"metric", "period"}}
    return {
        "id": objective.id,
        "statement": objective.statement,
        "department": objective.department,
        "owner": objective.owner,
        "stage": str(objective.stage) if objective.stage else None,
        "metric": objective.measure.get("metric"),
        "filters": filters,
        "direction": objective.direction,
        "baseline": objective.baseline,
        "target": objective.target,
        "by": time_shape(objective.by),
        "review_every_days": objective.review_every.days if objective.review_every else None,
        "decision_rule": objective.decision_rule,
        "verdict": str(standing.verdict),
        "text": standing.text,
        "unit": standing.unit or None,
        "method": standing.method or None,
        **measured_shape(standing.measured),
        "trend": [measured_shape(one) for one in standing.trend],
        "projected": measured_shape(standing.projected) if standing.projected else None,
        "decisions": [decision_shape(one) for one in decisions],
        "review_due": review_due,
    }


def measured_shape(measured: Measured) -> Shape:
    """A figure over a window; unknown is null, and ``why`` says why."""
    return {
        "window": interval_shape(measured.window),
        "value": measured.value,
        "low": measured.low,
        "high": measured.high,
        "n": measured.n,
        "why": measured.why or None,
    }


def decision_shape(decision: Decision) -> Shape:
    """A review that was written down."""
    return asdict(decision) | {
        "at": time_shape(decision.at),
        "verdict": str(decision.verdict),
        "course": str(decision.course),
        "next_change": decision.next_change or None,
        "actor": decision.actor or None,
    }


def activity_shape(activity: Activity) -> Shape:
    """Something that was done on purpose."""
    return {
        "id": activity.id,
        "name": activity.name,
        "kind": activity.kind,
        "starts": time_shape(activity.starts),
        "ends": time_shape(activity.ends),
        "objective": activity.objective,
    }


def link_shape(link: TrackedLink) -> Shape:
    """A tagged link."""
    return asdict(link) | {"made_at": time_shape(link.made_at)}


def funnel_shape(funnel: Funnel) -> Shape:
    """The funnel, every provider's figure beside the others'."""
    return {
        "window": interval_shape(funnel.window),
        "stages": [_stage_shape(one) for one in funnel.stages],
        "cta": {"linked": funnel.linked, "own_posts": funnel.own_posts, **_rate_shape(funnel.cta)},
        "caveat": funnel.caveat,
    }


def panel_shape(panel: ProviderPanel) -> Shape:
    """One metric as its providers count it."""
    return {
        "metric": panel.metric,
        "of": panel.of,
        "record": panel.record,
        "rows": [_row_shape(one) for one in panel.rows],
        "causes": list(panel.causes),
        "why": panel.why or None,
    }


def voice_shape(voice: ShareOfVoice) -> Shape:
    """The shares of the compared subjects, and whether they were looked for alike."""
    return {
        "window": interval_shape(voice.window),
        "alike": voice.alike,
        "why": voice.why or None,
        "text": voice.text or None,
        "sources": list(voice.sources),
        "left_out": dict(voice.left_out),
        "shares": [asdict(one) for one in voice.shares],
        "previous": [asdict(one) for one in voice.previous],
    }


def lift_shape(lift: Lift) -> Shape:
    """What came after an activity, or why nothing can be said."""
    weeks = [asdict(one) | {"starts": one.starts.isoformat()} for one in lift.weeks]
    return asdict(lift) | {"design": str(lift.design), "refused": lift.refused or None, "weeks": weeks}


def value_shape(ledger: ValueLedger) -> Shape:
    """The value ledger: money in ``direct`` alone, and a return only where all of it was measured."""
    result = ledger.result
    return {
        "window": interval_shape(ledger.window),
        "direct": {
            "earned": [_amount_shape(one) for one in ledger.earned],
            "spent": [_amount_shape(one) for one in ledger.spent],
            "turnover": [_amount_shape(one) for one in ledger.turnover],
            "return": {"value": result.value, "low": result.low, "high": result.high, "why": result.why or None},
        },
        "associated": [_count_shape(one) for one in ledger.associated],
        "indirect": [_count_shape(one) for one in ledger.indirect],
    }


def _amount_shape(amount: Amount) -> Shape:
    return asdict(amount) | {"basis": str(amount.basis), "source": amount.source or None, "why": amount.missing or None}


def _count_shape(count: Count) -> Shape:
    told = {name: value for name, value in asdict(count).items() if name != "column"}
    return told | {"source": count.source or None, "why": count.why or None}


def _stage_shape(stage: FunnelStage) -> Shape:
    return {
        "stage": stage.name,
        "figures": [_tally_shape(one) for one in stage.tallies],
        "attributed": [_tally_shape(one) for one in stage.attributed],
        "rate": _rate_shape(stage.rate) if stage.rate else None,
    }


def _tally_shape(tally: Tally) -> Shape:
    return asdict(tally) | {"why": tally.why or None, "activities": list(tally.activities)}


def _row_shape(row: ProviderRow) -> Shape:
    return {
        **_tally_shape(row.tally),
        "ratio": row.ratio,
        "ratio_low": row.low,
        "ratio_high": row.high,
        "paired_days": row.pairs,
        "last_ratio": row.today,
        "alert": row.alert or None,
    }


def _rate_shape(rate: StageRate) -> Shape:
    return {"rate": rate.value, "low": rate.low, "high": rate.high, "why": rate.why or None}
