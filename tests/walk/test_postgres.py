"""The whole job on PostgreSQL: what is told is what is told on SQLite, and no password shows on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.demo import run
from bot.store.opening import open_store
from config.settings import Settings, load_settings
from tests.support import postgres
from tests.support.demo import demo_folder
from tests.support.desk import Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer

pytestmark = pytest.mark.postgres
SECRET = "velvet-and-iron"


def told(store_address: str) -> dict[str, str]:
    store = open_store(store_address)
    digests = {digest.report + str(digest.window.start): json.dumps(digest.body) for digest, _ in store.digests(500)}
    store.close()
    return digests


@pytest.mark.timeout(300)
def test_two_weeks_of_the_demo_tell_the_same_digests(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres.emptied_postgres()
    on_sqlite = demo_folder(tmp_path_factory)

    def on_postgres(path: Path) -> Settings:
        written = path.read_text()
        path.write_text(written.replace("sqlite:///heard.db", address))
        return load_settings(path)

    with monkeypatch.context() as patched:
        patched.setattr(run, "load_settings", on_postgres)
        run.run_demo(tmp_path / "demo", lambda *_: None)
    assert told(address) == told(f"sqlite:////{on_sqlite / 'heard.db'}")


def test_commands_work_on_it_and_show_no_password(tmp_path: Path) -> None:
    address = postgres.emptied_postgres().replace(f"{postgres.USER}@", f"{postgres.USER}:{SECRET}@")
    with FeedServer() as server:
        desk = Desk(tmp_path)
        desk.write(feeds_config(serve_stories(server)).replace("[heard]", f'[heard]\ndatabase = "{address}"', 1))
        said = [
            desk.heard(*words)
            for words in (
                ("check",),
                ("db", "upgrade"),
                ("collect",),
                ("mentions", "--json"),
                ("sources",),
                ("db", "check", "--json"),
                ("db", "check"),
                ("status",),
            )
        ]
    assert [result.code for result in said] == [0] * len(said), [result.err for result in said if result.code]
    assert all(SECRET not in result.out + result.err for result in said)
    (checked,) = (json.loads(line) for line in said[5].out.splitlines())
    assert checked["problems"] == []
    assert checked["counts"]["mentions"] > 0
    assert SECRET not in checked["database"]
    assert postgres.USER in checked["database"]
