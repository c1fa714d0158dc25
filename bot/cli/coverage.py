"""``heard sources coverage``: what was looked at, hour by hour, what was missed and why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import label, plain
from bot.model import Interval
from bot.phrases import joined
from bot.shapes import coverage_shape

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import GapCause
    from bot.wiring.listen.watching import Looking

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_HOURS = 72  # more are shown a day a mark


@click.command()
@click.option("--hours", metavar="N", type=click.IntRange(1, 24 * 400), default=48, show_default=True,
              help="How far to look back.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def coverage(ctx: click.Context, hours: int, *, as_json: bool) -> None:
    """Show what was looked at, hour by hour.

    Each source has one mark an hour (a day, where it is many hours): looked at, missed (all or part of it), or not due
    yet; then how much was missed and why. What a later poll catches up on is no longer missed.
    """
    app = open_app(ctx)
    now = app.clock.now()
    window = Interval(now - hours * _HOUR, now)
    found = app.watching.coverage(window)
    if as_json:
        print_json(coverage_shape(one.state, _plain(one), one.usual_pause, one.newest) for one in found)
        return
    step = _HOUR if hours <= _MOST_HOURS else _DAY
    unit = "an hour" if step == _HOUR else "a day"
    click.echo(f"Since {app.local(window.start)}, {unit} a mark: # looked at, x missed, - not due yet")
    out = console()
    for one in found:
        out.print(f"[bold]{plain(label(one.state.target))}[/bold] {plain(_words(one, now))}", soft_wrap=True)
        if one.stretches:
            out.print(f"  {_strip(one, window, step)}", soft_wrap=True, markup=False, highlight=False)


def _plain(one: Looking) -> list[tuple[Interval, str, str | None]]:
    return [(s.interval, str(s.look), str(s.cause) if s.cause else None) for s in one.stretches]


def _strip(one: Looking, window: Interval, step: timedelta) -> str:
    from bot.listen.coverage import Look, strip

    marks = {Look.COVERED: "#", Look.MISSED: "x", Look.PENDING: "-", None: " "}
    return "".join(marks[look] for look in strip(one.stretches, window, step))


def _words(one: Looking, now: datetime) -> str:
    """``97 % looked at; missed 2 h (rate limit); usually something new about every 3 d, last 12 d ago``."""
    from bot.digest import wording
    from bot.digest.figures import duration, percent
    from bot.listen.coverage import Look, share

    if not one.stretches:
        return "not polled yet"
    if all(stretch.look is Look.PENDING for stretch in one.stretches):
        return "polled for the first time; the next poll will show what was looked at since"
    missed: dict[GapCause, timedelta] = {}
    for stretch in one.stretches:
        if stretch.cause is not None:
            length = stretch.interval.end - stretch.interval.start
            missed[stretch.cause] = missed.get(stretch.cause, timedelta(0)) + length
    parts = [f"{percent(share(one.stretches, Look.COVERED))} looked at"]
    if missed:
        causes = [f"{duration(length)} ({wording.CAUSES[cause]})" for cause, length in missed.items()]
        parts.append(f"missed {joined(causes)}")
    if one.usual_pause is not None and one.newest is not None:
        newest = duration(max(now - one.newest, timedelta(0)))
        parts.append(f"usually something new about every {duration(one.usual_pause)}, last {newest} ago")
    return "; ".join(parts)
