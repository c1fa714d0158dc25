"""The links of a digest as browsers, mail scanners and strangers meet them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from bot.model import Digest, ToneLabel
from bot.model.feedback import Judgement
from tests.support.evidence import BLAME, PRAISE, READER, Newsroom
from tests.support.web import HOME, browser_of, token_in

HOSTILE = "Velvet Crumb <script>alert(1)</script> \u202egnp.exe\u200b\u200b " + "w" * 3000


class Letter:
    """A digest of two stories, and what a reader does with it."""

    def __init__(self, room: Newsroom) -> None:
        self.room = room
        self.mention, self.other = room.find(BLAME), room.find(PRAISE)
        self.digest: Digest = room.told(self.mention, self.other)

    def path(self, judgement: Judgement = Judgement.TONE, reader: str = READER) -> str:
        """Where a link of the letter leads."""
        return f"/f/{self.room.token(self.digest, self.mention, judgement, reader)}"

    def answer(self, client: TestClient, path: str, answer: str) -> int:
        """A reader opens the link, chooses and presses the button; the status of that."""
        field = token_in(client.get(path).text)
        return client.post(path, data={"form_token": field, "answer": answer}).status_code

    @property
    def said(self) -> int:
        """How many labels the story has."""
        return len(list(self.room.app.store.labels(mention=self.mention)))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path_factory.mktemp("letters"))
    yield made
    made.app.close()


@pytest.fixture
def letter(room: Newsroom) -> Letter:
    """A letter of its own; wrong links of the tests before are forgotten."""
    room.clock.advance(timedelta(days=1))
    return Letter(room)


@pytest.fixture
def reader(letter: Letter) -> TestClient:
    return browser_of(letter.room.app)


def test_the_page_shows_what_is_to_be_set_right_and_thanks_for_it(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    page = reader.get(path)
    assert page.status_code == 200
    assert "How does this speak of Velvet Crumb?" in page.text
    assert "Velvet Crumb was awful" in page.text
    assert re.search(r"Negative</bdi> <span[^>]*>as it stands now", page.text)
    assert letter.answer(reader, path, "neutral") == 303
    thanks = reader.get(path)
    assert thanks.status_code == 200
    assert "You have told us this" in thanks.text
    assert "Neutral" in thanks.text
    assert "<form" not in thanks.text
    assert letter.room.scored(letter.mention).score.tone.label is ToneLabel.NEUTRAL


def test_whatever_only_looks_does_not_vote(letter: Letter, reader: TestClient) -> None:
    before = letter.room.app.store.counts()
    for judgement in Judgement:
        path = letter.path(judgement)
        for method in ("GET", "HEAD", "GET", "OPTIONS", "PUT", "DELETE"):
            reader.request(method, path)
        reader.get(path, params={"answer": "no", "form_token": "0" * 64})
    assert letter.room.app.store.counts() == before


def test_a_scanner_that_sends_what_it_finds_has_no_form_of_ours(letter: Letter) -> None:
    scanner = TestClient(browser_of(letter.room.app).app, base_url=HOME, follow_redirects=False)
    path = letter.path(Judgement.RELEVANT)
    assert scanner.post(path, data={"answer": "no"}).status_code == 403
    field = token_in(scanner.get(path).text)
    scanner.cookies.clear()
    assert scanner.post(path, data={"answer": "no", "form_token": field}).status_code == 403
    assert letter.said == 0


def test_no_other_site_can_press_the_button(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    field = token_in(reader.get(path).text)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
        answer = reader.post(path, data={"form_token": field, "answer": "neutral"}, headers=headers)
        assert answer.status_code == 403
    assert letter.said == 0


def test_a_second_press_changes_nothing_and_is_thanked_all_the_same(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    field = token_in(reader.get(path).text)
    first = reader.post(path, data={"form_token": field, "answer": "neutral"})
    second = reader.post(path, data={"form_token": field, "answer": "positive"})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "You have told us this" in second.text
    assert letter.said == 1


def test_two_readers_have_their_own_links(letter: Letter) -> None:
    for reader, status in ((READER, 303), ("ben@example.org", 303), ("ROSA@example.org", None)):
        client, path = browser_of(letter.room.app), letter.path(reader=reader)
        if status is None:
            assert "You have told us this" in client.get(path).text
        else:
            assert letter.answer(client, path, "neutral") == status
    assert letter.said == 2


def test_nothing_is_told_to_who_comes_with_a_wrong_link(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    never_told = letter.room.token(replace(letter.digest, id="20260310-neverwritten"), letter.mention, Judgement.TONE)
    pages = set()
    for wrong in (
        f"{path[:-1]}_x",
        f"/f/{never_told}",
        path.replace(".t.", ".r."),
        "/f/x",
        f"/f/{'a' * 5000}",
        "/f/%00",
        "/f/..%2e",
    ):
        answer = reader.get(wrong)
        assert answer.status_code == 404
        assert "Velvet" not in answer.text
        pages.add(answer.text)
    assert len(pages) == 1


def test_a_link_that_has_run_out_says_so(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    field = token_in(reader.get(path).text)
    letter.room.clock.advance(timedelta(days=30))
    for answer in (reader.get(path), reader.post(path, data={"form_token": field, "answer": "neutral"})):
        assert answer.status_code == 410
        assert "30 days" in answer.text
        assert "awful" not in answer.text
    assert letter.said == 0


def test_what_was_taken_away_is_not_shown(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    letter.room.remove(letter.mention)
    answer = reader.get(path)
    assert answer.status_code == 410
    assert "awful" not in answer.text


def test_pressing_without_choosing_asks_again(letter: Letter, reader: TestClient) -> None:
    path = letter.path()
    for answer in ("", "nonsense", "positive:by-hand", "x" * 301):
        assert letter.answer(reader, path, answer) == 422
    assert letter.said == 0


def test_guessing_is_slowed_down_and_a_right_link_never_is(letter: Letter, reader: TestClient) -> None:
    statuses = [reader.get(f"/f/guess{number}").status_code for number in range(23)]
    assert statuses[:20] == [404] * 20
    assert statuses[-1] == 429
    assert reader.get("/f/guess").headers["retry-after"]
    assert reader.get(letter.path()).status_code == 200
    assert letter.answer(reader, letter.path(), "neutral") == 303


def test_no_machine_keeps_the_page_and_no_other_site_learns_of_it(letter: Letter, reader: TestClient) -> None:
    for path in (letter.path(), "/f/wrong"):
        headers = reader.get(path).headers
        assert "noindex" in headers["x-robots-tag"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"


def test_the_log_does_not_give_the_link_away(
    letter: Letter, reader: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    path = letter.path()
    with caplog.at_level("INFO", logger="heard.web"):
        reader.get(path)
        for miscopied in (f"/{path}", f"/app{path}", path.replace("/f/", "/F/")):
            assert reader.get(f"{HOME}{miscopied}").status_code == 404
    assert "path=/f/… " in caplog.text
    assert path.removeprefix("/f/") not in caplog.text


def test_hostile_words_are_harmless_on_the_page(letter: Letter, reader: TestClient) -> None:
    mention = letter.room.find(HOSTILE, url="javascript:alert(1)")
    digest = letter.room.told(mention, letter.other, day=1)
    page = reader.get(f"/f/{letter.room.token(digest, mention, Judgement.DUPLICATE)}").text
    assert "<script>" not in page
    assert "javascript:" not in page
    assert "\u202e" not in page
    assert "\u200b" not in page
    assert "w" * 40 not in page


@pytest.mark.parametrize(
    ("judgement", "answer"),
    [(Judgement.RELEVANT, "no"), (Judgement.MESSAGE, "contrary:by-hand"), (Judgement.DUPLICATE, "yes:{other}")],
)
def test_every_kind_of_link_can_be_answered(
    letter: Letter, reader: TestClient, judgement: Judgement, answer: str
) -> None:
    path = letter.path(judgement)
    assert letter.answer(reader, path, answer.format(other=letter.other)) == 303
    assert "You have told us this" in reader.get(path).text
    assert letter.said == 1
