"""``heard query test``: what a query means, what is sent where, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.desk import Desk, Said, run


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Runs a command where there is no configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEARD_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return lambda *args: run(list(args))


def test_without_a_configuration_it_shows_what_each_platform_would_be_sent(nowhere: Callable[..., Said]) -> None:
    said = nowhere("query", "test", "=Target NEAR/5 (shop OR store) lang:en")
    assert said.code == 0
    assert "read as  =Target NEAR/5 (shop OR store) AND lang:en" in said.out
    assert " of 512 characters): Target (shop OR store) lang:en -is:retweet" in said.out
    assert "Reddit r/all" in said.out
    assert "X: =Target is asked as Target" in said.out
    assert "is matched here" in said.out


def test_a_text_is_shown_with_its_hits_and_their_places(nowhere: Callable[..., Said]) -> None:
    said = nowhere("query", "test", '"free * truffle" OR oil', "--against", "a free [red] truffle\u202e")
    assert said.out.endswith('a free [red] truffle\n  "free * truffle" in text at 2–20\n')
    assert nowhere("query", "test", "tea", "--against", "cocoa").out.endswith("does not match\n")


def test_json_gives_the_query_then_the_finds_then_the_counts(nowhere: Callable[..., Said]) -> None:
    query, find, counts = nowhere("query", "test", "tea truffl*", "--against", "tea, truffles", "--json").rows
    assert query["query"] == "tea AND truffl*"
    by_platform = {one["platform"]: one for row in query["sources"] for one in row["compiled"]}
    assert by_platform["X"]["sent"] == [{"search": "tea -is:retweet", "where": "", "length": 15}]
    assert [(note["what"], note["instead"], note["loses"]) for note in by_platform["X"]["notes"]] == [
        ("truffl*", "", False)
    ]
    assert [(hit["term"], hit["start"], hit["end"]) for hit in find["hits"]] == [("tea", 0, 3), ("truffl*", 5, 11)]
    assert counts == {"texts": 1, "matched": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lines.txt", "a tea\n\nno\ntea again\n"),
        ("rows.csv", 'id,Text\n1,a tea\n2,no\n3,"tea,\nagain"\n'),
        ("rows.jsonl", '{"text": "a tea"}\n{"text": "no", "n": 1}\n"tea again"\n'),
    ],
)
def test_a_file_is_looked_through_and_counted(
    nowhere: Callable[..., Said], tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    said = nowhere("query", "test", "tea", "--against", str(path), "--limit", "1")
    assert said.out.endswith("2 of 3 texts match; the first 1 are shown\n")
    assert nowhere("query", "test", "tea", "--against", str(path), "--json").rows[-1] == {
        "texts": 3,
        "matched": 2,
    }


def test_the_other_columns_of_a_file_are_the_fields_of_its_items(nowhere: Callable[..., Said], tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,author,lang,outlet\ntea,jane,en,r/tea\ntea,joe,de,r/tea\n", encoding="utf-8")
    rows = nowhere("query", "test", "tea author:jane in:tea lang:en", "--against", str(path), "--json").rows
    assert rows[-1] == {"texts": 2, "matched": 1}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bad.jsonl", "{\n", "cannot be read as JSONL"),
        ("bad.csv", "a,b\n1,2\n", "no column of texts"),
        ("odd.jsonl", "[1]\n", "an object with a key 'text'"),
    ],
)
def test_a_file_that_holds_no_texts_is_refused_in_words(
    nowhere: Callable[..., Said], tmp_path: Path, name: str, text: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    said = nowhere("query", "test", "tea", "--against", str(path))
    assert (said.code, says in said.err) == (1, True)


def test_what_was_collected_can_be_looked_through(collected: Desk) -> None:
    said = collected.heard("query", "test", "--subject", "crumb", "--against", "history", "--json")
    assert said.code == 0
    assert said.rows[-1]["matched"] >= 1
    assert said.rows[0]["sources"][0]["compiled"] == [], "a feed is sent nothing"
    lost = collected.heard("query", "test", "--subject", "nobody")
    assert (lost.code, "there is no subject 'nobody'" in lost.err) == (2, True)


def test_history_needs_a_configuration_and_a_query_is_needed_once(nowhere: Callable[..., Said]) -> None:
    assert nowhere("query", "test", "tea", "--against", "history").code == 2
    assert nowhere("query", "test").code == 2
    assert nowhere("query", "test", "tea", "--subject", "x").code == 2


def test_a_query_that_cannot_be_read_is_drawn(nowhere: Callable[..., Said]) -> None:
    said = nowhere("query", "test", "tea NEAR cocoa")
    assert said.code == 2
    assert "NEAR/5" in said.err
    assert "    ^" in said.err
    assert said.out == ""


def test_a_file_that_is_not_there_is_not_taken_for_a_text(nowhere: Callable[..., Said]) -> None:
    said = nowhere("query", "test", "tea", "--against", "missing.txt")
    assert (said.code, "there is no file missing.txt" in said.err) == (2, True)
