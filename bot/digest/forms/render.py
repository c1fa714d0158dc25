"""Renders a digest's body as HTML for mail, as JSON, and (from their own modules) as text and for the terminal.

The HTML keeps to what mail clients show: tables for columns, styles inlined, nothing fetched from anywhere; pictures
come with the letter. All texts are hostile: the template escapes everything, and only plain http and https addresses
became links when composing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import css_inline
import jinja2

from bot.digest.forms.layout import lay_out
from bot.digest.forms.terminal import render_terminal
from bot.digest.forms.text import Links, no_links, render_text
from bot.digest.plain import shorten
from bot.model.digest import Picture

__all__ = ["render_html", "render_json", "render_terminal", "render_text"]

_SHORT = 14
_BESIDE_FIGURES = re.compile(r"(?<![A-Za-z]) (?![A-Za-z])")
_PREVIEW = 140
"""Characters of the words that a list of letters shows beside the subject line; programs show 35 to 140."""


def render_html(body: Mapping[str, Any], links: Links = no_links, pictures: Iterable[Picture] = ()) -> str:
    """A complete HTML document with inlined styles; media rules (phone, dark) stay in its head.

    ``links`` gives the reader's own links under a piece, by its mention. A section's chart is shown where ``pictures``
    has it, as ``cid:<name>``; without it nothing is missing, since a picture shows what the words beside it say.
    """
    page = lay_out(body)
    html = _template().render(
        page=page,
        preview=shorten(f"{page.verdict} {page.beside}", _PREVIEW),
        links=links,
        pictures={picture.name: picture for picture in pictures},
        share_of=_column_width,
    )
    return _inliner().inline(html)


def render_json(body: Mapping[str, Any]) -> str:
    """The body itself on one line, unknown as null; never a NaN."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _glued(text: str) -> str:
    """Keeps a number and its per cent sign on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _unbroken(label: str) -> str:
    """Keeps a short label, a date for example, on one line; Outlook knows no other way."""
    return label.replace(" ", "\N{NO-BREAK SPACE}") if len(label) <= _SHORT else label


def _in_figures(text: str) -> str:
    """Keeps a short cell's figures on one line, and lets the words beside them go to the next where a screen is narrow."""
    return _BESIDE_FIGURES.sub("\N{NO-BREAK SPACE}", text) if len(text) <= _SHORT else text


def _column_width(columns: int) -> int:
    """The width of each of a table's columns of figures in per cent, so that the labels keep two fifths or more."""
    return min(17, 60 // columns)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.digest", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"glued": _glued, "unbroken": _unbroken, "in_figures": _in_figures}
    return environment.get_template("digest.html.j2")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
