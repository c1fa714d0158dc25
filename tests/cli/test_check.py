"""``heard check`` on what is told and what it is for: every mistake named, and what is legal and pointless said."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from config.settings import load_settings
from tests.support.desk import Desk

WHOLE = """
[heard]
timezone = "Europe/Berlin"
public_url = "https://heard.example.org"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = "crumb"
[[message]]
id = "hand-rolled"
statement = "Every truffle is rolled by hand."
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
[[channel]]
id = "spare"
kind = "file"
folder = "spare"
otherwise = "folder"
[[digest]]
id = "board"
audience = "executive"
sections = ["objectives", "funnel"]
channels = ["spare"]
[[alert]]
id = "loud"
kind = "spike"
at_most = "2/week"
quiet_hours = "22:00-07:00"
channels = ["folder"]
[[route]]
kind = "spike"
min_severity = "high"
channels = ["spare"]
[[objective]]
id = "known"
statement = "People know"
measure = { metric = "penetration", message = "hand-rolled" }
target = 0.15
[[activity]]
id = "letter"
name = "Letter"
kind = "mailing"
at = 2026-03-01
objective = "known"
[impact]
record = { clicks = "matomo" }
stages = ["exposure", "click"]
[web]
feedback_days = 14
"""


def check(tmp_path: Path, *changes: tuple[str, str]) -> tuple[int, str]:
    """The exit status, and what was said, of the whole configuration with these changes."""
    text = WHOLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    desk = Desk(tmp_path)
    desk.write(text)
    said = desk.heard("check")
    return said.code, said.out + said.err


def test_everything_that_is_told_is_looked_over_and_nothing_is_pointless(tmp_path: Path) -> None:
    code, said = check(tmp_path)
    assert code == 0
    for line in (
        "ok    route 1: to spare\n",
        "ok    objective known: penetration of message hand-rolled, over 28 days\n",
        "ok    activity letter: mailing, 2026-03-01; told once, after 8 weeks: stories\n",
        "for people https://heard.example.org\n",
    ):
        assert line in said, said
    assert not any(word in said for word in ("never", "nothing", "empty", "WRONG"))


@pytest.mark.parametrize(
    ("public", "trusted", "told"),
    [
        ("https://heard.example.org", "", True),
        ("https://heard.example.org", 'trusted_proxies = ["127.0.0.1"]', False),
        ("http://heard.example.org", "", False),
    ],
)
def test_a_proxy_that_nobody_named_is_told_of(tmp_path: Path, public: str, trusted: str, told: bool) -> None:
    code, said = check(tmp_path, ("https://heard.example.org", public), ("[web]\n", f"[web]\n{trusted}\n"))
    assert code == 0
    assert ("no proxy is named in trusted_proxies of [web]" in said) is told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("quiet_hours", "quite_hours", "did you mean 'quiet_hours'?"),
        ('kind = "spike"\nat', 'kind = "spik"\nat', "did you mean 'spike'?"),
        ('"penetration"', '"penetraton"', "did you mean 'penetration'?"),
        ('message = "hand-rolled"', 'message = "hand-roled"', "did you mean 'hand-rolled'?"),
        ('message = "hand-rolled"', 'mesage = "hand-rolled"', "did you mean 'message'?"),
        ('otherwise = "folder"', 'otherwise = "foldr"', "did you mean 'folder'?"),
        ('objective = "known"', 'objective = "knwon"', "did you mean 'known'?"),
        ("clicks =", "cliks =", "did you mean 'clicks'?"),
        ('"exposure"', '"exposur"', "did you mean 'exposure'?"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "heard.toml"
    path.write_text(WHOLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert told in str(caught.value)


def test_what_only_shows_when_it_is_built_is_told_too_and_all_of_it(tmp_path: Path) -> None:
    code, said = check(
        tmp_path,
        ('"funnel"', '"funel"'),
        ('kind = "file"\nfolder = "spare"', 'kind = "fil"\nfolder = "spare"'),
        ("feedback_days = 14", 'secret_env = "NOT_SET_ANYWHERE"'),
    )
    assert code == 2
    assert all(
        told in said for told in ("did you mean 'funnel'?", "did you mean 'file'?", "NOT_SET_ANYWHERE is not set")
    )


def test_a_section_stands_once(tmp_path: Path) -> None:
    code, said = check(tmp_path, ('"funnel"', '"objectives"'))
    assert (code, "sections names 'objectives' twice" in said) == (2, True)


def test_wrong_values_and_wrong_names_are_told_together(tmp_path: Path) -> None:
    code, said = check(
        tmp_path, ('"2/week"', '"often"'), ('"folder"]\n[[route', '"foldr"]\n[[route'), ("= 0.15", "= 15")
    )
    assert code == 2
    assert all(word in said for word in ("alert[1].at_most", "channels names 'foldr'", "target = 15 cannot be"))
    assert len(said.strip().splitlines()) == 3


def test_a_circle_of_channels_is_told_once(tmp_path: Path) -> None:
    code, said = check(tmp_path, ('folder = "digests"', 'folder = "digests"\notherwise = "spare"'))
    assert (code, said.count("leads in a circle")) == (2, 1)


def test_what_is_legal_and_pointless_is_said(tmp_path: Path) -> None:
    code, said = check(
        tmp_path,
        ('channels = ["spare"]\n[[alert', "[[alert"),
        ('channels = ["folder"]\n[[route', "[[route"),
        ('[[route]]\nkind = "spike"', '[[route]]\nkind = "silence"'),
        ('{ metric = "penetration", message = "hand-rolled" }\ntarget = 0.15', '"clicks"\nby = 2020-01-01'),
        ('public_url = "https://heard.example.org"', ""),
    )
    assert code == 0, said
    for told in (
        "no channel: it is only kept",
        "crumb, low and medium and high: nobody: it is only kept",
        "it fits none of the alerts",
        "nothing measures it yet",
        "no verdict",
        "it was due on 2020-01-01",
        "without public_url they do nothing",
    ):
        assert told in said, told


def test_a_route_behind_one_that_always_fits_is_said_to_be_never_reached(tmp_path: Path) -> None:
    code, said = check(
        tmp_path,
        ("[[route]]\n", '[[route]]\nchannels = ["folder"]\n[[route]]\n'),
        ('measure = { metric = "penetration", message = "hand-rolled" }\n', ""),
    )
    assert code == 0, said
    assert said.count("it is never reached") == 1
    assert "nothing measures it, so nothing is told of it" in said


def test_an_executive_digest_without_objectives_is_said_to_stay_empty(tmp_path: Path) -> None:
    start, end = WHOLE.index("[[objective]]"), WHOLE.index("[impact]")
    code, said = check(tmp_path, (WHOLE[start:end], ""))
    assert code == 0
    assert "its section 'objectives' stays empty: there is no [[objective]]" in said


def test_a_day_that_is_yet_to_come_has_no_preview(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(WHOLE)
    said = desk.heard("digest", "preview", "board", "--date", "2999-01-01")
    assert said.code == 2
    assert "2999-01-01 is yet to come" in said.err


def test_the_address_of_a_feed_is_given_to_programs_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(WHOLE)
    (row,) = desk.heard("digest", "feed", "board", "--json").rows
    assert row["digest"] == "board"
    assert row["address"].startswith("https://heard.example.org/feeds/")


def test_the_status_names_the_reviews_that_are_due(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(WHOLE.replace("target = 0.15", 'target = 0.15\nreview_every = "28d"'))
    assert "A review is due: known. See: heard impact\n" in desk.heard("status").out
    desk.heard("impact", "decide", "known", "--keep", "--reason", "we have begun")
    assert "review" not in desk.heard("status").out


def test_a_file_without_anything_to_listen_for_says_so(tmp_path: Path) -> None:
    code, said = check(tmp_path, (WHOLE, ""))
    assert code == 0
    assert "ok    listening: off: there is no [[subject]] and no [[source]];" in said
