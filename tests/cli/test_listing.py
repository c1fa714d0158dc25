"""What people see: lists, filters, widths, and texts of others that cannot harm a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
from contextlib import suppress
from unittest.mock import patch

import pytest

from bot.cli.explain import SPANS
from tests.support.desk import Desk

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def on_a_terminal(desk: Desk, columns: int, *args: str) -> str:
    """What a command prints on a terminal of that width, without colours."""
    terminal = {"TTY_COMPATIBLE": "1", "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm-mono"}
    with patch.dict(os.environ, terminal):
        return STYLE.sub("", desk.heard(*args).out)


def on_a_real_terminal(desk: Desk, columns: int, *args: str) -> str:
    """The same with a process on a pseudo-terminal."""
    main, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    desk = Desk(desk.folder, {"TERM": "xterm-mono", "NO_COLOR": "1"})
    process = desk.start("--config", str(desk.config), *args, stdout=end, stderr=end)
    os.close(end)
    seen = b""
    with suppress(OSError):  # how Linux says that the other side has gone
        while data := os.read(main, 65536):
            seen += data
    process.wait(timeout=60)
    os.close(main)
    return STYLE.sub("", seen.decode("utf-8").replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        ((), 5),
        (("--subject", "lantern"), 1),
        (("--subject", "crumb"), 4),
        (("--source", "blogs"), 5),
        (("--message", "hand-rolled"), 2),
        (("--since", "7d"), 5),
        (("--since", "1h"), 0),
        (("--until", "7d"), 0),
        (("--since", "2000-01-01", "--until", "2000-01-02T12:00"), 0),
        (("--limit", "2"), 2),
        (("--search", "awful"), 1),
        (("--search", "machine truffles"), 1),
        (("--search", '"every truffle is rolled"'), 1),
        (("--search", '"truffle every"'), 0),
        (("--search", "AWFUL", "--tone", "positive"), 0),
        (("--search", ""), 5),
    ],
)
def test_filters_leave_what_fits(collected: Desk, options: tuple[str, ...], titles: int) -> None:
    said = collected.heard("mentions", *options, "--json")
    assert (said.code, len(said.rows)) == (0, titles)


def test_the_four_tones_share_out_all_mentions(collected: Desk) -> None:
    found = {
        tone: collected.heard("mentions", "--tone", tone, "--json").rows
        for tone in ("positive", "negative", "neutral", "unknown")
    }
    assert sum(map(len, found.values())) == 5
    assert found["positive"]
    assert found["negative"]
    for tone, rows in found.items():
        assert {row["tone_label"] for row in rows} <= {None if tone == "unknown" else tone}


def test_an_unknown_tone_is_one_that_was_not_scored_or_not_said(collected: Desk) -> None:
    for row in collected.heard("mentions", "--tone", "unknown", "--json").rows:
        assert (row["tone_label"], row["score"]) == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        '"',
        '""',
        "'",
        "OR",
        "NOT NOT",
        "NEAR(",
        "title:",
        "*",
        "a*b",
        "(((",
        "-",
        "^",
        "\\",
        "\0",
        "é" * 5000,
        "; DROP TABLE items",
        "{}",
        "+",
        "\ud800",
    ],
)
def test_hostile_search_words_are_words_or_are_refused(collected: Desk, words: str) -> None:
    said = collected.heard("mentions", "--search", words, "--json")
    if any(map(str.isalnum, words)):
        assert (said.code, said.err) == (0, "")
    else:
        assert (said.code, said.out) == (2, "")
        assert "holds no word" in said.err


def test_into_a_pipe_every_mention_is_one_whole_line(collected: Desk) -> None:
    lines = collected.heard("mentions").out.splitlines()
    assert len(lines) == 6
    assert lines[0].split() == ["id", "said", "about", "where", "tone", "score"]
    assert lines[-1].endswith("Velvet Crumb wins everybody over")
    assert sorted(line.split()[5] for line in lines[1:]) == [*["crumb"] * 4, "lantern"]
    about_one = collected.heard("mentions", "--subject", "lantern").out.splitlines()
    assert about_one[0].split() == ["id", "said", "where", "tone", "score"]


def test_what_the_brand_says_itself_is_told_from_what_is_said_of_it(desk: Desk) -> None:
    """The competitor's own words are no praise of it either."""
    text = desk.config.read_text().replace("query = ", 'domains = ["paper.example"]\nquery = ', 1)
    desk.write(text)
    desk.heard("collect")
    ours = [line for line in desk.heard("mentions").out.splitlines() if "our own text: " in line]
    assert sorted(line.split()[5] for line in ours) == ["crumb", "crumb"]


def test_texts_of_others_cannot_steer_the_terminal(collected: Desk) -> None:
    (hostile,) = (line for line in collected.heard("mentions").out.splitlines() if "[bold]" in line)
    assert "[bold]and[/bold]" in hostile, "markup is shown, not obeyed"
    assert not {char for char in hostile if not char.isprintable()}
    found = next(row for row in collected.heard("mentions", "--json").rows if "[bold]" in row["title"])
    for line in collected.heard("explain", found["id"]).out.splitlines():
        assert not {char for char in line if not char.isprintable()}


@pytest.mark.parametrize("columns", [80, 130])
@pytest.mark.parametrize("command", ["mentions", "sources", "offers", "messages", "explain"])
def test_lists_are_readable_at_any_width(collected: Desk, command: str, columns: int) -> None:
    args = [command]
    if command == "explain":
        args.append(collected.heard("mentions", "--tone", "positive", "--json").rows[0]["id"])
    seen = on_a_terminal(collected, columns, *args)
    lines = seen.splitlines()
    free = [line for line in lines if "://" not in line and "127.0.0.1" not in line]
    assert max(map(len, free)) <= columns, seen
    words = [line for line in lines if len(line.split()) == 1 and len(line.strip()) < 3]
    assert words == [], f"a column is squeezed:\n{seen}"


@pytest.mark.parametrize("command", ["messages", "explain"])
def test_at_forty_columns_no_word_is_cut_and_no_column_is_lost(collected: Desk, command: str) -> None:
    mention = collected.heard("mentions", "--tone", "positive", "--json").rows[0]["id"]
    seen = on_a_terminal(collected, 40, command, *([mention] if command == "explain" else ["--since", "3650d"]))
    assert "…" not in seen.partition("\n\n")[2], seen
    for word in {"messages": ("stories", "contradicted"), "explain": ("prominence", "configured")}[command]:
        assert word in seen, f"{word!r} is broken up:\n{seen}"


def test_a_receipt_in_a_pipe_has_no_padding_and_names_the_strongest_words_only(collected: Desk) -> None:
    mention = collected.heard("mentions", "--tone", "positive", "--json").rows[0]["id"]
    lines = collected.heard("explain", mention).out.splitlines()
    assert all(line == line.rstrip() for line in lines if not line.startswith("  “"))
    assert sum(line.startswith(("  +0.", "  -0.")) for line in lines) <= SPANS


def test_each_quote_says_what_it_does_to_the_message(collected: Desk) -> None:
    said = collected.heard("messages", "--since", "3650d").out
    quotes = [line.strip() for line in said.splitlines() if "“" in line]
    assert quotes
    assert all(line.startswith(("Carried: ", "Partly: ", "Misframed: ", "Contradicted: ")) for line in quotes), said


def test_counts_of_messages_say_where_not_everything_was_looked_at(collected: Desk) -> None:
    """Nought carried in a week that nobody looked at is not nought."""
    said = collected.heard("messages", "--since", "3650d").out
    assert "At least so much was said: not everything was looked at." in said
    assert "of the window was covered" in said


def test_a_narrow_list_gives_the_headline_a_line_of_its_own(collected: Desk) -> None:
    lines = on_a_real_terminal(collected, 80, "mentions").splitlines()
    assert lines == on_a_terminal(collected, 80, "mentions").splitlines()
    assert lines[0].split() == ["id", "said", "about", "where", "tone", "score"]
    assert lines[-1] == "5 items, 5 stories, 3 voices."
    assert lines[-2] == "  Velvet Crumb wins everybody over"
    assert lines[-3].endswith(("+2.88", "+2.9")) or "positive" in lines[-3]


def test_the_copies_of_a_story_can_be_listed(collected: Desk) -> None:
    everything = collected.heard("mentions", "--json").rows
    story = everything[0]["story"]
    members = collected.heard("mentions", "--json", "--story", story).rows
    assert members == [row for row in everything if row["story"] == story]
    assert "No mention fits" in collected.heard("mentions", "--story", "s_none").out


def test_an_empty_installation_says_what_to_do(desk: Desk) -> None:
    desk.write("[[subject]]\nid = 'a'\nname = 'A'\nquery = 'a'\n")
    for command, hint in (
        ("mentions", "There is no mention yet"),
        ("messages", "Add a [[message]]"),
        ("offers", "Add an [[offer]]"),
        ("sources", "Add a [[source]]"),
        ("collect", "Add a [[source]]"),
    ):
        said = desk.heard(command)
        assert (said.code, hint in said.out) == (0, True)
    assert "No digest has been made yet" in desk.heard("digest", "list").out
    assert "No source is set up" in desk.heard("status").out
