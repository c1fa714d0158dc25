"""Letters with everything in them: charts, evidence, the reader's own links; equal in text and HTML, small, and whole."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.digest.forms.render import render_html, render_text
from bot.model import Audience
from bot.model.feedback import FeedbackLink, Judgement
from bot.notify.pictures import with_pictures_inlined
from bot.wiring.tell.picturing import pictures_of
from tests.digest.letters import AUDIENCES, LABELS, body_for, html_for, pictures_for, text_for

GMAIL_CLIPS = 102_400
GMAIL_STYLES = 8_192
"""Characters of a style element beyond which Gmail drops it."""
audiences = pytest.mark.parametrize("audience", AUDIENCES, ids=str)


def addresses(html: str) -> list[str]:
    return [node.attributes["href"] or "" for node in HTMLParser(html).css("a")]


@audiences
def test_text_and_html_have_the_same_addresses_but_for_what_only_a_cell_leads_to(audience: Audience) -> None:
    told = set(re.findall(r"(?m)^ *(https://\S+)$", text_for(audience)))
    linked = set(addresses(html_for(audience)))
    assert told <= linked
    assert all("/mentions?" in address or "/impact/" in address for address in linked - told)


@audiences
def test_text_and_html_say_the_same_words(audience: Audience) -> None:
    tree = HTMLParser(html_for(audience))
    for node in tree.css("style, .preview, title"):
        node.decompose()
    html = Counter(re.findall(r"[^\W_]+", tree.body.text(separator=" ") if tree.body else ""))
    text = Counter(re.findall(r"[^\W_]+", re.sub(r"(?m)^ *https://\S+$", "", text_for(audience))))
    beside = Counter({"See": html["See"], "them": html["them"]})
    html_only, text_only = html - text - beside, text - html
    # The text begins with the subject line; headings stand in capitals there, and stories have their number once.
    subject = Counter(re.findall(r"[^\W_]+", body_for(audience)["subject_line"]))
    assert {word for word in html_only if word.upper() not in text} == set()
    assert {word for word in text_only - subject if word.upper() != word} == set()


@audiences
def test_every_link_is_absolute_and_every_picture_has_its_file_its_size_and_its_words(audience: Audience) -> None:
    html, pictures = html_for(audience), pictures_for(audience)
    for address in addresses(html):
        parts = urlsplit(address)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
    images = HTMLParser(html).css("img")
    assert [image.attributes["src"] for image in images] == [f"cid:{picture.name}" for picture in pictures]
    for image, picture in zip(images, pictures, strict=True):
        assert image.attributes["alt"] == picture.alt != ""
        assert image.attributes["width"] == str(picture.width)
        assert picture.png.startswith(b"\x89PNG")
        assert picture.width <= 528


def test_each_audience_has_the_charts_of_its_sections() -> None:
    named = {audience.value: [picture.name for picture in pictures_for(audience)] for audience in AUDIENCES}
    assert named["executive"] == ["objective-origin", "volume"]
    assert named["pr"] == ["volume"]
    assert named["community"] == []


@audiences
def test_the_html_is_far_from_what_gmail_clips(audience: Audience) -> None:
    html = html_for(audience)
    assert len(html.encode()) < 60_000 < GMAIL_CLIPS
    assert sum(len(sheet.text()) for sheet in HTMLParser(html).css("style")) < GMAIL_STYLES


def test_the_readers_own_links_stand_under_each_piece_that_is_a_mention_and_nowhere_else() -> None:
    tree = HTMLParser(html_for(Audience.COMMUNITY))
    pieces = [node for node in tree.css("td.piece") if node.css_first(".own")]
    assert len(pieces) == len(tree.css(".own")) == len(tree.css("td.piece"))
    for node in pieces:
        assert [link.text().replace("\u00a0", " ") for link in node.css(".own a")] == list(LABELS.values())
    assert "Tone wrong?" not in render_html(body_for(Audience.PR)) + render_text(body_for(Audience.PR))


def test_an_own_link_cannot_break_out_of_its_place() -> None:
    def bad(_mention: str) -> tuple[FeedbackLink, ...]:
        return (FeedbackLink(Judgement.TONE, "<b>x</b>", 'https://heard.example.org/f/"><script>'),)

    tree = HTMLParser(render_html(body_for(Audience.PR), bad))
    assert not tree.css("script, b")
    assert tree.css_first(".own a").attributes["href"] == 'https://heard.example.org/f/"><script>'  # type: ignore[union-attr]


def test_a_list_of_letters_shows_the_verdict_beside_the_subject_line() -> None:
    for audience in AUDIENCES:
        preview = HTMLParser(html_for(audience)).css_first("body > div:first-child")
        assert preview is not None
        assert preview.attributes["aria-hidden"] == "true"
        assert "display: none" in (preview.attributes["style"] or "")
        assert body_for(audience)["verdict"].startswith(preview.text().rstrip("…"))
        assert len(preview.text()) <= 140


def test_without_pictures_the_html_has_no_holes() -> None:
    html = render_html(body_for(Audience.EXECUTIVE))
    assert "cid:" not in html
    assert not HTMLParser(html).css("img, .frame")


def test_a_chart_that_cannot_be_drawn_leaves_the_letter_without_it() -> None:
    body = dict(body_for(Audience.EXECUTIVE))
    broken = [chart | {"days": [{"day": "never"}]} if chart["name"] == "volume" else chart for chart in body["charts"]]
    assert [picture.name for picture in pictures_of(body | {"charts": broken})] == ["objective-origin"]
    assert pictures_of(body | {"charts": []}) == ()


def test_a_file_carries_its_pictures_in_itself() -> None:
    html = with_pictures_inlined(html_for(Audience.EXECUTIVE), pictures_for(Audience.EXECUTIVE))
    assert "cid:" not in html
    assert [image.attributes["src"][:30] for image in HTMLParser(html).css("img")] == [  # type: ignore[index]
        "data:image/png;base64,iVBORw0K"
    ] * 2
