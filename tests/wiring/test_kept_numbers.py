"""What every door says of a mention whose words' time was up: its numbers, and that the words are gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.model.keeping import Cause
from bot.wiring import App
from config.settings import load_settings
from tests.support.desk import Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer


def test_a_mention_without_words_is_explained_listed_exported_and_scored_no_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with FeedServer() as server:
        desk.write(feeds_config(serve_stories(server)))
        assert desk.heard("collect").code == 0
    before = [row for row in desk.heard("mentions", "--json").rows if row["score"] is not None]
    app = App(load_settings(desk.config), ManualClock(datetime(2026, 12, 1, tzinfo=UTC)))
    try:
        keys = [key for key, _ in app.store.words_due(app.clock.now(), 100)]
        app.store.forget_items(keys, cause=Cause.RETENTION, noticed_at=app.clock.now(), now=app.clock.now())
    finally:
        app.close()
    after = {row["id"]: row for row in desk.heard("mentions", "--json").rows}
    for row in before:
        assert (after[row["id"]]["score"], after[row["id"]]["tone"]) == (row["score"], row["tone"])
        assert (after[row["id"]]["text"], after[row["id"]]["author"]) == ("", None)
    one = before[0]["id"]
    assert desk.heard("explain", one).code == 0
    assert desk.heard("explain", one, "--json").code == 0
    assert desk.heard("export", "mentions", "-o", str(tmp_path / "m.csv")).code == 0
    assert desk.heard("messages").code == 0
    assert desk.heard("digest", "preview", "pr-daily").code == 0
    assert desk.heard("rescore", "--dry-run").code == 0
    assert {row["id"]: row["score"] for row in desk.heard("mentions", "--json").rows} == {
        key: row["score"] for key, row in after.items()
    }
