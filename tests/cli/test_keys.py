"""``heard keys`` and ``heard users``: what is shown once, what is kept, and what cannot be."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.access.keys import parse_key
from tests.support.database import empty_database
from tests.support.desk import CONFIG, Desk, feeds_config

GOOD = "a warm truffle at noon"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write(feeds_config(text=CONFIG))
    empty_database(tmp_path)
    return desk


def test_a_key_is_printed_once_and_only_its_hash_is_kept(desk: Desk) -> None:
    made = desk.heard("keys", "create", "--scope", "redeem,read", "--name", "Web shop", "--json")
    (row,) = made.rows
    assert made.code == 0
    assert {"id", "key", "scopes"} <= set(row)
    assert row["scopes"] == ["read", "redeem"]
    parsed = parse_key(row["key"])
    assert parsed is not None
    assert parsed[0] == row["id"]
    files = b"".join(path.read_bytes() for path in desk.folder.iterdir() if path.name.startswith("heard.db"))
    assert parsed[1].encode() not in files
    listed = desk.heard("keys", "list", "--json")
    assert parsed[1] not in listed.out
    assert [(one["id"], one["name"], one["holds"], one["last_used_at"]) for one in listed.rows] == [
        (row["id"], "Web shop", True, None)
    ]


def test_without_json_standard_output_is_the_key_alone(desk: Desk) -> None:
    made = desk.heard("keys", "create", "--scope", "read")
    assert parse_key(made.out.strip()) is not None
    assert "shown this once" in made.err


def test_a_revoked_key_is_listed_as_such_and_may_be_named_by_its_whole_text(desk: Desk) -> None:
    (row,) = desk.heard("keys", "create", "--scope", "read", "--json").rows
    assert "opens nothing any more" in desk.heard("keys", "revoke", row["key"]).out
    assert "revoked before" in desk.heard("keys", "revoke", row["id"]).out
    assert not desk.heard("keys", "list", "--json").rows[0]["holds"]
    assert "revoked" in desk.heard("keys", "list").out


def test_an_unknown_key_cannot_be_revoked_and_is_not_repeated_whole(desk: Desk) -> None:
    said = desk.heard("keys", "revoke", "nobody")
    assert (said.code, "there is no key 'nobody'" in said.err) == (2, True)


def test_a_key_for_the_till_comes_with_its_link(desk: Desk) -> None:
    words = ("keys", "create", "--till", "--placement", "counter", "--name", "Counter phone", "--expires", "90d")
    (row,) = desk.heard(*words, "--json").rows
    assert row["scopes"] == ["redeem"]
    assert row["link"].endswith(f"/till/enter#{row['key']}")
    assert row["expires_at"] is not None
    said = desk.heard(*words, "--qr")
    assert "/till/enter#heard_" in said.out
    assert "█" in said.out or "▄" in said.out
    assert "█" not in desk.heard(*words).out, "no picture where nobody looks"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--scope", "everything"), "'everything' is no scope"),
        ((), "say what the key may do"),
        (("--scope", ","), "say what the key may do"),
        (("--scope", "redeem,read", "--till"), "may redeem and nothing else"),
        (("--scope", "read", "--expires", "soon"), "'soon' is not a span"),
        (("--scope", "read", "--expires", "0d"), "not a span"),
        (("--scope", "read", "--expires", "9" * 400 + "d"), "not a span"),
        (("--scope", "read", "--expires", ""), "not a span"),
        (("--scope", "redeem", "--placement", "moon"), "no offer has the placement 'moon'"),
    ],
)
def test_what_cannot_be_is_a_usage_error(desk: Desk, words: tuple[str, ...], says: str) -> None:
    said = desk.heard("keys", "create", *words)
    assert said.code == 2
    assert says in " ".join(said.err.replace("│", " ").split())


def test_an_account_is_added_from_a_file_from_input_or_with_a_password_made_up(desk: Desk) -> None:
    (desk.folder / "password").write_text(f"{GOOD}\r\nsecond line\n", encoding="utf-8")
    assert desk.heard("users", "add", "Ada", "--role", "pr", "--password-file", str(desk.folder / "password")).code == 0
    assert desk.heard("users", "add", "Bob", "--role", "viewer", answers=f"{GOOD}\n").code == 0
    made = desk.heard("users", "add", "Cyd", "--role", "admin", "--generate")
    assert len(made.out.strip()) == 24
    assert [(row["name"], row["role"]) for row in desk.heard("users", "list", "--json").rows] == [
        ("Ada", "pr"),
        ("Bob", "viewer"),
        ("Cyd", "admin"),
    ]
    assert "Cyd" in desk.heard("users", "list").out


@pytest.mark.parametrize(
    ("words", "answers", "says"),
    [
        (("Ada", "--role", "viewer"), "short\n", "at least 12 characters"),
        (("Ada", "--role", "viewer"), "", "at least 12 characters"),
        (("Ada", "--role", "viewer"), "password1234\n", "anybody tries"),
        (("Ada", "--role", "king"), GOOD, "'king' is not one of"),
        (("Ada",), GOOD, "Missing option '--role'"),
        (("", "--role", "viewer"), GOOD, "1 to 64 characters"),
        (("<b>", "--role", "viewer"), GOOD, "printable characters"),
        (("Ada", "--role", "viewer", "--password-file", "missing"), "", "missing"),
        (("Ada", "--role", "viewer", "--password-file", "x", "--generate"), "", "not both"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words(
    desk: Desk, words: tuple[str, ...], answers: str, says: str
) -> None:
    said = desk.heard("users", "add", *words, answers=answers)
    assert said.code in (1, 2)
    assert says in said.err
    assert desk.heard("users", "list", "--json").rows == []


def test_accounts_are_changed_and_every_change_is_logged(desk: Desk) -> None:
    desk.heard("users", "add", "Ada", "--role", "viewer", answers=GOOD)
    assert desk.heard("users", "add", "ADA", "--role", "viewer", answers=GOOD).code == 2
    for words in (("role", "ada", "community"), ("disable", "ada"), ("enable", "ADA"), ("remove", "ada")):
        assert desk.heard("users", *words).code == 0
    assert desk.heard("users", "remove", "ada").code == 2
    rows = desk.heard("users", "log", "--json").rows
    kinds = ["account-added", "role-changed", "account-disabled", "account-enabled", "account-removed"]
    assert [row["kind"] for row in rows] == kinds
    assert {row["about"] for row in rows} == {"user:ada"}
    assert all(row["actor"].startswith("command:") for row in rows)
    assert "role-changed" in desk.heard("users", "log").out


def test_a_password_is_changed_and_stands_nowhere(desk: Desk) -> None:
    desk.heard("users", "add", "Ada", "--role", "viewer", answers=GOOD)
    assert desk.heard("users", "password", "ada", answers="another truffle at dusk\n").code == 0
    with sqlite3.connect(desk.folder / "heard.db") as raw:
        (kept,) = raw.execute("SELECT password FROM accounts").fetchone()
        log = raw.execute("SELECT * FROM access_log").fetchall()
    raw.close()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "truffle" not in str((kept, log))


def test_an_account_or_everybody_is_signed_out_from_the_command_line(desk: Desk) -> None:
    desk.heard("users", "add", "Ada", "--role", "pr", answers=f"{GOOD}\n")
    assert desk.heard("users", "sign-out", "ada").out == "ada is signed out everywhere: 0 sessions.\n"
    assert desk.heard("users", "sign-out", "--all").out == "Everybody is signed out everywhere: 0 sessions.\n"
    kinds = [row["kind"] for row in desk.heard("users", "log", "--json").rows]
    assert kinds[-2:] == ["signed-out-everywhere", "signed-out-everybody"]
    assert desk.heard("users", "sign-out", "eve").code == 2
    assert desk.heard("users", "sign-out").code == desk.heard("users", "sign-out", "ada", "--all").code == 2
