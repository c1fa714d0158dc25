"""``heard label``: a person's word on a mention."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain, table
from bot.errors import HeardError
from bot.model import NO, YES, LabelKind, Mention, Outcome, RelevanceBasis, ToneLabel, mention_of
from bot.shapes import label_shape

if TYPE_CHECKING:
    from bot.model import Label
    from bot.wiring import App

SOURCE = "cli"
BASES = {
    RelevanceBasis.LABEL: "earlier label",
    RelevanceBasis.RULE: "rule",
    RelevanceBasis.MODEL: "classifier",
    RelevanceBasis.ASSUMED: "assumption",
}
Word = tuple[LabelKind, str, str | None]


@click.command()
@click.argument("mention", metavar="[ID]", required=False)
@click.option("--relevant", type=click.Choice([YES, NO]), help="Whether it is about the subject at all.")
@click.option("--tone", type=click.Choice([str(label) for label in ToneLabel]), help="The tone toward the subject.")
@click.option("--message", metavar="MESSAGE=OUTCOME", multiple=True,
              help=f"How it carries a key message: {', '.join(Outcome)}.")  # fmt: skip
@click.option("--duplicate", metavar="ID=yes|no", multiple=True, help="Whether it tells the same as another mention.")
@click.option("--who", metavar="NAME", help="Who says so (else your name on this machine).")
@click.option("--list", "listing", is_flag=True, help="Show the labels that were given, newest last.")
@json_option
@config_option
@click.pass_context
def label(
    ctx: click.Context, /, mention: str | None, *, who: str | None, listing: bool, as_json: bool, **said: str
) -> None:
    """Say what a mention is: your word decides, and the classifier learns from it.

    ID is what 'heard mentions' shows in its first column; with nothing else, its labels are shown. A label of relevance
    holds from now on, whatever a rule or the classifier says; so do tone and message outcomes wherever the mention is
    shown or told. The last one wins, and none is lost. Enough outcomes of a message teach Heard how people put it
    ('heard messages --learned'). Labels of duplicates are kept for the gold set; this version does not act on them yet.
    """
    app = open_app(ctx)
    words = list(_words(app, said))
    if listing or not words:
        if words or (mention is None and not listing):
            raise click.UsageError(
                "say what it is: heard label ID --relevant yes|no; or see the labels: heard label --list"
            )
        _list(app, mention, as_json=as_json)
        return
    found = _found(app, mention)
    by = who or getpass.getuser()
    given = [app.judging.label(found, kind, value, who=by, source=SOURCE, about=about) for kind, value, about in words]
    if as_json:
        print_json(map(label_shape, given))
        return
    for one in given:
        click.echo(f"{one.mention}: {_said(one)}")
    if (
        found.relevance.basis
        and found.relevance.relevant is not None
        and any(_contradicts(one, found) for one in given)
    ):
        click.echo(f"This overrules the {BASES[found.relevance.basis]}: {found.relevance.reason}.")


def _words(app: App, said: dict[str, str]) -> Iterator[Word]:
    """What was said, one word a label. Raises a usage error for what cannot be meant."""
    for kind in (LabelKind.RELEVANT, LabelKind.TONE):
        if said[kind]:
            yield kind, said[kind], None
    for text in said["message"]:
        about, value = _pair(text, LabelKind.MESSAGE, tuple(map(str, Outcome)))
        app.expect("message", about)
        yield LabelKind.MESSAGE, value, about
    for text in said["duplicate"]:
        about, value = _pair(text, LabelKind.DUPLICATE, (YES, NO))
        yield LabelKind.DUPLICATE, value, _found(app, about).id


def _pair(text: str, kind: LabelKind, allowed: tuple[str, ...]) -> tuple[str, str]:
    about, equals, value = text.rpartition("=")
    if not (about and equals and value in allowed):
        raise click.BadParameter(f"'{text}': write --{kind} ID=VALUE; VALUE is one of {', '.join(allowed)}")
    return about, value


def _found(app: App, mention_id: str | None) -> Mention:
    if mention_id is None:
        raise click.UsageError("name the mention: heard label ID --relevant yes|no")
    found = app.store.mention(mention_id)
    if found is None:
        raise HeardError(f"there is no mention '{mention_id}'. 'heard mentions' lists their ids in its first column")
    return mention_of(found)


def _list(app: App, mention: str | None, *, as_json: bool) -> None:
    labels = app.store.labels(mention=None if mention is None else _found(app, mention).id)
    if as_json:
        print_json(map(label_shape, labels))
        return
    shown = table("mention", "label", "who", "by", "when")
    for one in labels:
        shown.add_row(one.mention, plain(_said(one)), plain(one.who), one.source, app.local(one.at))
    if shown.rows:
        console().print(shown)
    else:
        click.echo("No label was given yet: heard label ID --relevant yes|no")


def _said(label: Label) -> str:
    """``relevant: no``, ``message hand-rolled: partial``."""
    return f"{' '.join(filter(None, (label.kind, label.about)))}: {label.value}"


def _contradicts(label: Label, found: Mention) -> bool:
    return label.kind is LabelKind.RELEVANT and (label.value == YES) is not found.relevance.relevant
