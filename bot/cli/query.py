"""``heard query``: what a query means, what is sent where, and what it finds."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.digest.plain import clean
from bot.errors import ConfigError, HeardError
from bot.model import Compiled, Hit, Item, MatchField, Query, mention_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from bot.wiring import App
    from bot.wiring.listen.asking import Sending

HISTORY = "history"
SHOWN = 5
AROUND = 60
"""Characters that are shown on each side of a hit in a long text."""
COLUMNS = ("text", "full_text", "tweet_text", "tweettext", "body", "content", "selftext", "description", "title")
"""Columns and keys in which a file's texts are looked for, in this order."""
MATCHED_HERE = "nothing is sent for it: what is read there is matched here"
READ_HERE = {"bluesky": "nothing is sent for it: the stream is read and matched here", "rss": MATCHED_HERE}
"""What is said of connectors that search for nothing."""
_LONGEST_FIELD = 1 << 24
_TABLES = frozenset({".csv", ".tsv"})
_JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})
_KINDS = _TABLES | _JSON_LINES | {".txt"}

Found = tuple[Item, tuple[Hit, ...] | None]


@click.group()
def query() -> None:
    """Try a query: what it finds, and what is sent where."""


@query.command()
@click.argument("text", metavar="QUERY", required=False)
@click.option("--subject", metavar="ID", help="Take the query of this configured subject.")
@click.option(
    "--against",
    metavar="TEXT|FILE|history",
    help="Look for it in this text, in a file (lines, JSON lines or CSV), or in all that was collected.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=SHOWN, help="Show this many finds.")
@json_option
@config_option
@click.pass_context
def test(
    ctx: click.Context, text: str | None, subject: str | None, against: str | None, limit: int, *, as_json: bool
) -> None:
    """Show how a query is read, what is sent where, and what it finds.

    With it come notes: what a platform cannot say of the query, what is asked instead, and what comes of it. Nothing
    is sent, and nothing is stored. Without a configuration the platforms' defaults hold. The language is told in
    docs/configuration.md.
    """
    if (text is None) == (subject is None):
        raise click.UsageError("give one query, in quotation marks, or --subject ID")
    if against is not None and Path(against).suffix.lower() in _KINDS and not _is_file(against):
        raise click.UsageError(f"--against: there is no file {against}")
    app = _app(ctx, needed=subject is not None or against == HISTORY)
    from bot.listen.query import parse_query
    from bot.wiring.listen.asking import hits_in, sendings

    asked = _of_subject(app, subject) if app and subject else parse_query("query", text or "")
    sent = list(sendings([asked], app.settings.sources if app else ()))
    found = hits_in(asked, _items(app, against)) if against is not None else iter(())
    if as_json:
        print_json(_rows(asked, sent, found, limit))
        return
    out = console()
    _print_sent(out, asked, sent)
    if against is not None:
        _print_found(out, found, limit, one=not _is_many(against))


def _app(ctx: click.Context, *, needed: bool) -> App | None:
    """The configured application; None where there is no configuration and none is needed."""
    from config.finding import find_config

    try:
        find_config(ctx.ensure_object(dict).get("config"))
    except ConfigError:
        if needed or ctx.ensure_object(dict).get("config"):
            raise
        return None
    return open_app(ctx)


def _of_subject(app: App, subject: str) -> Query:
    app.expect("subject", subject)
    return next(query for query in app.queries if query.subject == subject)


def _is_many(against: str) -> bool:
    return against == HISTORY or _is_file(against)


def _is_file(against: str) -> bool:
    try:
        return Path(against).is_file()
    except (OSError, ValueError):  # too long, or with a character that no file's name has: a text
        return False


def _items(app: App | None, against: str | None) -> Iterator[Item]:
    from bot.wiring.listen.asking import item_of

    if against == HISTORY and app is not None:
        seen: set[str] = set()
        for row in app.store.mentions():
            item = mention_of(row).item
            if item.key not in seen:
                seen.add(item.key)
                yield item
    elif against is not None and _is_file(against):
        yield from (item_of(said, row) for said, row in _read(Path(against)))
    else:
        yield item_of(against or "")


def _read(path: Path) -> Iterator[tuple[str, dict[str, str | None]]]:
    """The texts of a file with the other fields of their rows. Raises HeardError when it has none or is unreadable."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            if path.suffix.lower() in _TABLES:
                csv.field_size_limit(_LONGEST_FIELD)
                yield from map(_cells, csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
            elif path.suffix.lower() in _JSON_LINES:
                yield from (_cells(json.loads(line)) for line in file if line.strip())
            else:
                yield from ((line.strip(), {}) for line in file if line.strip())
    except (csv.Error, json.JSONDecodeError) as error:
        raise HeardError(f"{path} cannot be read as {path.suffix.lstrip('.').upper()}: {error}") from error


def _cells(row: Any) -> tuple[str, dict[str, str | None]]:
    if isinstance(row, str):
        return row, {}
    if not isinstance(row, dict):
        raise HeardError("each line of a JSON file must be a text, or an object with a key 'text'")
    cells = {str(name).lower(): value for name, value in row.items() if isinstance(value, str)}
    name = next((name for name in COLUMNS if cells.get(name)), None)
    if name is None and not any(column in (str(key).lower() for key in row) for column in COLUMNS):
        raise HeardError(f"there is no column of texts; call it 'text' (there are: {', '.join(map(str, row))})")
    said = cells.pop(name, "") if name else ""
    return said, dict(cells)


def _rows(asked: Query, sent: list[Sending], found: Iterator[Found], limit: int) -> Iterator[dict[str, Any]]:
    """First the query and what is sent, then the finds, then the counts where texts were looked through."""
    yield {
        "query": str(asked.node),
        "sources": [
            {"source": source, "connector": connector, "compiled": [_shape(one) for one in compiled]}
            for source, connector, compiled in sent
        ],
    }
    texts = matched = 0
    for item, hits in found:
        texts += 1
        matched += hits is not None
        if hits is not None and matched <= limit:
            places = [{"term": hit.term, "field": str(hit.field), "start": hit.start, "end": hit.end} for hit in hits]
            yield {"matches": True, "text": item.text, "url": item.url, "hits": places}
    if texts:
        yield {"texts": texts, "matched": matched}


def _shape(compiled: Compiled) -> dict[str, Any]:
    return {
        "platform": compiled.platform,
        "limit": compiled.limit,
        "sent": [{"search": one.text, "where": one.where, "length": len(one.text)} for one in compiled.sent],
        "notes": [
            {"what": note.what, "instead": note.instead, "cost": note.cost, "loses": note.loses}
            for note in compiled.notes
        ],
    }


def _print_sent(out: Console, asked: Query, sent: list[Sending]) -> None:
    from rich.text import Text

    out.print(Text("read as  ", "bold") + Text(clean(str(asked.node), 4_000)), soft_wrap=True)
    for source, connector, found in sent:
        out.print()
        out.print(Text(source, "bold"))
        for compiled in found:
            for search in compiled.sent:
                length = f"{len(search.text)} of {compiled.limit} characters"
                said = search.text or "everything new"
                out.print(
                    Text(f"  {' '.join(filter(None, (compiled.platform, search.where)))} ({length}): {said}"),
                    soft_wrap=True,
                )
            if not compiled.sent:
                out.print(f"  {compiled.platform}: nothing is sent")
            for note in compiled.notes:
                _print_note(out, compiled, note)
        if not found:
            out.print(f"  {READ_HERE.get(connector, MATCHED_HERE)}")
    named = {connector for _, connector, _ in sent}
    for connector in (name for name in READ_HERE if name not in named):
        out.print()
        out.print(Text("feeds" if connector == "rss" else connector, "bold"))
        out.print(f"  {READ_HERE[connector]}")


def _print_note(out: Console, compiled: Compiled, note: Any) -> None:
    from rich.text import Text

    from bot.wiring.listen.asking import note_line

    out.print(
        Text("  lost  " if note.loses else "  note  ", "yellow" if note.loses else "dim") + note_line(compiled, note),
        soft_wrap=True,
    )


def _print_found(out: Console, found: Iterator[Found], limit: int, *, one: bool) -> None:
    texts = matched = 0
    out.print()
    for item, hits in found:
        texts += 1
        if hits is None:
            continue
        matched += 1
        if matched <= limit:
            out.print(marked(item.text, hits), soft_wrap=True)
            for hit in hits:
                out.print(f"  {hit.term} in {hit.field} at {hit.start}–{hit.end}", markup=False, soft_wrap=True)
    if one:
        if not matched:
            out.print("does not match")
        return
    out.print(f"{matched} of {texts} texts match" + (f"; the first {limit} are shown" if matched > limit else ""))


def marked(text: str, hits: tuple[Hit, ...]) -> Text:
    """The text on one line with its hits marked; of a long one, what stands around the hits."""
    from rich.text import Text

    spans = sorted({(hit.start, hit.end) for hit in hits if hit.field in {MatchField.TITLE, MatchField.TEXT}})
    shown = Text()
    at = max(0, spans[0][0] - AROUND) if spans else 0
    if at:
        shown.append("… ")
    for start, end in spans:
        if start < at:
            continue
        if start - at > 2 * AROUND:
            shown.append(clean(text[at : at + AROUND], AROUND) + " … ")
            at = start - AROUND
        shown.append(_one_line(text[at:start]))
        shown.append(_one_line(text[start:end]), "bold reverse")
        at = end
    shown.append(_one_line(text[at : at + AROUND * (1 if spans else 4)]))
    if at + AROUND < len(text):
        shown.append(" …")
    return shown


def _one_line(text: str) -> str:
    """``clean`` with the blanks at both ends kept as one."""
    lead, trail = text[:1].isspace(), text[-1:].isspace() and len(text) > 1
    return f"{' ' if lead else ''}{clean(text)}{' ' if trail else ''}"
