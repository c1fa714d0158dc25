"""What a rehearsal shows besides scores: messages with quotes, the digests' first stories, alerts and cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from bot.digest.plain import clean, shorten
from bot.digest.wording import OUTCOMES

if TYPE_CHECKING:
    from bot.model import Outcome
    from bot.wiring.rehearse.alerts import AlertDays, Days, RehearsedAlerts
    from bot.wiring.rehearse.cost import CostChange
    from bot.wiring.rehearse.digests import Lead, LeadStories
    from bot.wiring.rehearse.messages import MessageTurns, Turn

SHOWN = 5
"""Quotes of each kind that are listed for a message, and days for an alert."""
QUOTE = 110


def show_messages(rows: Iterable[MessageTurns]) -> None:
    """Each message whose outcomes move, with the words that show it."""
    for row in rows:
        moved = (("+", row.gained), ("-", row.lost), ("~", row.turned))
        if not row.change and not any(turns for _, turns in moved):
            continue
        change = f" ({row.change})" if row.change else ""
        click.echo(
            f"\nmessage {row.message}{change}: {len(row.gained):,} gained, {len(row.lost):,} lost, "
            f"{len(row.turned):,} turned, {row.same:,} as they are"
        )
        for sign, turns in moved:
            for turn in turns[:SHOWN]:
                click.echo(f"  {sign} {turn.mention}  {_word(turn.before)} → {_word(turn.after)}  {_quote(turn)}")
            if len(turns) > SHOWN:
                click.echo(f"  {sign} and {len(turns) - SHOWN:,} more")


def show_leads(rows: Iterable[LeadStories]) -> None:
    """The digests that would have led with other stories."""
    for row in rows:
        if row.same:
            continue
        click.echo(f"\ndigest {row.report}: the first stories of its last window would be others")
        for sign, leads in (("-", row.before), ("+", row.after)):
            for place, lead in enumerate(leads, 1):
                click.echo(f"  {sign} {place}. {lead.headline} ({_score(lead)})")
            if not leads:
                click.echo(f"  {sign} none")


def show_alerts(found: RehearsedAlerts, *, counts_move: bool) -> None:
    """When each alert that differs fired, and would have."""
    if found.why_not:
        click.echo(f"\nalerts: could not be tried: {clean(found.why_not)}")
    for row in found.rows:
        about = f" of {row.subject}" if row.subject else ""
        click.echo(
            f"\nalert {row.rule}{about}, over the last {found.days} days: {_days(row.before)} → {_days(row.after)}"
        )
    if found.rows and counts_move:
        click.echo("Alerts are tried on what is counted now: what other queries or rules would count is not in it.")


def show_cost(rows: Iterable[CostChange]) -> None:
    """What is known of the cost."""
    told = list(rows)
    if not told:
        click.echo("\ncost: no source is asked for anything else, so it stays")
    for row in told:
        if row.usd is None:
            words = "what that costs is not estimated: only the platform knows how much it finds"
        elif row.usd:
            words = f"${-row.usd:,.2f} of the last 30 days would have been saved"
        else:
            words = "it costs nothing, as before"
        click.echo(f"cost: source {row.source}, {row.change}: {words}")


def usd_change(rows: Iterable[CostChange]) -> float | None:
    """The dollars of 30 days that are saved (below 0); None where a part of it is not known."""
    parts = [row.usd for row in rows]
    known = [part for part in parts if part is not None]
    return round(sum(known), 6) + 0.0 if len(known) == len(parts) else None


def turns_shape(row: MessageTurns) -> dict[str, Any]:
    """A message as ``--json`` prints it."""
    return {
        "row": "message",
        "message": row.message,
        "message_change": row.change or None,
        "same": row.same,
        **{name: list(map(_turn_shape, turns)) for name, turns in
           (("gained", row.gained), ("lost", row.lost), ("turned", row.turned))},
    }  # fmt: skip


def leads_shape(row: LeadStories) -> dict[str, Any]:
    """A digest's first stories as ``--json`` prints them."""
    from bot.shapes import time_shape

    return {
        "row": "digest",
        "digest": row.report,
        "period": {"start": time_shape(row.window.start), "end": time_shape(row.window.end)},
        "same": row.same,
        "before": [_lead_shape(lead) for lead in row.before],
        "after": [_lead_shape(lead) for lead in row.after],
    }


def alert_shape(row: AlertDays) -> dict[str, Any]:
    """An alert's days as ``--json`` prints them."""
    before, after = (
        [day.isoformat() for day in days] if days is not None else None for days in (row.before, row.after)
    )
    return {"row": "alert", "alert": row.rule, "subject": row.subject or None, "before": before, "after": after}


def cost_shape(row: CostChange) -> dict[str, Any]:
    """A source's cost as ``--json`` prints it."""
    return {"row": "cost", "source": row.source, "change": row.change, "usd_change": row.usd}


def _turn_shape(turn: Turn) -> dict[str, Any]:
    before, after = (None if one is None else str(one) for one in (turn.before, turn.after))
    return {"mention": turn.mention, "before": before, "after": after, "quote": turn.quote or None, "url": turn.url}


def _lead_shape(lead: Lead) -> dict[str, Any]:
    return {"story": lead.story, "headline": lead.headline, "score": lead.score}


def _word(outcome: Outcome | None) -> str:
    return "not coded" if outcome is None else OUTCOMES[outcome]


def _quote(turn: Turn) -> str:
    return f"“{shorten(turn.quote, QUOTE)}”" if turn.quote else ""


def _score(lead: Lead) -> str:
    return "not scored" if lead.score is None else f"{lead.score:+.2f}"


def _days(days: Days | None) -> str:
    if days is None:
        return "no such alert"
    if not days:
        return "never"
    shown = ", ".join(day.isoformat() for day in days[-SHOWN:])
    return f"{len(days)} times ({shown}{' and before' if len(days) > SHOWN else ''})"
