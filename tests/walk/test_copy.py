"""``heard db copy`` as a person runs it: the demo moved to PostgreSQL and back tells what it told, to the byte."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.demo import demo_folder
from tests.support.desk import Desk, Said, run

pytestmark = pytest.mark.postgres
SECRET = "velvet-and-iron"


@pytest.fixture
def target() -> Iterator[str]:
    made = postgres.blank_database()
    yield made.replace(f"{postgres.USER}@", f"{postgres.USER}:{SECRET}@")
    postgres.drop(made)


def heard(config: Path, *words: str) -> Said:
    said = run(["--config", str(config), *words])
    assert SECRET not in said.out + said.err
    return said


def on(database: str, config: Path) -> Path:
    """The configuration with another database."""
    other = config.with_name("other.toml")
    other.write_text(config.read_text("utf-8").replace("sqlite:///heard.db", database), encoding="utf-8")
    return other


def told(config: Path) -> list[str]:
    """What a reader sees: digests composed anew, what was sent, offers, who is let in, and the audit log."""
    asked = (
        ("digest", "preview", "pr-weekly", "--date", "2026-03-15", "--format", "json"),
        ("digest", "preview", "community-weekly", "--date", "2026-03-08", "--format", "html"),
        ("digest", "list", "--json"),
        ("mentions", "--json", "--since", "2026-03-01", "--limit", "500"),
        ("offers", "--json"),
        ("users", "list", "--json"),
        ("audit", "--json"),
    )
    said = [heard(config, *words) for words in asked]
    assert [one.code for one in said] == [0] * len(said), [one.err for one in said]
    return [one.out for one in said]


def test_the_demo_copied_there_and_back_tells_the_same(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, target: str
):
    desk = Desk(tmp_path / "demo")
    shutil.copytree(demo_folder(tmp_path_factory), desk.folder)
    tried = heard(desk.config, "db", "copy", "--to", target, "--dry-run")
    assert tried.code == 0
    assert "Nothing was changed" in tried.out
    done = heard(desk.config, "db", "copy", "--to", target)
    assert done.code == 0, done.err
    assert 'database = "postgresql://heard@' in done.out
    assert "PGPASSWORD" in done.out
    there = on(target, desk.config)
    assert told(there) == told(desk.config)
    (back,) = heard(there, "db", "copy", "--to", f"sqlite:///{desk.folder}/back.db", "--json").rows
    assert back["copied"]
    assert back["rows"] == sum(back["counts"].values())
    one = ("digest", "list", "--json")
    assert heard(on("sqlite:///back.db", desk.config), *one).out == heard(desk.config, *one).out
    again = heard(desk.config, "db", "copy", "--to", target)
    assert (again.code, "holds a database of Heard already" in again.err) == (1, True)
