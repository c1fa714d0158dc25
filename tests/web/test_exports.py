"""The page of exports: files for people, capped by account."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pypdf
import pytest
from fastapi.testclient import TestClient

from bot.export.write import Format
from bot.model import Page, Target
from bot.model.access import Role
from bot.wiring import App
from bot.wiring.export.terms import X_POSTS_A_DAY
from tests.digest import sample
from tests.support.samples import a_digest, a_mention, a_window, an_item
from tests.support.web import NOON, heard_app, signed_in_as, token_in

SECRET = "=the words of a post on X"


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = heard_app(tmp_path_factory.mktemp("web"))
    target = Target("x", "")
    app.store.add_targets([target], NOON)
    item = replace(an_item(1, SECRET, published_at=NOON), key="x:1", url="https://x.com/i/1")
    app.store.save_page(
        target, Page(items=(item,)), [replace(a_mention(item, collected_at=NOON), source="x")], NOON, NOON
    )
    from bot.digest.compose import compose

    app.store.publish(replace(a_digest(a_window(), name="20260714-abc"), body=compose(sample.given())), ())
    yield app
    app.close()


@pytest.fixture(scope="module")
def community(heard: App) -> TestClient:
    return signed_in_as(heard, Role.COMMUNITY)


@pytest.fixture(scope="module")
def pr(heard: App) -> TestClient:
    return signed_in_as(heard, Role.PR)


def asked(client: TestClient, **fields: str):
    token = token_in(client.get("/exports").text)
    return client.post("/exports", data={"form_token": token, "what": "mentions", "form": "csv"} | fields)


def rows(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_file_comes_with_its_name_and_without_the_texts_of_x(community: TestClient) -> None:
    answer = asked(community)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="heard-mentions-2026-03-02.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    [row] = rows(answer)
    assert (row["address"], row["text"], row["withheld"]) == ("https://x.com/i/1", "", "the platform's terms")


def test_texts_are_given_and_counted_for_the_account_until_the_day_is_full(heard: App, community: TestClient) -> None:
    [row] = rows(asked(community, x_texts="yes"))
    assert row["text"] == f"'{SECRET}"
    assert f"you may take {X_POSTS_A_DAY - 1} more today" in community.get("/exports").text
    fill(heard)
    assert asked(community, x_texts="yes").status_code == 303
    assert "Nothing was exported" in community.get("/exports").text
    assert asked(community).status_code == 200, "without the texts it goes on"


def fill(heard: App) -> None:
    """Fills the day of every account that took something."""
    with heard.store._write() as db:
        db.execute("UPDATE posts_given SET posts = ?", [X_POSTS_A_DAY])


def test_every_form_is_offered_and_given(pr: TestClient) -> None:
    page = pr.get("/exports").text
    offered = re.findall(r'<option value="(\w+)"', page.partition('name="form"')[2].partition("</select>")[0])
    assert (sorted(offered), offered[0]) == (sorted(Format), "xlsx")
    assert {asked(pr, form=form).status_code for form in offered} == {200}


def test_days_are_whole_days_of_the_zone(community: TestClient) -> None:
    assert len(rows(asked(community, since="2026-03-02", until="2026-03-02"))) == 1
    assert rows(asked(community, since="2026-03-03")) == []
    assert rows(asked(community, until="2026-03-01")) == []


def test_a_workbook_opens_and_the_ledger_is_in_it_for_those_who_look_after_offers(
    community: TestClient, pr: TestClient, tmp_path: Path
) -> None:
    found = []
    for client in (community, pr):
        answer = asked(client, what="workbook", form="xlsx")
        assert answer.status_code == 200, answer.headers
        found.append(openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames)
    assert ("Redemptions" in found[0], "Redemptions" in found[1]) == (True, False)


def test_who_does_not_look_after_offers_gets_no_ledger(pr: TestClient) -> None:
    assert asked(pr, what="redemptions").status_code == 403
    assert 'value="redemptions"' not in pr.get("/exports").text


@pytest.mark.parametrize(
    "fields",
    [{"what": "secrets"}, {"form": "exe"}, {"since": "yesterday"}, {"until": "9999-12-31"}, {"what": ""},
     {"since": "2026-03-02", "until": "2026-03-01", "what": "messages"}],
)  # fmt: skip
def test_what_makes_no_sense_is_said_on_the_page(community: TestClient, fields: dict[str, str]) -> None:
    answer = asked(community, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports")
    assert "Nothing was exported" in community.get("/exports").text


def test_a_digest_comes_as_pdf(pr: TestClient) -> None:
    assert "/exports/digests/20260714-abc.pdf" in pr.get("/exports").text
    answer = pr.get("/exports/digests/20260714-abc.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert "Velvet Crumb" in pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert pr.get("/exports/digests/none.pdf").status_code == 404
