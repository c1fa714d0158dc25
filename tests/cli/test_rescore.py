"""``heard rescore``, and what the other commands say while history is scored by other rules."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.desk import CONFIG, Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer

HEAVIER = '\n[score]\nweights_version = "2"\ntone = 0.9\nmessage = 0.05\nadvocacy = 0.05\n'
OTHER_WORDS = ("Every truffle is rolled by hand each morning.", "Every truffle is made by hand each morning.")


@pytest.fixture
def scored(server: FeedServer, tmp_path: Path) -> Desk:
    """A desk that has collected and scored, whose configuration was then changed."""
    desk = Desk(tmp_path)
    address = serve_stories(server)
    desk.write(feeds_config(address))
    assert desk.heard("collect").code == 0
    desk.write(feeds_config(address, text=CONFIG.replace(*OTHER_WORDS)) + HEAVIER)
    return desk


def versions(desk: Desk) -> set[str]:
    return {row["rules_version"] for row in desk.heard("mentions", "--json").rows}


def test_changed_rules_leave_history_alone_until_somebody_asks(scored: Desk) -> None:
    before = scored.heard("mentions", "--json").rows
    assert scored.heard("collect").code == 0
    assert scored.heard("mentions", "--json").rows == before


def test_rescoring_says_what_changed_in_the_rules_and_in_the_scores(scored: Desk) -> None:
    old = versions(scored)
    tried = scored.heard("rescore", "--dry-run")
    assert (tried.code, versions(scored)) == (0, old)
    assert "5 mentions would be scored anew" in tried.out
    assert "message hand-rolled changed" in tried.out
    assert "weights 1 → 2 (advocacy 0.1 → 0.05, message 0.4 → 0.05, tone 0.5 → 0.9)" in tried.out
    done = scored.heard("rescore")
    assert done.code == 0
    assert "tone before ↓ after →" in done.out
    assert "weights 1 → weights 2" in done.out
    assert "rescored: 5 of 5" in done.err
    assert len(versions(scored)) == 1
    assert not versions(scored) & old
    again = scored.heard("rescore")
    assert "Everything is scored by the present rules" in again.out
    assert again.out.partition("compared")[2] == done.out.partition("compared")[2]


def test_the_report_as_json_and_as_a_table_for_a_spreadsheet(scored: Desk, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    *rows, summary = scored.heard("rescore", "--json", "--out", str(file)).rows
    assert {row["row"] for row in rows} == {"mention"}
    assert set(rows[0]) == {
        "row",
        "mention",
        "subject",
        "told_at",
        "url",
        "changed",
        "before",
        "after",
        "change",
        "reasons",
    }
    assert set(rows[0]["before"]) == {"rules_version", "tone", "tone_label", "score", "outcomes"}
    assert (summary["row"], summary["mentions"], len(summary["labels"])) == ("summary", 5, 16)
    with file.open(encoding="utf-8", newline="") as opened:
        table = list(csv.DictReader(opened))
    assert [row["mention"] for row in table] == [row["mention"] for row in rows]
    assert not any((row["url"] or "").startswith(("=", "+", "-", "@")) for row in table)
    assert "love" not in file.read_text(encoding="utf-8")


def test_rescoring_of_a_time_without_mentions_is_no_error(scored: Desk) -> None:
    said = scored.heard("rescore", "--since", "1h")
    assert (said.code, "0 mentions compared" in said.out) == (0, True)
    assert len(versions(scored)) == 1


def test_explaining_a_score_by_older_rules_says_so_and_what_changed(scored: Desk) -> None:
    mention = next(row["id"] for row in scored.heard("mentions", "--json").rows if row["score"])
    said = scored.heard("explain", mention)
    assert said.code == 0
    assert "not the present ones: message hand-rolled changed; weights 1 → 2" in said.out
    [row] = scored.heard("explain", mention, "--json").rows
    assert (row["same"], len(row["rules_changed"])) == (True, 2)
    scored.heard("rescore")
    assert "still the present ones" in scored.heard("explain", mention).out
    [row] = scored.heard("explain", mention, "--json").rows
    assert row["rules_changed"] == []


def test_a_preview_over_mixed_rules_names_them_and_the_digest_itself_is_scored_by_one(
    scored: Desk, server: FeedServer
) -> None:
    sent = scored.heard("digest", "send", "pr-daily")
    assert sent.code == 0
    assert len(versions(scored)) == 1
    assert "Mixed" not in scored.heard("digest", "preview", "pr-daily", "--format", "text").out


def test_messages_say_when_there_is_a_series_break(scored: Desk) -> None:
    row = scored.heard("messages", "--json").rows[0]
    assert (row["previous"], row["series_break"]) == (None, None)
