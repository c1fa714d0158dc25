"""``heard budget``: what listening costs, what it will cost, and what it buys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain
from bot.model import Stage
from bot.shapes import time_shape

if TYPE_CHECKING:
    from typing import Any

    from bot.listen.budget import Limit
    from bot.wiring import App
    from bot.wiring.listen.spending import LimitOutlook, SourceBudget


@click.command()
@json_option
@config_option
@click.pass_context
def budget(ctx: click.Context, *, as_json: bool) -> None:
    """Show what each source has cost, what it will cost, and what it buys.

    Days and months are those of UTC, as platforms bill. Asks no platform: figures are those of the last polls.
    """
    app = open_app(ctx)
    found = app.budgets.standing()
    if as_json:
        print_json(_shape(row) for row in found)
    elif found:
        _print_table(found)
        for row in found:
            _print_details(app, row)
    else:
        click.echo("No sources are configured. Add a [[source]] to the configuration.")


def _print_table(found: tuple[SourceBudget, ...]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "today", "this month", "closest limit", "month, reading all", "stage"):
        table.add_column(name, justify="left" if name in {"source", "stage"} else "right")
    for row in found:
        outlook = _closest(row)
        table.add_row(
            plain(row.source.id),
            _spent(row, row.today.booked.reads, row.today.booked.usd),
            _spent(row, row.month.booked.reads, row.month.booked.usd),
            "none" if outlook is None else _limit(outlook.limit),
            _forecast(row, outlook),
            str(row.stage) if row.source.limits else "no limit",
        )
    console().print(table)


def _print_details(app: App, row: SourceBudget) -> None:
    from bot.listen.budget import STAGE_WORDS, disagrees

    def say(text: str) -> None:
        console().print(f"[bold]{plain(row.source.id)}[/bold]: {plain(text)}", soft_wrap=True)

    if row.stage is not Stage.FULL:
        say(f"{STAGE_WORDS[row.stage]}, since {app.local(row.since)}")
    for outlook in row.limits:
        if outlook.runs_out is not None and row.stage.rank < Stage.COUNTS.rank:
            say(f"at this pace {outlook.limit.name} runs out on {app.local(outlook.runs_out)}")
        if outlook.next_stage is not None and outlook.below is not None:
            left, below = (_amount(outlook.limit, amount) for amount in (outlook.limit.left, outlook.below))
            # Less than nothing is never left: there, no next stage is known yet.
            then = f"; below {below} {STAGE_WORDS[outlook.next_stage]}" if below != _amount(outlook.limit, 0) else ""
            say(f"{outlook.limit.name}: {left} left{then}")
    if row.month.in_doubt.usd or row.month.in_doubt.reads:
        say(f"${row.month.in_doubt.usd:,.2f} of it are in doubt: the answers never came, and may have been billed")
    for subject in row.subjects:
        each = "–" if subject.per_mention is None else f"${subject.per_mention:,.4f}"
        plural = "" if subject.mentions == 1 else "s"
        say(
            f"'{subject.subject}' cost ${subject.cost.usd:,.2f} for {subject.mentions:,} mention{plural}: {each} a mention"
        )
    for day in row.reconciled:
        if day.platform is None:
            say(f"{day.day} is not reconciled: {day.reason}")
        elif disagrees(day):
            say(f"{day.day}: the platform counts {day.platform:,} posts and we {day.ours:,}; the larger figure holds")


def _closest(row: SourceBudget) -> LimitOutlook | None:
    """The limit of which the least is left, as a share."""
    return min(row.limits, key=lambda one: one.limit.left / one.limit.most if one.limit.most else 0.0, default=None)


def _forecast(row: SourceBudget, outlook: LimitOutlook | None) -> str:
    monthly = [one for one in row.limits if one.forecast is not None]
    if outlook is None or not row.paid:
        return "–"
    if not monthly or monthly[0].forecast is None:
        return "too few days to say" if outlook.limit.name.endswith("month") else "–"
    limit, forecast = monthly[0].limit, monthly[0].forecast
    low, high = _amount(limit, forecast.low), _amount(limit, forecast.high)
    return f"{_amount(limit, forecast.median)} ({low} to {high})"


def _spent(row: SourceBudget, reads: int, usd: float) -> str:
    unit = "reads" if row.paid else "requests"
    return f"${usd:,.2f}, {reads:,} {unit}" if row.paid else f"{reads:,} {unit}"


def _amount(limit: Limit, amount: float) -> str:
    return f"${amount:,.2f}" if limit.in_money else f"{amount:,.0f} reads"


def _limit(limit: Limit) -> str:
    """``$2.00 a day``."""
    return f"{_amount(limit, limit.most)} a {limit.name.rpartition('_')[2]}"


def _shape(row: SourceBudget) -> dict[str, Any]:
    """One source; dollars to six digits, unknown is null."""
    from bot.listen.budget import disagrees

    return {
        "source": row.source.id,
        "paid": row.paid,
        "stage": str(row.stage),
        "since": time_shape(row.since),
        "today": {"reads": row.today.booked.reads, "usd": round(row.today.booked.usd, 6)},
        "month": {
            "reads": row.month.booked.reads,
            "usd": round(row.month.booked.usd, 6),
            "usd_at_most": round(row.month.most.usd, 6),
            "usd_in_doubt": round(row.month.in_doubt.usd, 6),
            "posts": row.month.posts,
            "counted": row.counted,
        },
        "limits": [_limit_shape(one) for one in row.limits],
        "subjects": [
            {
                "subject": one.subject,
                "usd": round(one.cost.usd, 6),
                "mentions": one.mentions,
                "usd_per_mention": None if one.per_mention is None else round(one.per_mention, 6),
            }
            for one in row.subjects
        ],
        "reconciled": [
            {
                "day": day.day.isoformat(),
                "ours": day.ours,
                "platform": day.platform,
                "difference": day.difference,
                "warning": disagrees(day),
                "reason": day.reason,
            }
            for day in row.reconciled
        ],
    }


def _limit_shape(one: LimitOutlook) -> dict[str, Any]:
    forecast = one.forecast
    return {
        "limit": one.limit.name,
        "most": one.limit.most,
        "spent": round(one.limit.spent, 6),
        "renewed_at": time_shape(one.limit.until),
        "forecast": None
        if forecast is None
        else {
            "median": round(forecast.median, 6),
            "low": round(forecast.low, 6),
            "high": round(forecast.high, 6),
            "days": forecast.days,
        },
        "runs_out_at": time_shape(one.runs_out),
        "next_stage": None if one.next_stage is None else str(one.next_stage),
        "next_stage_below": None if one.below is None else round(one.below, 6),
    }
