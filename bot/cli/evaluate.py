"""``heard evaluate``: how often Heard is right."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json

if TYPE_CHECKING:
    from bot.evaluate.result import Evaluation, Tell
    from bot.model import Genre
    from config.settings import Settings

TASKS = ("tone", "message", "duplicate", "language", "relevant")
LONG = 2_000
"""Rows from which progress is shown."""

NAMED = 10
"""Bad rows that are named one by one; the rest are counted."""


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--task", type=click.Choice(TASKS), help="What is evaluated (else the columns say).")
@click.option("--engine", metavar="NAME", help="Another tone engine than the one in use.")
@click.option("--matcher", metavar="NAME", help="Another matcher of messages than the one in use: lexical, minilm.")
@click.option("--scores", metavar="OUT.csv", help="Write a prediction for each row here; - is standard output.")
@click.option("--source", metavar="KIND", help="What the texts are: tweets, reviews, news … or a connector's name.")
@click.option(
    "--columns", metavar="NAME=COLUMN,…", multiple=True, help="Which columns serve; label=stance,pool=topic+side."
)
@click.option("--group", metavar="COLUMN,…", help="Also compare the means of groups of 30 texts and more (tone).")
@click.option("--document", metavar="COLUMN", help="Rows whose value agrees up to its last _ are one document (tone).")
@json_option
@config_option
@click.pass_context
def evaluate(ctx: click.Context, /, file: IO[bytes] | None, *, task: str | None, engine: str | None, matcher: str | None,
             scores: str | None, source: str | None, columns: tuple[str, ...], group: str | None, document: str | None,
             as_json: bool) -> None:  # fmt: skip
    """Measure how often Heard is right, on a labelled file or the desk's own labels.

    FILE is CSV or TSV with a header; - reads standard input. Tone: text,label (negative, neutral, positive, or numbers)
    and, where there are some, target,from,to,source. Messages: message,text,label and pool. Copies: a,b,label.
    Languages: text,lang. Without FILE the labels from 'heard label' and 'heard review' are the measure.

    Figures are of every row by its most likely label; coverage is the share that Heard would have answered, and the
    selective figures are of those. Brackets are 95 % intervals. Exit status 1 when a row was bad.
    """
    if file is None:
        if matcher:
            raise click.UsageError("--matcher goes with a FILE: what it ranks are the texts of a pool")
        _gold(ctx, task, engine, as_json=as_json)
        return
    from bot.evaluate.evaluate import Wish, evaluate
    from bot.evaluate.result import Task
    from bot.evaluate.table import read_table
    from bot.wiring.score.evaluating import build_readers

    wish = Wish(
        task=Task(task) if task else None,
        columns=columns,
        genre=_genre(source),
        group=_listed(group),
        document=document,
    )
    readers = build_readers(_settings(ctx), engine, matcher)
    table = read_table(file.read(), file.name)
    rows = len(table.rows) + len(table.bad)
    with _progress(rows) as tell:
        found = evaluate(table, wish, readers, tell=tell)
    _name_bad(found)
    if scores:
        _write(found, rows, scores)
    _print(found, as_json=as_json and scores != "-", quiet=scores == "-")
    if found.bad:
        ctx.exit(1)


def _gold(ctx: click.Context, task: str | None, engine: str | None, *, as_json: bool) -> None:
    from bot.evaluate.result import Task
    from bot.wiring.score.evaluating import build_readers

    if task == Task.LANGUAGE:
        raise click.UsageError("nobody labels languages here: give a file with the columns text,lang")
    app = open_app(ctx)
    chosen = build_readers(app.settings, engine).engine if engine else None
    evaluations = list(app.evaluating.gold(Task(task) if task else None, chosen))
    if not evaluations:
        if as_json:
            print_json([{"task": None, "n": 0, "verdict": "no labels"}])
        else:
            click.echo("Nobody has labelled anything yet: heard review, or heard label ID --tone negative")
        return
    for found in evaluations:
        _print(found, as_json=as_json)


def _settings(ctx: click.Context) -> Settings | None:
    """The configuration that holds here; a file can be evaluated without any."""
    from bot.cli.context import configure_logging
    from config.finding import config_at_hand
    from config.settings import load_settings

    given = ctx.ensure_object(dict)
    configure_logging(verbose=bool(given.get("verbose")))
    path = config_at_hand(given.get("config"))
    return None if path is None else load_settings(path)


def _genre(source: str | None) -> Genre | None:
    from bot.evaluate.labels import GENRES, genre

    if source is None:
        return None
    found = genre(source)
    if found is None:
        known = ", ".join(sorted(GENRES))
        click.echo(f"--source '{source}' is not known, so the engine sees for itself; known are {known}", err=True)
    return found


def _listed(columns: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (columns or "").split(",") if part.strip())


@contextmanager
def _progress(rows: int) -> Iterator[Tell]:
    from bot.cli.progress import progress
    from bot.evaluate.result import quiet

    if rows < LONG:
        yield quiet
        return
    with progress("Reading", rows) as tell:
        yield tell


def _name_bad(found: Evaluation) -> None:
    from bot.digest.plain import clean

    for bad in found.bad[:NAMED]:
        click.echo(f"row {bad.number}: {clean(bad.reason)}", err=True)
    if len(found.bad) > NAMED:
        click.echo(f"… and {len(found.bad) - NAMED} more rows that were left out", err=True)


def _write(found: Evaluation, rows: int, scores: str) -> None:
    from bot.evaluate.scores import write_scores
    from bot.files import whole_file

    if scores == "-":
        write_scores(found, rows, sys.stdout)
        return
    with whole_file(Path(scores)) as part, part.open("w", encoding="utf-8", newline="") as out:
        write_scores(found, rows, out)


def _print(found: Evaluation, *, as_json: bool, quiet: bool = False) -> None:
    if quiet:
        return
    if as_json:
        print_json([{"task": str(found.task), **found.figures, "bad_rows": len(found.bad)}])
        return
    from bot.cli.figures import lines

    out = console()
    for line in lines(found):
        out.print(line, soft_wrap=True, markup=False)
