"""The threat model holds what it says: each line names a test that there is."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ATTACKERS = (
    "posts a mention",
    "serves a feed",
    "platform's API",
    "shop's webhooks",
    "key or a key link",
    "has an account",
    "on the network",
    "reads the log",
    "database file",
    "has a backup",
    "another user of the server",
    "publishes a package",
)
STATED = "Stays: "
"""How a risk begins that nothing here takes away."""


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of a file's tests, read without running it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds) and node.name.startswith("test_"))


def sections() -> dict[str, list[str]]:
    """The lines of each attacker's section, by its heading."""
    found = {}
    for part in re.split(r"(?m)^## ", TEXT)[1:]:
        heading, _, body = part.partition("\n")
        if heading.startswith("Who "):
            found[heading] = [re.sub(r"\s+", " ", line) for line in re.split(r"(?m)^- ", body)[1:]]
    return found


def test_every_test_that_it_names_is_there() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) > 100
    missing = [f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in names_in(path)]
    assert missing == []


def test_every_attacker_has_a_section_and_every_line_of_it_a_test_or_says_what_stays() -> None:
    told = sections()
    for attacker in ATTACKERS:
        assert sum(attacker in heading for heading in told) == 1, attacker
    assert len(told) == len(ATTACKERS)
    bare = [line for lines in told.values() for line in lines if not NAMED.search(line) and not line.startswith(STATED)]
    assert bare == []
    silent = [heading for heading, lines in told.items() if not any(line.startswith(STATED) for line in lines)]
    assert silent == [], "nobody is held off altogether"


def test_no_test_is_named_for_a_line_by_slip_of_the_pen() -> None:
    """Whatever looks like the name of a test is one of those that are checked."""
    assert len(re.findall(r"::test_", TEXT)) == len(NAMED.findall(TEXT))
