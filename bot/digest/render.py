"""Renders a digest's body as HTML for mail, as JSON, and (from their own modules) as text and for the terminal.

The HTML keeps to what mail clients show: tables for columns, styles inlined, nothing fetched from anywhere. All texts
are hostile: the template escapes everything, and only plain http and https addresses became links when composing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import css_inline
import jinja2

from bot.digest.layout import lay_out
from bot.digest.terminal import render_terminal
from bot.digest.text import render_text

__all__ = ["render_html", "render_json", "render_terminal", "render_text"]

_SHORT = 14


def render_html(body: Mapping[str, Any]) -> str:
    """A complete HTML document with inlined styles; media rules (phone, dark) stay in its head."""
    html = _template().render(page=lay_out(body), shares=_percentages)
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


def _percentages(shares: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    """Widths of a bar's parts in whole percent that add up to 100; parts of nothing are left out."""
    total = sum(number for _, number in shares)
    if not total:
        return []
    ends = [0]
    for _, number in shares:
        ends.append(ends[-1] + number)
    edges = [round(100 * end / total) for end in ends]
    widths = [(word, right - left) for (word, _), left, right in zip(shares, edges, edges[1:], strict=False)]
    return [(word, width) for word, width in widths if width]


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.digest", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"glued": _glued, "unbroken": _unbroken}
    return environment.get_template("digest.html.j2")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
