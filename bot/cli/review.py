"""``heard review``: looking over what the model says, at ten seconds an item."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain, table
from bot.model import Stratum
from bot.shapes import agreement_shape, drift_shape, review_shape

if TYPE_CHECKING:
    from bot.wiring import App

KINDS = {"relevant": "about the subject", "tone": "tone", "message": "messages"}
ALLOWS = {
    "firm": "firm",
    "tentative": "tentative: figures say so",
    "weak": "too low: no rate is printed until the code book is clearer",
    "too few": "too few texts under two coders to say",
}


@click.command()
@click.option("--who", metavar="NAME", help="Who is looking them over (else your name on this machine).")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after this many.")
@click.option("--stratum", type=click.Choice([str(one) for one in Stratum]), multiple=True,
              help="Only these: the random sample, what goes against a message, what is too near to call.")  # fmt: skip
@click.option("--show-machine", is_flag=True, help="Show what Heard thought before you answer (it will lead you).")
@click.option("--agreement", is_flag=True, help="Show how well coders agree, and how the model does lately.")
@json_option
@config_option
@click.pass_context
def review(
    ctx: click.Context,
    /,
    *,
    who: str | None,
    limit: int | None,
    stratum: tuple[str, ...],
    show_machine: bool,
    agreement: bool,
    as_json: bool,
) -> None:
    """Look over what Heard found, so that its counts can be corrected.

    First comes a random sample of last week's stories: your answers to it correct the counts of tone and messages. Then
    what goes against a message, then what is too near to call. Each takes about ten seconds; stop whenever you like,
    the rest waits. What Heard thought is shown after you have answered.
    """
    app = open_app(ctx)
    if agreement:
        _agreement(app, as_json=as_json)
        return
    app.reviewing.pick()
    coder = who or getpass.getuser()
    waiting = app.reviewing.waiting(coder, tuple(map(Stratum, stratum)) or tuple(Stratum))
    if as_json:
        rows = waiting if limit is None else waiting[:limit]
        print_json(review_shape(one.sample, one.scored, one.asked, machine=show_machine) for one in rows)
    elif not waiting:
        click.echo(_nothing(app))
    else:
        from bot.cli.asking import Session

        Session(app, coder, waiting, show_machine=show_machine).run(limit)


def _nothing(app: App) -> str:
    period = app.reviewing.period
    span = f"{app.local(period.start)} to {app.local(period.end)}"
    return (
        f"Nothing is waiting for you. The sample of the week that is over ({span}) is looked over, or there was no story; "
        "the next one is drawn when this week is over."
    )


def _agreement(app: App, *, as_json: bool) -> None:
    found, drifts = app.reviewing.agreement(), app.reviewing.drifts()
    if as_json:
        print_json([agreement_shape(kind, one) for kind, one in found.items()])
        print_json(map(drift_shape, drifts))
        return
    shown = table("question", right=("texts", "coders", "alpha"))
    shown.add_column("which is")
    for kind, one in found.items():
        alpha = "–" if one.alpha is None else f"{one.alpha:.2f}"
        shown.add_row(KINDS[kind], str(one.units), str(one.coders), alpha, ALLOWS[one.strength])
    out = console()
    out.print(shown)
    click.echo("\nKrippendorff's alpha over texts that two or more people looked over in the last half year.")
    for drift in drifts:
        right = f"{drift.right} of {drift.labels}" if drift.labels else "nothing labelled"
        before = f"{drift.right_before} of {drift.labels_before}" if drift.labels_before else "nothing labelled"
        out.print(f"Heard was right on {KINDS[drift.kind]}: {right} in the last 4 weeks, {before} before.")
        if drift.text:
            out.print(plain(drift.text), style="bold")
