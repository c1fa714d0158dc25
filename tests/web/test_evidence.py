"""The pages of digests and of the evidence behind their numbers: what they show, to whom, and what they let nobody do."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.model import (
    Audience,
    Author,
    Digest,
    Item,
    ItemKind,
    Mention,
    Page,
    Target,
    ToneLabel,
    Window,
    mention_id,
)
from bot.model.access import Role
from bot.web.api.cursor import write_cursor
from tests.support.evidence import BLAME, DAY, FEED, HOUR, PRAISE, PUBLIC, TUESDAY, Newsroom
from tests.support.web import signed_in_as, token_in

RLO, ZERO = "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{ZERO WIDTH SPACE}"
HOSTILE = (
    f"Velvet Crumb <script>alert(1)</script> {RLO}lanigiro{ZERO}{ZERO}{ZERO} &amp; \"'> **bold** [link](javascript:1) "
    "a\u0301\u0302\u0303\u0304\u0305\u0306 " + "w" * 5000
)


@dataclass(frozen=True)
class Told:
    """A newsroom whose digest is written."""

    room: Newsroom
    blame: str
    hostile: str
    digest: Digest


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    made = Newsroom(tmp_path_factory.mktemp("pages"))
    made.find(PRAISE)
    blame = made.find(BLAME)
    hostile = made.find(HOSTILE, title='<img src=x onerror="1">', outlet="a<b>.example", url="javascript:x")
    for number in range(55):
        made.find(f"Velvet Crumb and so on, part {number}.", said=TUESDAY - 3 * DAY + number * timedelta(minutes=1))
    yield Told(made, blame, hostile, made.app.telling.publish(*made.app.telling.window("pr", None)))
    made.app.close()


@pytest.fixture(scope="module")
def pr(told: Told) -> TestClient:
    return signed_in_as(told.room.app, Role.PR)


@pytest.fixture(scope="module")
def viewer(told: Told) -> TestClient:
    return signed_in_as(told.room.app, Role.VIEWER)


def words(page: str) -> str:
    """What a page says."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_digest_is_shown_as_it_was_told_with_a_way_to_each_story(told: Told, viewer: TestClient) -> None:
    digest = told.digest
    listed = viewer.get("/digests").text
    assert f'href="/digests/{digest.id}"' in listed
    page = viewer.get(f"/digests/{digest.id}")
    assert page.status_code == 200
    assert digest.body["verdict"] in words(page.text)
    for story in digest.body["stories"]:
        assert f'href="/mentions/{story["lead"]}"' in page.text


def test_what_waits_for_an_answer_is_listed_as_the_digest_counts_it(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    posts = {
        "rude": "Velvet Crumb was awful, terrible and rude.",
        "open": "Is Velvet Crumb open on Sundays?",
        "again": "Is Velvet Crumb open on Sundays, pray?",
        "grateful": "Thank you, Velvet Crumb, the truffles were wonderful!",
        "plain": "Velvet Crumb is in Bridge Street.",
    }
    for name, text in posts.items():
        item = Item(
            f"rss:{name}", ItemKind.POST, title="", text=text, published_at=TUESDAY, author=Author(name),
            url=f"https://a.example/{name}", language="en", outlet="a.example",
        )  # fmt: skip
        story = "s-open" if name in ("open", "again") else f"s-{name}"
        mention = Mention(mention_id(item.key, "crumb"), "crumb", item, (), "papers", TUESDAY, story)
        room.app.store.save_page(Target("papers", FEED), Page(items=(item,)), [mention], TUESDAY, TUESDAY)
    room.app.listening.score()
    report, window = room.app.telling.window("pr", None)
    body = room.app.telling.compose(replace(report, audience=Audience.COMMUNITY, sections=("answer",)), window)
    assert body["verdict_first"] == "3 mentions want an answer."
    link = html.unescape(body["answer_evidence"]).removeprefix(PUBLIC)
    viewer = signed_in_as(room.app, Role.VIEWER)
    assert "<h1>3 mentions by others</h1>" in viewer.get(link).text
    asked = "/mentions?since=2026-03-10&until=2026-03-11&answer="
    for kind, number in (("complaint", "1 mention"), ("question", "1 mention"), ("thanks", "1 mention")):
        assert f"<h1>{number} by others</h1>" in viewer.get(asked + kind).text, kind
    assert viewer.get(asked + "applause").status_code == 422
    room.app.close()


def test_every_number_of_a_digest_leads_to_a_page_that_counts_the_same(told: Told, viewer: TestClient) -> None:
    page = viewer.get(f"/digests/{told.digest.id}").text
    links = {html.unescape(one) for one in re.findall(r'href="(/mentions\?[^"]+)"', page)}
    for link in links:
        assert viewer.get(link).status_code == 200, link
    cells = re.findall(r'data-label="[^"]+"><a href="(/mentions[^"]+)">([\d,]+)(?: \([\d,–]+\))?</a>', page)
    assert cells
    for link, number in cells:
        assert f"<h1>{number} " in viewer.get(html.unescape(link)).text, (number, link)


def test_charts_are_pictures_at_an_address_of_their_own(told: Told, viewer: TestClient) -> None:
    window = Window(TUESDAY, TUESDAY + DAY, "UTC")
    days = [{"day": f"2026-03-{day:02}", "negative": 1, "neutral": 2, "positive": 3, "unknown": 0, "looked": True}
            for day in range(1, 11)]  # fmt: skip
    chart = {"name": "volume", "kind": "days", "title": "<Stories>", "alt": "Ten days.", "unit": "stories", "days": days, "marks": []}  # fmt: skip
    body = {**told.digest.body, "charts": [chart, {"name": "other", "kind": "new", "alt": "", "title": ""}]}
    told.room.app.store.publish(
        Digest("20260310-chartedchart", "charted", Audience.PR, window, "Charts", body, window.end), []
    )
    for query in ("", "?theme=dark", "?narrow=1", "?theme=nonsense"):
        drawn = viewer.get(f"/digests/20260310-chartedchart/charts/volume.svg{query}")
        assert drawn.status_code == 200
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert drawn.text.startswith("<svg")
    for wrong in ("other", "nothing", "%3Cscript%3E"):
        assert viewer.get(f"/digests/20260310-chartedchart/charts/{wrong}.svg").status_code == 404
    assert viewer.get("/digests/nothing/charts/volume.svg").status_code == 404


def test_what_there_is_not_is_a_page_that_says_so(viewer: TestClient) -> None:
    for path in ("/digests/nothing", "/mentions/nothing"):
        assert viewer.get(path).status_code == 404
    for query in ("message=none", "tone=loud", "since=yesterday", "outcome=good", "after=%22%3E", "by=me", "digest=x"):
        assert viewer.get(f"/mentions?{query}").status_code == 422, query


@pytest.mark.parametrize(
    "address",
    [
        *(f"/mentions?{end}={day}" for end in ("since", "until") for day in ("0001-01-01", "9999-12-31")),
        f"/digests?after={write_cursor(chr(0xD800))}",
        f"/mentions?after={write_cursor(chr(0xD800), 'x')}",
    ],
)
def test_no_address_that_somebody_makes_up_is_a_bug(viewer: TestClient, address: str) -> None:
    assert viewer.get(address).status_code == 422


def test_a_form_left_empty_asks_for_nothing(viewer: TestClient) -> None:
    empty = viewer.get("/mentions?subject=&source=&since=&until=&tone=&message=&outcome=&story=&by=")
    assert empty.status_code == 200


def test_a_list_is_turned_page_by_page_and_nothing_is_left_out(viewer: TestClient) -> None:
    seen: list[str] = []
    path: str | None = "/mentions?since=2026-03-01&until=2026-03-12"
    while path:
        page = viewer.get(path).text
        assert "<h1>58 mentions</h1>" in page
        seen += re.findall(r'<h2 dir="auto"><a href="/mentions/(\w+)"', page)
        following = re.search(r'<a href="([^"]+)" rel="next">', page)
        path = html.unescape(following[1]) if following else None
    assert len(seen) == len(set(seen)) == 58


def test_the_page_says_what_it_counts(viewer: TestClient) -> None:
    page = words(viewer.get("/mentions?since=2026-03-10&until=2026-03-11&tone=negative").text)
    assert "1 mention by others" in page
    assert "About our own names, on Tue 10 Mar 2026, negative." in page
    page = words(viewer.get("/mentions?since=2026-03-10&until=2026-03-11&message=by-hand&outcome=contrary").text)
    assert "1 story by others" in page
    assert "is contradicted , each shown by what says most about it" in page


def test_the_receipt_has_every_factor_the_quotes_and_the_score(told: Told, viewer: TestClient) -> None:
    page = words(viewer.get(f"/mentions/{told.blame}").text)
    score = told.room.scored(told.blame).score
    for factor in score.factors:
        assert factor.name.replace("_", " ") in page
    assert "worked out again from the factors below: the same" in page
    assert "Contradicted : Every truffle is rolled by hand each morning." in page
    assert "The truffles are made by a machine." in page


def test_words_of_others_can_do_nothing_on_any_page(told: Told, viewer: TestClient) -> None:
    for path in ("/mentions?since=2026-03-10&until=2026-03-11", f"/mentions/{told.hostile}"):
        page = viewer.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page
        assert RLO not in page
        assert ZERO not in page
    receipt = viewer.get(f"/mentions/{told.hostile}").text
    assert ">U+202E</span>" in receipt
    assert ">3 unseen</span>" in receipt
    assert "\u0306" not in receipt


def test_who_may_label_corrects_here_and_others_are_not_asked(told: Told, pr: TestClient, viewer: TestClient) -> None:
    mention = told.room.find(BLAME, said=TUESDAY - 20 * DAY)
    path = f"/mentions/{mention}"
    assert "/label" not in viewer.get(path).text
    field = token_in(pr.get(path).text)
    sent = {"form_token": field, "judgement": "tone", "answer": "neutral"}
    assert viewer.post(f"{path}/label", data=sent).status_code == 403
    answer = pr.post(f"{path}/label", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert told.room.scored(mention).score.tone.label is ToneLabel.NEUTRAL
    (label,) = told.room.app.store.labels(mention=mention)
    assert (label.who, label.source) == ("pr", "page")
    assert "tone: neutral" in words(pr.get(path).text)


@pytest.mark.parametrize("answer", ["", "loud", "positive:by-hand"])
def test_a_correction_that_is_none_is_not_kept(told: Told, pr: TestClient, answer: str) -> None:
    mention = told.room.find(BLAME, said=TUESDAY - 20 * DAY - HOUR)
    field = token_in(pr.get(f"/mentions/{mention}").text)
    sent = {"form_token": field, "judgement": "tone", "answer": answer}
    assert pr.post(f"/mentions/{mention}/label", data=sent).status_code == 303
    assert not list(told.room.app.store.labels(mention=mention))


def test_what_was_taken_away_shows_no_word_of_it(told: Told, pr: TestClient) -> None:
    mention = told.room.find(BLAME, said=TUESDAY - 21 * DAY)
    field = token_in(pr.get(f"/mentions/{mention}").text)
    told.room.remove(mention)
    page = pr.get(f"/mentions/{mention}")
    assert "awful" not in page.text
    assert "Removed at source" in page.text
    sent = {"form_token": field, "judgement": "tone", "answer": "neutral"}
    assert pr.post(f"/mentions/{mention}/label", data=sent).status_code == 404


def test_no_page_carries_a_style_or_script_of_its_own(told: Told, viewer: TestClient) -> None:
    for path in ("/digests", f"/digests/{told.digest.id}", "/mentions", f"/mentions/{told.hostile}"):
        page = viewer.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*src=)", page)
