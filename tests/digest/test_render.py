"""Text, HTML, terminal and JSON say the same, and nothing that others wrote can do harm in any of them."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.digest.compose import DigestInput, compose
from bot.digest.forms.render import render_html, render_json, render_terminal, render_text
from bot.model import Author, Outcome, Subject
from tests.digest import sample
from tests.support.counts import examples

DAYS = {
    "pr": sample.given(),
    "community": sample.given(report=sample.COMMUNITY),
    "quiet": sample.all_fine(mentions=(), messages=(), messages_before=()),
    "blind": sample.given(mentions=(), messages=(), messages_before=(), offers=()),
    "nothing at all": sample.given(
        mentions=(), previous=(), messages=(), messages_before=(), offers=(), targets=(), covered={}, gaps={}, polls={}
    ),
}
days = pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)

BOMB = (
    "<script>alert(1)</script>\r\n\r\nBcc: all@example.org\x00\x1b[31m\"'><img src=x onerror=alert(2)> {{ 7*7 }} {% raw %} "
    "[bold]markup[/bold] \u202egnirts desrever\u2066 ]]> </style></title><b>b</b> %s %(x)s &amp; &lt; e"
    + "\u0301"
    * 400
)


def terminal(body: Mapping[str, Any], width: int = 100) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False, color_system=None, legacy_windows=False).print(
        render_terminal(body)
    )
    return out.getvalue()


def seen(html: str) -> str:
    """What a person sees of the opened letter: its title and its text."""
    tree = HTMLParser(html)
    for node in tree.css("style, .preview"):
        node.decompose()
    return " ".join(node.text(separator=" ") for node in tree.css("title, body"))


def forms(body: Mapping[str, Any]) -> dict[str, str]:
    return {
        "text": re.sub(r"(?m)^ *https?://\S+$", "", render_text(body)),
        "html": seen(render_html(body)),
        "terminal": re.sub(r"(?m)^.*https?://\S+\s*$", "", terminal(body, 400)),
    }


def squeezed(text: str) -> str:
    """Only letters, digits and signs: line breaks, table rules and spaces do not count."""
    return re.sub(r"[\s\u00a0─━│╭╮╰╯·=-]+", "", text).casefold()


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.,:]\d+)*", text))


def strings(value: Any) -> Iterator[str]:
    """Every text in a body that is written for people."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str) and key in WORDS:
                yield inner
            elif not isinstance(inner, str):
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def as_read(body: Any) -> dict[str, Any]:
    """The body without what this audience is spared: programs read it in the JSON."""
    brief = body["audience"] == "community"
    unread = {"why", "facts"} if brief else {"brief"}
    return body | {
        "stories": [{key: value for key, value in row.items() if key not in unread} for row in body["stories"]],
        "answer": [{key: value for key, value in row.items() if key != "why"} for row in body["answer"]],
        "health": [{"detail": row["detail"]} for row in body["health"] if not row["detail"].endswith(" fully covered")],
        "redemptions": [
            {key: row[key] for key in ("name", "placement", "offer")} | ({} if not brief else {"facts": row["text"]})
            for row in shown_offers(body)
        ],
    }


def shown_offers(body: Any) -> list[Any]:
    """The rows of redemptions that people read: for PR the offers, without their placements."""
    return [row for row in body["redemptions"] if body["audience"] != "pr" or row["placement"] is None]


WORDS = {
    *("headline", "why", "brief", "facts", "statement", "detail", "where", "name", "placement", "title", "brand"),
    *("subject_line", "competitors_text", "more", "more_to_answer", "late_text", "method"),
}


@days
def test_every_form_holds_the_same_numbers_as_often(day: DigestInput) -> None:
    told = {name: numbers(form) for name, form in forms(compose(day)).items()}
    assert told["text"] == told["html"] == told["terminal"]
    assert sum(told["text"].values()) >= 3


@days
def test_every_headline_quote_and_line_of_the_json_stands_in_every_form(day: DigestInput) -> None:
    body = json.loads(render_json(compose(day)))
    expected = [
        *strings(as_read(body)),
        body["verdict"],
        body["coverage"]["text"],
        body["cost"]["text"],
    ]
    expected += [row["evidence"][0]["quote"] for row in body["messages"] if row["evidence"]]
    expected += [row["text"] for part in ("messages", "answer") for row in body[part]]
    expected += [row["text"].partition(" · ")[0] for row in shown_offers(body)]
    expected += [body["tone"]["text"], body["tone"]["before"]]
    assert len(expected) >= 5
    for name, form in forms(body).items():
        missing = [text for text in expected if squeezed(text or "") not in squeezed(form)]
        assert not missing, name


@days
def test_every_count_of_the_json_tables_stands_in_every_form(day: DigestInput) -> None:
    body = compose(day)
    for form in forms(body).values():
        told = numbers(form.replace(",", ""))
        for row in body["messages"]:
            assert not Counter(str(row[key]) for key in ("full", "partial", "relevant")) - told
        for row in shown_offers(body):
            assert not Counter(str(row[key]) for key in ("in_window", "previous_window", "total")) - told


def test_the_links_of_all_forms_are_those_of_the_json() -> None:
    body = compose(sample.given())
    expected = {story["url"] for story in body["stories"]}
    assert {node.attributes["href"] for node in HTMLParser(render_html(body)).css("a")} == expected
    assert set(re.findall(r"https?://\S+", render_text(body))) == expected
    assert set(re.findall(r"https?://\S+", terminal(body, 400))) == expected


def test_a_stored_body_renders_as_the_fresh_one() -> None:
    body = compose(sample.given())
    stored = json.loads(render_json(body))
    assert render_html(stored) == render_html(body)
    assert render_text(stored) == render_text(body)


def test_text_keeps_to_its_columns_and_leaves_addresses_whole() -> None:
    text = render_text(compose(sample.given(report=sample.COMMUNITY)))
    long = [line for line in text.splitlines() if cell_len(line) > 76]
    assert all(line.strip().startswith("https://") for line in long)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_outcomes_are_told_in_peoples_words() -> None:
    for form in forms(compose(sample.given())).values():
        for word in ("Carried", "Partly", "Misframed", "Contradicted"):
            assert word.casefold() in form.casefold()
        assert "contrary" not in form.casefold()


def hostile(text: str) -> dict[str, Any]:
    """A digest in which everything that others, or a careless configuration, can write is ``text``."""
    mentions = [
        sample.said(
            f"h{place}",
            text,
            title=text if place % 2 else "",
            outlet=text,
            voice=text,
            tone=-0.5 if place % 3 else 0.5,
            score=place - 2.0,
            url=url,
            alignments=[("m", outcome, text)],
        )
        for place, (url, outcome) in enumerate(
            [
                ("javascript:alert(1)", Outcome.CONTRARY),
                ("https://example.org/\"onmouseover='x'", Outcome.FULL),
                ("https://example.org/?a=1&b=<script>", Outcome.MISFRAMED),
                (text, Outcome.PARTIAL),
                ("data:text/html,<script>", Outcome.CONTRARY),
            ]
        )
    ]
    mentions = [
        replace(
            one, mention=replace(one.mention, item=replace(one.mention.item, author=Author(name=text, handle=text)))
        )
        for one in mentions
    ]
    own = Subject(sample.CRUMB.id, text, "x")
    rival = Subject("rival", text, "x", own=False)
    return {
        "mentions": mentions,
        "subjects": (own, rival),
        "messages": (replace(sample.standings()[0], message="m", statement=text, verdict=text),),
        "messages_before": (),
        "offers": tuple(replace(row, name=text, verdict=text) for row in sample.offers()),
        "targets": [replace(state, error=text) for state in sample.targets()],
    }


def assert_harmless(body: Mapping[str, Any]) -> None:
    html = render_html(body)
    tree = HTMLParser(html)
    assert not tree.css("script, img, iframe, form, link, object, embed, svg, b, base")
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    for node in tree.css("a"):
        assert re.fullmatch(r"https?://[^\s<>\"']+", node.attributes["href"] or "")
        assert node.attributes["rel"] == "noopener noreferrer"
    assert len(html) < 100_000
    text = render_text(body)
    for form in (text, html, terminal(body), body["subject_line"]):
        unseen = {
            char for char in form if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\u200c\u200d"
        }
        assert not unseen
        form.encode()
    assert "\n" not in body["subject_line"]
    assert not re.search(r"(?m)^Bcc:", text)
    json.loads(render_json(body))


def test_scripts_overrides_line_breaks_and_templates_in_texts_do_no_harm() -> None:
    for report in (sample.REPORT, sample.COMMUNITY):
        body = compose(sample.given(**hostile(BOMB), report=report))
        assert_harmless(body)
        assert "{{ 7*7 }}" in seen(render_html(body))
        assert "[bold]markup[/bold]" in squeezed(terminal(body, 300))


@pytest.mark.parametrize("text", ["x" * 1_000_000, "مرحبا " * 100_000, "\n" * 100_000, "👩‍🍳" * 100_000, "-" * 100_000])
def test_huge_texts_stay_small(text: str) -> None:
    assert_harmless(compose(sample.given(**hostile(text))))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(), max_size=60))
def test_no_text_breaks_a_form(text: str) -> None:
    assert_harmless(compose(sample.given(**hostile(text))))


@days
def test_html_is_complete_small_and_reads_without_help_from_outside(day: DigestInput) -> None:
    html = render_html(compose(day))
    assert len(html.encode()) < 100_000
    tree = HTMLParser(html)
    assert html.lower().startswith("<!doctype html>")
    assert tree.css_first("html").attributes["lang"] == "en"
    assert tree.css_first("meta[name=color-scheme]").attributes["content"] == "light dark"
    assert len(tree.css("h1")) == 1
    assert not tree.css("img, link, script")
    assert not re.search(r"url\(|@import|src=", html)
    assert "prefers-color-scheme" in tree.css_first("style").text()


def test_tables_of_figures_name_their_rows_and_columns() -> None:
    both = replace(sample.COMMUNITY, sections=("messages", "redemptions"))
    tree = HTMLParser(render_html(compose(sample.given(report=both))))
    tables = tree.css("table.data")
    assert len(tables) == 2
    for table in tables:
        assert table.css("th[scope=col]")
        assert table.css("th[scope=row]")
        assert table.attributes["aria-label"] in [heading.text() for heading in tree.css("h2")]
    for table in tree.css("table"):
        assert table.attributes.get("role") == "presentation" or table.attributes.get("aria-label")


def test_styles_are_inlined_for_mail() -> None:
    tree = HTMLParser(render_html(compose(sample.given())))
    looks = {"h1": "font-family", "h2": "border-top", "h3 a": "color", "td.figure": "text-align", "td.inner": "padding"}
    for selector, rule in looks.items():
        assert rule in (tree.css_first(selector).attributes["style"] or "")


def test_every_class_of_the_page_has_its_style_and_every_style_its_use() -> None:
    folder = files("bot.digest") / "templates"
    styled = set(re.findall(r"\.([a-z]+)(?=[\s,{.])", (folder / "digest.css").read_text()))
    template = (folder / "digest.html.j2").read_text()
    classes = {name for names in re.findall(r'class="([^"]*)"', template) for name in re.findall(r"[a-z]+", names)}
    assert styled <= classes


def test_the_terminal_form_fits_eighty_columns() -> None:
    for width in (80, 100, 200):
        assert max(cell_len(line.rstrip()) for line in terminal(compose(sample.given()), width).splitlines()) <= width
