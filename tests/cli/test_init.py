"""``heard init`` writes what ``heard check`` accepts, whatever people answer."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import load_settings
from config.starter import Answers, first_query, secrets_text, starter_text
from tests.support.counts import examples
from tests.support.desk import Desk, run

FULL = [
    "Velvet Crumb",
    "@velvetcrumb",
    "https://www.velvetcrumb.example/about",
    "",
    "Europe/London",
    "https://paper.example/feed.xml",
    "https://blog.example/atom?id=1&x=2",
    "",
    "Every truffle is rolled by hand.",
    "The moon is made of ganache",
    "pr@velvetcrumb.example",
    "smtp.velvetcrumb.example",
    "n",
    "n",
]


def init(tmp_path: Path, *answers: str, force: bool = False) -> tuple[Desk, int, str]:
    desk = Desk(tmp_path / "config")
    said = run(["init", "--path", str(desk.config), *(["--force"] if force else [])], "\n".join([*answers, ""]))
    return desk, said.code, said.out + said.err


def test_a_full_set_of_answers_makes_a_configuration_that_check_accepts(tmp_path: Path) -> None:
    desk, code, said = init(tmp_path, *FULL)
    assert (code, "heard check" in said) == (0, True)
    assert desk.heard("check").code == 0
    made = load_settings(desk.config)
    (subject,) = made.subjects
    assert subject.query == '"Velvet Crumb" OR @velvetcrumb OR velvetcrumb.example'
    assert (subject.handles, subject.domains) == (("velvetcrumb",), ("velvetcrumb.example",))
    assert made.sources[0].options["feeds"] == ["https://paper.example/feed.xml", "https://blog.example/atom?id=1&x=2"]
    assert made.channels[0].options["to"] == ["pr@velvetcrumb.example"]
    assert [report.id for report in made.reports] == ["pr-daily", "community-daily"]


def test_only_a_name_is_enough(tmp_path: Path) -> None:
    desk, code, _ = init(tmp_path, "Velvet Crumb", *[""] * 12)
    assert code == 0
    assert desk.heard("check").code == 0
    assert load_settings(desk.config).channels[0].kind == "file"


@pytest.mark.parametrize(
    "brand",
    [
        'Joe\'s "Best" Café',
        "Ünï\\çødé\\n",
        "шоколад",
        "a = 1 # [table]",
        '"""',
        "'''",
        "{x} %s \\u0000",
        "\x7f\x1b[31m\x00red",
        "AND",
        "🍫",
    ],
)
def test_strange_names_give_valid_toml_and_nothing_else(tmp_path: Path, brand: str) -> None:
    query = "" if first_query(brand, "crumb", "") else "crumb"
    desk, code, said = init(tmp_path, brand, "crumb", "", query, "", "", brand, brand, *[""] * 4)
    assert code == 0, said
    tables = tomllib.loads(desk.config.read_text(encoding="utf-8"))
    assert set(tables) == {"heard", "subject", "message", "offer", "channel", "digest", "alert"}
    assert [set(row) for row in tables["subject"]] == [{"id", "name", "query", "handles", "domains"}]
    assert desk.heard("check").code == 0


@settings(max_examples=examples(100), deadline=None)
@given(brand=st.text(), message=st.text(), phrase=st.text(), feed=st.text())
def test_whatever_text_is_given_only_values_change(brand: str, message: str, phrase: str, feed: str) -> None:
    answers = Answers(brand=brand, query="crumb", message=message or "m", phrase=phrase or "p", feeds=(feed, feed))
    tables = tomllib.loads(starter_text(answers))
    known = {key: value.encode("utf-8", "replace").decode() for key, value in (("brand", brand), ("feed", feed))}
    assert tables["subject"][0]["name"] == known["brand"]
    assert tables["source"][0]["feeds"] == [known["feed"]] * 2
    assert len(tables["digest"]) == 2


def test_the_secrets_file_is_private_and_read_by_every_command(tmp_path: Path) -> None:
    desk, code, _ = init(tmp_path, "Velvet Crumb", *[""] * 8, "n", "y")
    secrets = desk.folder / "secrets.env"
    assert (code, secrets.stat().st_mode & 0o777) == (0, 0o600)
    assert "\nX_BEARER_TOKEN=\n" in secrets.read_text(encoding="utf-8")
    missing = desk.heard("check")
    assert (missing.code, "X_BEARER_TOKEN is not set" in missing.out) == (2, True)
    secrets.write_text("# mine\nexport X_BEARER_TOKEN='AAAA%2Bbbb'\n", encoding="utf-8")
    filled = desk.heard("check")
    assert (filled.code, "chmod" in filled.out) == (0, False), filled.out
    secrets.chmod(0o644)
    open_to_all = desk.heard("check")
    assert f"chmod 600 {secrets}" in open_to_all.out


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    desk, _, _ = init(tmp_path, *FULL)
    before = desk.config.read_text(encoding="utf-8")
    (desk.folder / "secrets.env").write_text("SMTP_PASSWORD=kept\n", encoding="utf-8")
    _, code, said = init(tmp_path, *FULL)
    assert (code, "exists already" in said, "--force" in said) == (1, True, True)
    assert desk.config.read_text(encoding="utf-8") == before
    _, code, _ = init(tmp_path, "Cocoa Lantern", *[""] * 12, force=True)
    assert code == 0
    assert "Cocoa Lantern" in desk.config.read_text(encoding="utf-8")
    assert (desk.folder / "secrets.env").read_text(encoding="utf-8") == "SMTP_PASSWORD=kept\n", "secrets are kept"


def test_an_answer_that_cannot_be_is_asked_for_again(tmp_path: Path) -> None:
    answers = [
        "Velvet Crumb",
        "not a handle",
        "",
        "no web address",
        "(foo OR",
        "x.example",
        "(open",
        "crumb",
        "Berlin",
        "Europe/Berlin",
    ]
    answers += [
        "blog.example/feed",
        "https://blog.example/feed",
        "",
        "",
        "",
        "not an address",
        "me@x.example",
        "smtp.x.example",
        "",
        "",
    ]
    desk, code, said = init(tmp_path, *answers)
    assert code == 0, said
    assert said.count("write it like example.org") == 2
    assert said.count("Error: ") == 7
    assert desk.heard("check").code == 0


def test_input_that_ends_early_leaves_nothing_behind(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "config")
    said = run(["init", "--path", str(desk.config)], "Velvet Crumb\n")
    assert (said.code, "Stopped." in said.err) == (130, True)
    assert not desk.folder.exists()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = run(["init", "--path", str(tmp_path / "file" / "heard.toml")], "\n".join(["x", *[""] * 13]))
    assert (said.code, said.err.startswith("heard: ")) == (1, True)


def test_secrets_that_are_not_needed_are_comments() -> None:
    text = secrets_text(Answers(brand="x", query="x"))
    assert all(line.startswith("#") for line in text.splitlines())
