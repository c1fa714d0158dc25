"""Exit codes and the words of errors: 0 done, 1 failed and named, 2 wrong usage or configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk import CONFIG, TOKEN, Desk, feeds_config, run
from tests.support.shared import ROOT

MINIMAL = "[[subject]]\nid = 'crumb'\nname = 'Velvet Crumb'\nquery = 'crumb'\n"


def wrong(tmp_path: Path, text: str, *command: str) -> str:
    """The error of a configuration that is wrong."""
    desk = Desk(tmp_path)
    desk.write(text)
    said = desk.heard(*(command or ("offers",)))
    assert (said.code, said.out) == (2, ""), said
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "[heard]\ntimezon = 'UTC'\n",
            ["unknown key 'heard.timezon'", "did you mean 'timezone'", "Allowed: ", "database"],
        ),
        ("[hear]\n", ["unknown key 'hear'", "did you mean 'heard'"]),
        ("[heard]\ntimezone = 'Berlin'\n", ["heard.timezone", "Europe/Berlin", "'Berlin'"]),
        ("[heard\n", ["not valid TOML", "line 1"]),
        (MINIMAL.replace("name", "nam"), ["unknown key 'subject[1].nam'", "'subject[1].name' is missing"]),
        (
            MINIMAL + "[[source]]\nid = 'a'\nconnector = 'rss'\nevery = 'hourly'\n",
            ["source[1].every", "'15m'", "'hourly'"],
        ),
        (
            MINIMAL + "[[digest]]\nid = 'd'\naudience = 'boss'\n",
            ["digest[1].audience", "'pr'", "'executive'", "'boss'"],
        ),
        (
            MINIMAL + "[[digest]]\nid = 'd'\naudience = 'pr'\nchannels = ['mail']\n",
            ["'mail'", "[[channel]]", "none is configured"],
        ),
        (MINIMAL + MINIMAL, ["[[subject]] id 'crumb' is used twice"]),
        ("[score]\ntone = 0.9\n", ["sum to 1", "1.4"]),
        ("[[offer]]\nid = 'o'\nname = 'O'\nkind = 'code-phrase'\n", ["offer[1]", "code ="]),
    ],
)
def test_a_configuration_error_names_file_key_and_what_is_allowed(tmp_path: Path, text: str, parts: list[str]) -> None:
    error = wrong(tmp_path, text)
    for part in [str(tmp_path / "heard.toml"), *parts]:
        assert part in error
    assert all(line.startswith(("heard: ", str(tmp_path))) for line in error.splitlines())


@pytest.mark.parametrize(
    ("table", "command", "parts"),
    [
        (
            "connector = 'rs'",
            "collect",
            ["[[source]] 's': connector", "'rs'", "installed: bluesky, hackernews, reddit, rss, twitter"],
        ),
        (
            "connector = 'rss'\nfeed = ['https://a.example']",
            "collect",
            ["[[source]] 's'", "unknown key 'feed'", "'feeds'"],
        ),
        ("connector = 'rss'\nfeeds = ['a.example/feed']", "collect", ["[[source]] 's'", "a.example/feed", "https://"]),
        (
            "connector = 'twitter'\nbearer_token_env = 'NOT_THERE'",
            "collect",
            ["[[source]] 's'", "NOT_THERE", "is not set"],
        ),
        ("connector = 'reddit'", "collect", ["[[source]] 's'", "mode", '"oauth"', '"feed"']),
    ],
)
def test_a_sources_error_names_the_source(tmp_path: Path, table: str, command: str, parts: list[str]) -> None:
    error = wrong(tmp_path, f"{MINIMAL}[[source]]\nid = 's'\n{table}\n", command)
    for part in [str(tmp_path / "heard.toml"), *parts]:
        assert part in error


def test_a_query_that_cannot_be_read_is_named_with_its_subject(tmp_path: Path) -> None:
    text = (
        MINIMAL.replace("'crumb'\n", "'(crumb'\n").replace("id = '(crumb'", "id = 'crumb'")
        + "[[source]]\nid='s'\nconnector='rss'\nfeeds=['https://a.example/']\n"
    )
    error = wrong(tmp_path, text, "collect")
    assert "[[subject]] 'crumb': query:" in error


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (("collect", "blog"), "source"),
        (("mentions", "--subject", "x"), "subject"),
        (("mentions", "--source", "x"), "source"),
        (("mentions", "--message", "x"), "message"),
        (("digest", "preview", "x"), "digest"),
        (("digest", "send", "x"), "digest"),
        (("redeem", "code", "--offer", "x"), "offer"),
        (("offers", "show", "x"), "offer"),
        (("offers", "issue", "x", "--count", "1"), "offer"),
        (("sources", "pause", "x"), "source"),
        (("sources", "resume", "x"), "source"),
    ],
)
def test_an_id_that_is_not_configured_is_answered_with_those_that_are(
    collected: Desk, command: tuple[str, ...], kind: str
) -> None:
    said = collected.heard(*command)
    assert said.code == 2
    assert f"there is no {kind} '" in said.err
    assert "configured: " in said.err
    assert "none" not in said.err


@pytest.mark.parametrize(
    "command",
    [
        ("mentions", "--since", "yesterday"),
        ("mentions", "--since", "²d"),
        ("mentions", "--since", "99999999999d"),
        ("mentions", "--until", "0001-01-01"),
        ("mentions", "--limit", "0"),
        ("mentions", "--since", "2026-03-02", "--until", "2026-03-01"),
        ("mentions", "--tone", "great"),
        ("messages", "--since", "2026-02-30"),
        ("messages", "--since", "1d", "--until", "2d"),
        ("digest", "preview", "pr-daily", "--date", "21.11.2026"),
        ("digest", "preview", "pr-daily", "--date", "9999-12-31"),
        ("digest", "preview", "pr-daily", "--date", "0001-01-01"),
        ("digest", "preview"),
        ("collect", "--workers", "0"),
        ("offers", "issue", "cards", "--count", "-1"),
        ("redeem",),
        ("explain",),
        ("completion", "tcsh"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wanted(collected: Desk, command: tuple[str, ...]) -> None:
    said = collected.heard(*command)
    assert (said.code, said.out) == (2, "")
    assert "Usage: heard" in said.err
    assert "Error: " in said.err
    assert "Traceback" not in said.err


def test_what_fails_is_named_and_exits_with_1(collected: Desk) -> None:
    said = collected.heard("explain", "nosuchmention")
    assert (said.code, "there is no mention 'nosuchmention'" in said.err) == (1, True)
    assert collected.heard("status").code == 1, "a feed is failing"
    assert collected.heard("sources").code == 0, "a list is only a list"


def test_the_configuration_may_be_named_before_or_after_the_command(collected: Desk) -> None:
    path = str(collected.config)
    before, after = run(["--config", path, "mentions"]), run(["mentions", "--config", path])
    assert before == after
    assert before.code == 0
    assert run(["digest", "list", "--config", path]).code == 0
    assert run(["--config", "nowhere.toml", "mentions", "--config", path]) == after, "the nearer one wins"


def test_the_environment_and_the_folder_lead_to_the_configuration(
    collected: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    none = run(["mentions"])
    assert none.code == 2
    for part in ("no configuration found", "$HEARD_CONFIG", "config/heard.toml", "heard init", "heard demo"):
        assert part in none.err
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "heard.toml").write_text(MINIMAL, encoding="utf-8")
    assert run(["mentions"]).out == "There is no mention yet; 'heard status' says what was looked at.\n"
    assert run(["mentions", "--since", "7d"]).out.startswith("No mention fits. Without any options")
    assert (tmp_path / "config" / "heard.db").exists(), "relative paths start at the configuration's folder"
    monkeypatch.setenv("HEARD_CONFIG", str(collected.config))
    assert "Velvet Crumb" in run(["mentions"]).out
    monkeypatch.setenv("HEARD_CONFIG", str(tmp_path / "gone.toml"))
    gone = run(["mentions"])
    assert (gone.code, "named by $HEARD_CONFIG" in gone.err) == (2, True)


def test_a_database_of_another_program_or_a_newer_heard_is_refused(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "heard.db").write_bytes(b"SQLite format 3\0 and then something else entirely" * 50)
    desk = Desk(tmp_path)
    desk.write(MINIMAL)
    said = desk.heard("mentions")
    assert (said.code, said.err.startswith("heard: ")) == (1, True)
    (tmp_path / "heard.db").unlink()
    with sqlite3.connect(tmp_path / "heard.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    said = desk.heard("mentions")
    assert (said.code, "belongs to another program" in said.err) == (1, True)
    unknown = desk.write("[heard]\ndatabase = 'mysql://me:hunter2@db.example/heard'\n")
    said = desk.heard("mentions")
    assert (said.code, "not supported" in said.err, "hunter2" in said.err) == (1, True, False), unknown


def test_errors_mask_secrets_that_stand_where_none_should(tmp_path: Path) -> None:
    address = f"https://www.reddit.com/.rss?feed={TOKEN}&user=me"
    error = wrong(tmp_path, f"{MINIMAL}[[source]]\nid = 's'\nconnector = 'rss'\nfeeds = '{address}'\n", "collect")
    assert "feeds" in error
    assert TOKEN not in error
    error = wrong(
        tmp_path, f"{MINIMAL}[[source]]\nid = 's'\nconnector = 'twitter'\nbearer_token = '{TOKEN}'\n", "collect"
    )
    assert "did you mean 'bearer_token_" in error
    assert TOKEN not in error


def test_a_full_disk_is_one_line(collected: Desk) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = collected.start("--config", str(collected.config), "mentions", "--json", stdout=full)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[0].startswith("heard: ")
    assert "Traceback" not in errors


@pytest.mark.parametrize("options", [pytest.param(("mentions",), marks=pytest.mark.full), ("mentions", "--json")])
def test_a_reader_that_goes_away_is_no_error(collected: Desk, options: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    process = collected.start("--config", str(collected.config), *options, stdout=writing)
    os.close(writing)
    os.close(reading)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors, "Exception ignored" in errors) == (0, False, False)


def test_packages_of_another_project_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "__init__.py").write_text("", encoding="utf-8")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bot.cli import main; main(['--version'])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert "another project's packages" in done.stderr
    assert f"config in {tmp_path}" in done.stderr
    fine = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (fine.returncode, fine.stderr) == (0, "")


def test_the_configuration_of_these_tests_is_in_order(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(feeds_config("https://paper.example/feed", text=CONFIG))
    assert desk.heard("check").code == 0
