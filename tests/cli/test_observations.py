"""Measured views of own posts, as a person takes them in."""

from __future__ import annotations

import json

import pytest

from tests.support.desk import Desk

HEAD = "item,value,provider,method,at\n"


@pytest.fixture
def scored(desk: Desk) -> dict[str, str]:
    """The newest mention of a desk that has collected."""
    assert desk.heard("collect").code == 0
    return json.loads(desk.heard("mentions", "--json").out.splitlines()[0])


def write(desk: Desk, text: str | bytes) -> str:
    path = desk.folder / "views.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_measured_views_become_the_reach_once_however_often_they_come(desk: Desk, scored: dict[str, str]) -> None:
    at = scored["collected_at"]
    path = write(desk, f"{HEAD}{scored['id']},1234,Matomo,bl.own,{at}\n")
    first = desk.heard("import", "observations", path)
    assert (first.code, first.out) == (
        0,
        "Observations: 1 added (0 in place of earlier ones), 0 known already, 0 refused.\n",
    )
    assert "0 added (0 in place of earlier ones), 1 known" in desk.heard("import", "observations", path).out
    assert desk.heard("collect").code == 0
    explained = json.loads(desk.heard("explain", scored["id"], "--json").out)
    assert (explained["reach"], explained["reach_basis"]) == (1234.0, "measured")
    assert explained["reach_method"] == "bl.own (Matomo)"
    shown = " ".join(desk.heard("explain", scored["id"]).out.split())
    assert "views from" in shown


def test_an_address_names_a_piece_however_it_is_written(desk: Desk, scored: dict[str, str]) -> None:
    path = write(desk, f"{HEAD}{scored['url']}?utm_source=mail#top,9,Matomo,bl.own,{scored['collected_at']}\n")
    done = desk.heard("import", "observations", path, "--json")
    assert json.loads(done.out)["new"] == 1


def test_a_bad_line_is_named_and_the_good_ones_are_kept(desk: Desk, scored: dict[str, str]) -> None:
    name, at = scored["id"], scored["collected_at"]
    lines = [
        f"{name},1234,Matomo,bl.own,{at}",
        f"nobody,1,Matomo,bl.own,{at}",
        f"{name},many,Matomo,bl.own,{at}",
        f"{name},-1,Matomo,bl.own,{at}",
        f"{name},nan,Matomo,bl.own,{at}",
        f"{name},1,,bl.own,{at}",
        f"{name},1,Matomo,bl.own,tomorrow",
        f"{name},1,Matomo,bl.own,2100-01-01",
        f"{name},1,Matomo,bl.own,1990-01-01",
        f"{name}",
    ]
    done = desk.heard("import", "observations", write(desk, HEAD + "\n".join(lines)))
    assert done.code == 1
    assert done.out.startswith("Observations: 1 added")
    told = done.err.splitlines()
    assert [line.partition(":")[0] for line in told] == [f"line {number}" for number in range(3, 12)]
    for line, word in zip(
        told,
        ("nobody", "many", "cannot be a count", "cannot be a count", "provider", "tomorrow", "yet to come", "before"),
        strict=False,
    ):
        assert word in line
    assert "Traceback" not in done.err


@pytest.mark.parametrize("text", ["", "url,views\nx,1\n", b"\xff\xfe", "item;value\n"])
def test_what_is_no_such_list_is_refused_whole(desk: Desk, text: str | bytes) -> None:
    done = desk.heard("import", "observations", write(desk, text))
    assert done.code not in (0, 1) or done.err
    assert "Traceback" not in done.err
