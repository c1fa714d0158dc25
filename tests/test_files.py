"""Files that are Heard's own: private, whole, and never led elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.files import fresh_file, make_folder, whole_file
from bot.wiring.checking_rights import rights_line
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.desk import Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer

ANSWERS = "\n".join(("Velvet Crumb", *[""] * 8, "n", "n", ""))
"""What ``heard init`` asks, answered in the shortest way."""
FOREIGN = {"heard.toml", "private.txt"}
"""What the test itself wrote."""


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """As open as a machine can be set up."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_fresh_file_is_private_whatever_the_umask_and_takes_nobodys_place(tmp_path: Path, open_umask: None) -> None:
    with fresh_file(tmp_path / "one") as file:
        file.write(b"words")
    assert (rights(tmp_path / "one"), (tmp_path / "one").read_bytes()) == (0o600, b"words")
    with pytest.raises(FileExistsError):
        fresh_file(tmp_path / "one")


@pytest.mark.parametrize("target", ["there", "not-there"])
def test_a_link_in_the_place_of_a_fresh_file_is_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "there").write_text("not yours")
    (tmp_path / "name").symlink_to(tmp_path / target)
    with pytest.raises(FileExistsError):
        fresh_file(tmp_path / "name")
    assert (tmp_path / "there").read_text() == "not yours"
    assert not (tmp_path / "not-there").exists()


def test_a_folder_that_is_made_is_private_and_one_that_is_there_stays_as_it_is(
    tmp_path: Path, open_umask: None
) -> None:
    make_folder(tmp_path / "deep" / "down")
    assert rights(tmp_path / "deep" / "down") == 0o700
    (tmp_path / "open").mkdir()
    make_folder(tmp_path / "open")
    assert rights(tmp_path / "open") == 0o777


def test_a_whole_file_is_made_under_a_name_that_nobody_can_guess(tmp_path: Path, open_umask: None) -> None:
    names = []
    for _ in range(2):
        with whole_file(tmp_path / "export.csv") as part:
            names.append(part.name)
            assert rights(part) == 0o600
            part.write_text("words")
    assert names[0] != names[1]
    assert rights(tmp_path / "export.csv") == 0o600


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def test_everything_that_is_written_is_for_this_user_alone_where_the_umask_lets_everybody_in(
    server: FeedServer, tmp_path: Path, open_umask: None
) -> None:
    desk = Desk(tmp_path)
    desk.write(feeds_config(serve_stories(server)))
    for words in (
        ("collect",),
        ("digest", "send", "pr-daily"),
        ("offers", "issue", "cards", "--count", "2"),
        ("offers", "sheet", "cards", "--out", "sheet.html"),
        ("export", "mentions", "-o", "mentions.csv"),
        ("export", "workbook", "-o", "book.xlsx"),
        ("export", "feeds", "-o", "feeds.opml"),
        ("db", "backup", "copy.db"),
        ("backup", "copy.zip"),
    ):
        said = desk.heard(*(str(tmp_path / word) if "." in word else word for word in words))
        assert said.code == 0, (words, said.err)
    made = {path.relative_to(tmp_path): rights(path) for path in tmp_path.rglob("*") if path.name not in FOREIGN}
    assert {path.suffix for path in made} >= {".db", ".csv", ".xlsx", ".html", ".opml", ".txt", ".json"}
    assert {path: oct(mode) for path, mode in made.items() if mode & 0o077} == {}


def test_the_secrets_that_init_writes_are_not_led_elsewhere(tmp_path: Path, open_umask: None) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "secrets.env").symlink_to(tmp_path / "elsewhere")
    said = desk.heard("init", "--path", str(tmp_path / "new.toml"), answers=ANSWERS, config=False)
    assert said.code != 0
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "secrets.env").unlink()
    (tmp_path / "new.toml").unlink(missing_ok=True)
    assert desk.heard("init", "--path", str(tmp_path / "new.toml"), answers=ANSWERS, config=False).code == 0
    assert rights(tmp_path / "secrets.env") == 0o600


def test_a_backup_is_written_through_no_link(tmp_path: Path, open_umask: None) -> None:
    desk = Desk(tmp_path)
    empty_database(tmp_path)
    desk.write(feeds_config("https://feeds.example/"))
    for name in ("a.db.part", "b.zip.part", "b.zip.copy"):
        (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    assert desk.heard("db", "backup", str(tmp_path / "a.db")).code == 0
    assert desk.heard("backup", str(tmp_path / "b.zip")).code == 0
    assert not (tmp_path / "elsewhere").exists()
    assert {rights(tmp_path / name) for name in ("a.db", "b.zip")} == {0o600}


def test_a_check_names_what_others_on_the_machine_can_read_or_change(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for name in ("heard.db", "heard.db-wal", "heard.db-shm"):
        (tmp_path / name).touch()
    secret = tmp_path / "private.txt"
    secret.write_text("made up")
    (tmp_path / "secrets.env").write_text("A=b")
    files = ("heard.toml", "private.txt", "secrets.env", "heard.db", "heard.db-wal", "heard.db-shm")
    shop = '[[shop]]\nid = "shop"\nkind = "shopify"\nsecret_file = "private.txt"\n'
    desk.write(feeds_config("https://feeds.example/?key=tok3n-of-mine") + shop)

    def told() -> str:
        return rights_line(load_settings(desk.config))

    for name in files:
        (tmp_path / name).chmod(0o600)
    tmp_path.chmod(0o700)
    assert told() == "nobody else on this machine can read secrets or database"
    for name in files:
        (tmp_path / name).chmod(0o666)
    tmp_path.chmod(0o777)
    assert [line.split()[0].rpartition("/")[2] for line in told().splitlines()] == [
        "secrets.env",
        "private.txt",
        "heard.db",
        "heard.db-wal",
        "heard.db-shm",
        tmp_path.name,
        "heard.toml",
        "heard.toml",
    ]


@pytest.mark.parametrize(("user", "is_told"), [("heard", False), ("heard:made-up-word", True)])
def test_an_address_with_a_user_and_no_password_is_no_secret(tmp_path: Path, user: str, *, is_told: bool) -> None:
    desk = Desk(tmp_path)
    desk.write(f'[heard]\ndatabase = "postgresql://{user}@db.example:5432/heard"\n')
    desk.config.chmod(0o644)
    assert ("holds an address with a secret" in rights_line(load_settings(desk.config))) is is_told
