"""Which mail programs show what the letters are made of, read from the caniemail data (github.com/hteumeuleu/caniemail).

Everything that a rendered letter uses is collected: elements, attributes, properties, at-rules, kinds of selectors. Each
must be supported throughout in Gmail, Outlook and Apple Mail, or stand in ``GRACEFUL`` with what happens without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.digest.letters import AUDIENCES, html_for
from tests.support.shared import shared_path

CLIENTS = {
    "gmail": ("desktop-webmail", "android", "ios", "mobile-webmail"),
    "outlook": ("windows", "macos", "ios", "android", "outlook-com"),
    "apple-mail": ("macos", "ios"),
}

TABLE_PARTS = ("table", "thead", "tbody", "tr", "th", "td")
ELEMENTS = {
    **dict.fromkeys(TABLE_PARTS, "html-table"), **dict.fromkeys(("h1", "h2", "h3"), "html-h1-h6"),
    "p": "html-p", "span": "html-span", "div": "html-div", "img": "html-img", "body": "html-body", "style": "html-style",
}  # fmt: skip
ATTRIBUTES = {
    "align": "html-align", "width": "html-width", "height": "html-height", "cellpadding": "html-cellpadding",
    "cellspacing": "html-cellspacing", "lang": "html-lang", "dir": "html-dir", "role": "html-role",
    "aria-hidden": "html-aria-hidden", "aria-label": "html-aria-label",
}  # fmt: skip
PROPERTIES = {"font-family": "css-font"} | {
    f"{name}-{side}": f"css-{name}" for name in ("margin", "padding", "border") for side in ("top", "left", "right")
}

# What the data have no entry for, because every program since the first has it.
BASIC_ELEMENTS = {"html", "head", "title", "meta", "a"}
BASIC_ATTRIBUTES = {"class", "style", "href", "src", "alt", "colspan", "scope", "rel", "content", "name", "charset"}
BASIC_PROPERTIES = {"color", "border-top-color", "border-left-color"}
OUTLOOK_ONLY = {"mso-hide"}
"""Hides the preview line in Outlook on Windows; no other program reads it."""

GRACEFUL = {
    "html-style": "every rule that a letter needs is inlined; what stays in the head refines phones and dark mode",
    "html-body": "Gmail and Outlook make a div of it; the outer table carries colours and margins",
    "html-doctype": "Outlook on Windows has one way to lay out, doctype or not; tables look alike in it",
    "html-meta-color-scheme": "without it a program that darkens does so in its own way; all colours are set in pairs",
    "html-align": "Outlook for Mac aligns tables by it and not their text, which text-align does",
    "html-dir": "Outlook on Windows heeds it on blocks only: a right-to-left headline begins at the left, readable",
    "html-width": "in Outlook on Windows the picture's width is taken as it is, which is narrower than the page",
    "html-height": "of a decorative bar, which may be a line high",
    "css-at-media": "a phone without it keeps the wide margins; nothing is wider than the screen",
    "css-at-media-prefers-color-scheme": "Gmail stays light or darkens by itself; both were looked at",
    "css-important": "used in the head's rules only, which fall together with them",
    "css-selector-class": "used in the head's rules only",
    "css-selector-descendant": "used in the head's rules only",
    "css-selector-grouping": "used in the head's rules only",
    "css-selector-type": "used in the head's rules only",
    "css-border": "Outlook on Windows shows it on blocks and cells; ours stand there",
    "css-display": "block and none only; without block a picture has a gap below it",
    "css-display-none": "the preview line then shows in the page's own colour, one pixel high",
    "css-max-height": "of the preview line, see display",
    "css-overflow": "of the preview line, see display",
    "css-max-width": "Outlook on Windows has a table of 600 pixels in its own comments; pictures have a width",
    "css-height": "auto only, which is what a picture has without it",
    "css-width": "Outlook on Windows heeds it on tables and cells; ours stand there",
    "css-padding": "Outlook on Windows pads cells and paragraphs, no inline elements; ours are such",
    "css-margin": "negative ones and auto fail; ours are neither",
    "css-font-size": "in pixels everywhere; partial only for other units",
    "css-font-weight": "bold and normal only; partial only for numbers",
    "css-line-height": "in pixels; Outlook on Windows makes lines at least so high",
    "css-text-align": "left and right only; partial only for the logical values",
    "css-text-decoration": "underline only; partial only for styled lines",
    "css-text-decoration-color": "a link is then underlined in its own colour",
}


@cache
def support() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_path("email/caniemail-support.json").read_text(encoding="utf-8"))
    return found


def gaps(feature: str) -> list[str]:
    """Where a feature is not wholly supported, or not known to be."""
    latest = support()[feature]["latest"]
    return [
        f"{feature} in {client} ({platform}): {verdict}"
        for client, platforms in CLIENTS.items()
        for platform in platforms
        if (verdict := latest.get(client, {}).get(platform, "u")).split()[0] != "y"
    ]


def used(html: str) -> set[str]:
    """The features of a letter; what cannot be named is itself, and so in no data."""
    tree = HTMLParser(html)
    found = {"html-doctype"} if html.lower().startswith("<!doctype") else set()
    found |= {"html-comments"} if "<!--" in html else set()
    for node in tree.css("*"):
        if node.tag not in BASIC_ELEMENTS:
            found.add(ELEMENTS.get(str(node.tag), f"<{node.tag}>"))
        if node.tag == "meta" and node.attributes.get("name") == "color-scheme":
            found.add("html-meta-color-scheme")
        found |= {
            ATTRIBUTES.get(name, f"{name}=") for name in map(str, node.attributes) if name not in BASIC_ATTRIBUTES
        }
        found |= set(declared(node.attributes.get("style") or ""))
        if (node.attributes.get("src") or "").startswith("cid:"):
            found.add("image-png")
    for sheet in tree.css("style"):
        found |= set(at_rules(sheet.text()))
    return found


def declared(declarations: str) -> Iterator[str]:
    for declaration in filter(str.strip, declarations.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name not in BASIC_PROPERTIES | OUTLOOK_ONLY:
            yield PROPERTIES.get(name, f"css-{name}")
        if name == "display":
            yield {"none": "css-display-none", "flex": "css-display-flex"}.get(value.split()[0], "css-display")
        if "!important" in value:
            yield "css-important"
        yield from (f"css-unit-{unit}" for unit in re.findall(r"(?<=\d)(px|em|rem|vw|vh|pt)\b", value))
        yield from ("css-unit-percent" for _ in re.findall(r"\d%", value))
        yield from (f"css-{name}" for name in re.findall(r"\b(rgba?|calc|var|min|max|clamp|url)\(", value))


def at_rules(sheet: str) -> Iterator[str]:
    assert "@import" not in sheet
    assert not re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", sheet).strip(), (
        "a rule that is not in the letter's own styles"
    )
    for query, rules in re.findall(r"@media([^{]*)\{((?:[^{}]*\{[^{}]*\})*)\s*\}", sheet):
        yield "css-at-media"
        if "prefers-" in query:
            yield f"css-at-media-{re.findall(r'prefers-[a-z-]+', query)[0]}"
        for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", rules):
            yield from declared(declarations)
            yield from kinds(selectors)


def kinds(selectors: str) -> Iterator[str]:
    if "," in selectors:
        yield "css-selector-grouping"
    for selector in selectors.split(","):
        parts = selector.split()
        if len(parts) > 1:
            yield "css-selector-descendant"
        for part in parts:
            if not re.fullmatch(r"\.?[a-z][a-z0-9-]*", part):
                yield f"selector {part}"
            yield "css-selector-class" if part.startswith(".") else "css-selector-type"


@cache
def all_used() -> frozenset[str]:
    return frozenset().union(*(used(html_for(audience)) for audience in AUDIENCES))


def test_everything_in_a_letter_is_known_to_the_data() -> None:
    assert sorted(all_used() - support().keys()) == []


def test_what_letters_use_is_supported_or_harmless_without() -> None:
    refused = [gap for feature in all_used() - GRACEFUL.keys() for gap in gaps(feature)]
    assert refused == []


def test_every_exception_is_needed_and_says_why() -> None:
    needless = [feature for feature in GRACEFUL if feature not in all_used() or not gaps(feature)]
    assert needless == []
    assert all(len(reason) > 20 for reason in GRACEFUL.values())


@pytest.mark.parametrize(
    ("more", "feature"),
    [
        ('<p style="display: flex">', "css-display-flex"),
        ('<video src="x">', "<video>"),
        ('<p style="gap: 3px">', "css-gap"),
        ('<p style="width: calc(1px + 1em)">', "css-calc"),
        ("<style>@media (hover) { a:hover { color: red } }</style>", "selector a:hover"),
        ('<p hidden="">', "hidden="),
    ],
)
def test_the_check_finds_what_does_not_belong(more: str, feature: str) -> None:
    found = used(f"<!doctype html><body>{more}")
    assert feature in found
    assert any(name not in GRACEFUL and (name not in support() or gaps(name)) for name in found)
