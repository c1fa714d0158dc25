"""The whole cycle: a bot that works, a backup beside it, an end without warning, a restore, and on it goes."""

from __future__ import annotations

import json
import resource
import signal
from datetime import date
from pathlib import Path

import pytest

from bot.wiring import App
from config.settings import load_settings
from tests.support.desk import Desk
from tests.support.feedserver import FeedServer
from tests.support.running import Running


def counts(desk: Desk) -> dict[str, int]:
    [row] = desk.heard("db", "check", "--json").rows
    assert not row["problems"]
    return dict(row["counts"])


def test_a_backup_brings_everything_back_and_says_what_it_does_not_know(desk: Desk) -> None:
    assert desk.heard("collect").code == 0
    assert desk.heard("redeem", "the moon is made of ganache", "--placement", "counter").code == 0
    before = counts(desk)
    made = desk.heard("backup", "--to", str(desk.folder / "kept"), "--keep", "3", "--json").rows[0]
    assert {name: number for name, number in made["counts"].items() if number} == {
        name: number for name, number in before.items() if number
    }
    assert desk.heard("redeem", "the moon is made of ganache", "--placement", "counter").code == 0
    said = desk.heard("restore", made["file"])
    assert said.code == 0, said.err
    for words in ("5 mentions", "1 redemptions", "replaced-", "heard import redemptions"):
        assert words in said.out
    assert "Restoring" in said.err
    assert counts(desk) == before
    assert desk.heard("collect").code == 0
    assert counts(desk)["mentions"] == before["mentions"], "nothing comes twice"


def test_a_digest_that_waited_is_held_and_goes_out_when_somebody_says_so(desk: Desk) -> None:
    app = App(load_settings(desk.config))
    app.telling.publish(*app.telling.window("pr-daily", date(2020, 1, 1)))
    app.close()
    made = desk.heard("backup", "--json").rows[0]
    said = desk.heard("restore", made["file"])
    assert "1 deliveries were waiting then" in said.out
    again = desk.heard("digest", "send", "pr-daily", "--date", "2020-01-01")
    assert "nothing to send" in again.out
    assert "held" in desk.heard("digest", "list").out
    sent = desk.heard("digest", "send", "pr-daily", "--date", "2020-01-01", "--held")
    assert "no longer held: 1" in sent.out
    assert "sent" in sent.out.splitlines()[-1]


def test_an_erasure_since_the_backup_is_made_again(desk: Desk) -> None:
    assert desk.heard("collect").code == 0
    made = desk.heard("backup", "--json").rows[0]
    assert desk.heard("forget", "--url", "https://paper.example/praise", "--yes").code == 0
    said = desk.heard("restore", made["file"])
    assert "Erased again, as since the backup: 1 items" in said.out, said.out + said.err
    texts = json.dumps(desk.heard("mentions", "--json").rows)
    assert "best shop in town" not in texts


def test_what_was_read_and_forgotten_since_the_backup_does_not_come_back(desk: Desk) -> None:
    made = desk.heard("backup", "--json").rows[0]
    assert desk.heard("collect").code == 0
    assert desk.heard("forget", "--url", "https://paper.example/praise", "--yes").code == 0
    (line,) = desk.heard("audit", "--json").rows
    assert desk.heard("restore", made["file"]).code == 0
    assert counts(desk)["mentions"] == 0
    (again,) = desk.heard("audit", "--json").rows
    assert [again[name] for name in ("who", "cause", "source", "noticed_at", "erased_at")] == [
        line[name] for name in ("who", "cause", "source", "noticed_at", "erased_at")
    ]
    assert (line["items"], again["items"]) == (1, 0), "there was nothing to erase"
    assert desk.heard("collect").code == 0
    assert counts(desk)["mentions"] > 0
    assert "best shop in town" not in json.dumps(desk.heard("mentions", "--json").rows)
    later = desk.heard("backup", str(desk.folder / "later.backup"), "--json").rows[0]  # names by the second are taken
    assert desk.heard("restore", later["file"]).code == 0
    assert desk.heard("collect").code == 0
    assert "best shop in town" not in json.dumps(desk.heard("mentions", "--json").rows), "nor after another restore"


def test_an_erasure_that_cannot_be_made_again_leaves_the_database_as_it_was(desk: Desk) -> None:
    """There is room for the restored database, and none for the log in which it would be erased from."""
    assert desk.heard("collect").code == 0
    made = desk.heard("backup", "--json").rows[0]
    assert desk.heard("forget", "--url", "https://paper.example/praise", "--yes").code == 0
    erased, before = counts(desk), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((desk.folder / "heard.db").stat().st_size, before[1]))
    try:
        said = desk.heard("restore", made["file"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert said.code == 1
    assert "Nothing was changed." in said.err
    assert sorted(path.name for path in desk.folder.glob("heard.db*")) == ["heard.db"]
    assert counts(desk) == erased
    assert "best shop in town" not in json.dumps(desk.heard("mentions", "--json").rows)
    assert desk.heard("restore", made["file"]).code == 0, "with room"


def test_both_names_of_the_commands_are_one(desk: Desk) -> None:
    assert desk.heard("db", "backup", str(desk.folder / "a.backup")).code == 0
    assert desk.heard("db", "restore", str(desk.folder / "a.backup")).code == 0
    assert desk.heard("backup", "x", "--keep", "2").code == 2
    assert desk.heard("restore", str(desk.folder / "no.backup")).code == 1


@pytest.mark.full
def test_the_cycle_with_a_bot_at_work_that_is_killed(desk: Desk, server: FeedServer, tmp_path: Path) -> None:
    bot = Running(desk)
    bot.wait_for(lambda: bool(bot.said("poll source=blogs")))
    made = desk.heard("backup", "--json").rows[0]
    refused = desk.heard("restore", made["file"])
    assert (refused.code, "in use by another process" in refused.err) == (1, True)
    bot.stop(signal.SIGKILL)
    assert desk.heard("restore", made["file"]).code == 0
    held = counts(desk)
    for table in ("mentions", "items", "scores", "offer_events"):
        assert held[table] == made["counts"][table], table
    bot = Running(desk)
    bot.wait_for(lambda: bool(bot.said("start config=")) and bool(bot.said("web listening")))
    assert bot.stop()[0] == 0
    assert counts(desk)["mentions"] == made["counts"]["mentions"]
