"""``heard relevance``: how mentions are told from words that only look like the name."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain
from bot.shapes import classifier_shape

if TYPE_CHECKING:
    from bot.model import Context, RelevanceModel
    from bot.wiring.listen.judging import Standing


@click.command()
@click.option("--subject", metavar="ID", help="Only this subject.")
@click.option("--fit", is_flag=True, help="Learn from the labels now ('heard run' does so by itself as they grow).")
@json_option
@config_option
@click.pass_context
def relevance(ctx: click.Context, *, subject: str | None, fit: bool, as_json: bool) -> None:
    """Show how each subject is told from words that only look like its name; learn from the labels.

    Prints the companions, the labels, and whether the classifier gives verdicts yet. What it has learned holds from the
    next 'heard collect' on, for everything that no digest has told.
    """
    app = open_app(ctx)
    app.expect("subject", subject)
    only = () if subject is None else (subject,)
    if fit:
        for model in app.judging.fit(only):
            if not as_json:
                click.echo(f"{model.subject}: learned from {model.yes + model.no} labels")
        app.judging.judge_anew(stop=lambda: False)
    shown = [one for one in app.judging.standings() if not only or one.subject.id in only]
    if as_json:
        print_json(
            {
                "subject": one.subject.id,
                "context": asdict(one.subject.context) if one.subject.context else None,
                "labels": {"yes": one.yes, "no": one.no},
                "classifier": classifier_shape(one.model),
            }
            for one in shown
        )
        return
    out = console()
    for one in shown:
        out.print(f"[bold]{plain(one.subject.id)}[/bold]", soft_wrap=True)
        out.print(f"  companions: {plain(_companions(one.subject.context))}", soft_wrap=True)
        out.print(f"  labels to learn from: {one.yes} relevant, {one.no} not", soft_wrap=True)
        out.print(f"  classifier: {_classifier(one, one.model)}", soft_wrap=True)


def _companions(context: Context | None) -> str:
    if context is None:
        return "none: its words alone mean it"
    parts = [f"any of {', '.join(context.any)}"] if context.any else []
    parts += [f"none of {', '.join(context.none)}"] if context.none else []
    parts.append("in the whole piece" if context.within is None else f"within {context.within} words")
    parts += ["required"] if context.required else []
    return "; ".join(parts)


def _classifier(standing: Standing, model: RelevanceModel | None) -> str:
    if model is None:
        return "not fitted yet" if standing.yes and standing.no else "needs labels of both kinds: heard label"
    if not model.usable:
        return f"gives no verdict yet: {model.why}"
    verdicts = [f"relevant from {100 * model.above:.0f} %"] if model.above is not None else []
    verdicts += [f"not relevant up to {100 * model.below:.0f} %"] if model.below is not None else []
    day = f"{model.fitted_at:%Y-%m-%d}"
    return f"{', '.join(verdicts)}; fitted on {day} to {model.yes + model.no} labels, version {model.version}"
