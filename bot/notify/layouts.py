"""How a brief is written for each kind of chat: its own markup for links and weight, its limit, its signs made
harmless. Pure.

What others wrote can neither format nor ping nor link there: signs of the markup are escaped, or where a service knows
no escape, replaced by their likes; an at sign is followed by an invisible space, so that it names nobody.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeGuard
from urllib.parse import urlsplit

from bot.notify.brief import Brief, Linked

_NOBODY = "\N{ZERO WIDTH SPACE}"
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # they shape Persian words and emoji families
_MORE = "…"
_SIGNS = re.compile(r"([\\`*_\[\]~|])")
_FIRST_SIGNS = re.compile(r"^(\d*)([#>+=.)-])")
"""What makes a heading, a quote or a list where a line begins with it."""
_LIKES = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "_": "\N{FULLWIDTH LOW LINE}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
    }
)


@dataclass(frozen=True, slots=True)
class Markup:
    """A service's way to write: plain words made harmless, a link, and what carries weight. ``line`` ends a line."""

    words: Callable[[str], str]
    link: Callable[[str, str], str]
    strong: Callable[[str], str]
    line: str = "\n"


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of chat: its markup, Apprise's name for the format, and how many characters a message may have."""

    markup: Markup
    format: str
    limit: int


def lay_out(brief: Brief, layout: Layout) -> str:
    """The message: verdict first, then stories with links, figures, and the address of the whole.

    Too long a message loses whole stories from the end, then figures, and at last the end of its verdict, never half a
    link or half an escape. What it lost is not announced where the whole has an address; else it ends with an ellipsis.
    """
    markup = layout.markup
    title = markup.strong(markup.words(brief.title))
    tail = [markup.link("The whole digest", brief.page)] if _is_plain(brief.page) else []
    note = [markup.words(brief.note)] if brief.note else []
    told = [markup.words(one) for one in brief.verdict]
    stories = [_story(place, story, markup) for place, story in enumerate(brief.stories, 1)]
    figures = [markup.words(one) for one in brief.figures]
    head = [title, *note, *told]
    while True:
        cut = len(stories) < len(brief.stories) or len(figures) < len(brief.figures)
        end = tail or ([_MORE] if cut else [])
        message = _joined(markup, head, stories, figures, end)
        if len(message) <= layout.limit:
            return message
        if stories or figures:
            (stories or figures).pop()
            continue
        return _cut_words(brief, layout, title, tail)


def _cut_words(brief: Brief, layout: Layout, title: str, tail: list[str]) -> str:
    """Title, as many words as there is room for, and the address; of the title alone what fits, if that is too much."""
    markup = layout.markup
    words = " ".join((brief.note, *brief.verdict))[: layout.limit].split()

    def said(count: int) -> str:
        kept = [markup.words(" ".join(words[:count])) + _MORE] if count else []
        return _joined(markup, [title, *kept], tail)

    most = bisect_right(range(1, len(words) + 1), layout.limit, key=lambda count: len(said(count)))
    if len(whole := said(most)) <= layout.limit:
        return whole
    known = bisect_right(
        range(1, len(brief.title) + 1), layout.limit - 1, key=lambda end: len(markup.words(brief.title[:end]))
    )
    return markup.words(brief.title[:known]) + _MORE


def _joined(markup: Markup, *groups: list[str]) -> str:
    return (markup.line * 2).join(markup.line.join(group) for group in groups if group)


def _story(place: int, story: Linked, markup: Markup) -> str:
    headline = markup.link(story.headline, story.url) if _is_plain(story.url) else markup.words(story.headline)
    return f"{markup.words(f'({place})')} {headline}{markup.line}{markup.words(story.why)}"


def _is_plain(url: str | None) -> TypeGuard[str]:
    """Whether an address is one that may be linked: http or https, without a sign that ends or splits a link."""
    if not url or not url.isprintable() or any(char in ' <>"\\^`{|}' for char in url):
        return False
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _visible(text: str) -> str:
    """One line without characters that turn, hide or overprint what follows."""
    spaced = (" " if char.isspace() else char for char in text)
    kept = (char for char in spaced if char in _JOINERS or unicodedata.category(char) not in _INVISIBLE)
    return " ".join("".join(kept).split())


def _unnamed(text: str) -> str:
    return text.replace("@", f"@{_NOBODY}").replace("<", f"<{_NOBODY}")


def _plain_words(text: str) -> str:
    return _unnamed(_visible(text))


def _slack_words(text: str) -> str:
    named = _visible(text).translate(_LIKES).replace("@", f"@{_NOBODY}")
    return escape(f"{_NOBODY}{named}" if named.startswith(">") else named, quote=False)


def _commonmark_words(text: str) -> str:
    return _unnamed(_FIRST_SIGNS.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", _visible(text))))


def _html_words(text: str) -> str:
    return escape(_visible(text).replace("@", f"@{_NOBODY}"))


def _commonmark_url(url: str) -> str:
    """An address that no bracket ends and no at sign names anybody in."""
    return re.sub(r"[()@*_~\[\]]", lambda found: f"%{ord(found[0]):02X}", url)


def _slack_url(url: str) -> str:
    return escape(url, quote=False)


PLAIN = Markup(_plain_words, lambda text, url: f"{_plain_words(text)}\n{url}", str)
SLACK = Markup(
    _slack_words, lambda text, url: f"<{_slack_url(url)}|{_slack_words(text) or url}>", lambda text: f"*{text}*"
)
COMMONMARK = Markup(
    _commonmark_words,
    lambda text, url: f"[{_commonmark_words(text) or 'link'}]({_commonmark_url(url)})",
    lambda text: f"**{text}**",
)
TEAMS = Markup(COMMONMARK.words, COMMONMARK.link, COMMONMARK.strong, line="\n\n")
HTML = Markup(
    _html_words,
    lambda text, url: f'<a href="{escape(url)}">{_html_words(text) or "link"}</a>',
    lambda text: f"<b>{text}</b>",
)
HTML_LINES = Markup(HTML.words, HTML.link, HTML.strong, line="<br>\n")

LAYOUTS: Mapping[str, Layout] = {
    "slack": Layout(SLACK, "markdown", 2900),  # a section block takes 3,000
    "discord": Layout(COMMONMARK, "markdown", 1900),  # 2,000
    "tgram": Layout(HTML, "html", 3900),  # 4,096 after the entities are read
    "workflow": Layout(TEAMS, "markdown", 6000),  # a card takes 28 kB
    "matrix": Layout(HTML_LINES, "html", 12000),  # an event takes 64 kB
    "mmost": Layout(COMMONMARK, "markdown", 3900),  # 4,000 are shown at once
    "rocket": Layout(COMMONMARK, "markdown", 4000),
    "zulip": Layout(COMMONMARK, "markdown", 9500),  # 10,000
    "wxteams": Layout(COMMONMARK, "markdown", 6500),  # 7,439 bytes
}
"""By a name under which Apprise knows a service (``workflow``: Teams); what is not here gets plain words."""


def plain_layout(limit: int) -> Layout:
    """For every other service: words and bare addresses, ``limit`` characters at most."""
    return Layout(PLAIN, "text", limit)
