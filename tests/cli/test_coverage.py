"""``heard sources coverage``: every hour is told, and a pause is a gap with its cause."""

from __future__ import annotations

from tests.support.desk import Desk, feeds_config, stories
from tests.support.feedserver import FeedServer, Reply


def test_coverage_says_what_became_of_every_moment_and_of_a_pause(desk: Desk) -> None:
    with FeedServer() as server:
        desk.write(feeds_config(server.add("/feed", Reply(body=stories()))))
        assert "not polled yet" in desk.heard("sources", "coverage").out
        desk.heard("collect")
        desk.heard("sources", "pause", "blogs")
        said = desk.heard("sources", "coverage", "--json")
    (row,) = said.rows
    assert (row["source"], row["state"]) == ("blogs", "paused")
    assert {stretch["cause"] for stretch in row["stretches"] if stretch["what"] == "missed"} <= {"paused"}
    assert [one["end"] for one in row["stretches"][:-1]] == [one["start"] for one in row["stretches"][1:]]
    shown = desk.heard("sources", "coverage", "--hours", "3").out
    assert "an hour a mark" in shown
    assert "looked at" in shown


def test_status_says_why_with_the_words_of_coverage(desk: Desk) -> None:
    with FeedServer() as server:
        address = server.add("/feed", Reply(body=stories()))
        desk.write(feeds_config(address))
        desk.heard("collect")
        server.add("/feed", Reply(status=503))
        desk.heard("collect", "blogs")
        desk.heard("sources", "resume", "blogs")
        desk.heard("collect", "blogs")
        said = desk.heard("status").out
    assert [line for line in said.splitlines() if line.startswith("not covered: ") and "(it did not answer)" in line], (
        said
    )
