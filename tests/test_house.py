"""The house rules that no linter knows: entry points, one root, sizes, and what may never stand in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import Counter
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot import plugins
from tests.support.counts import FULL
from tests.support.shared import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TOP_LEVEL = {
    *("bot", "connectors", "config", "tests", "docs", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"),
    *("CONTRIBUTING.md", "Makefile", "Dockerfile", "compose.yaml", "requirements.lock"),
}
# Put together here, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile("/" + r"(?:work|home|Users|root)/\w")
REGISTRY_HOSTS = re.compile(
    r"(?:pypi|pythonhosted|npmjs|artifactory|nexus|devpi)[\w-]*\." + r"(?:org|io|com|net)|index-url" + r"\s*=",
    re.IGNORECASE,
)
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 50
DEFINITION = re.compile(r"^( *)(?:async +)?(?:def|class) ")


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return tuple(path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file())


def product() -> tuple[Path, ...]:
    return tuple(
        path
        for path in files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ("bot", "connectors", "config")
    )


@cache
def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("group", [plugins.CONNECTORS, plugins.ENGINES, plugins.NOTIFIERS])
def test_entry_points_are_installed_as_pyproject_has_them(group: str) -> None:
    written = PROJECT["entry-points"][group]
    installed = {
        point.name: point.value for point in entry_points(group=group) if point.dist and point.dist.name == "heard"
    }
    assert installed == written, "a new line is seen after: pip install -e ."
    for name in written:
        assert callable(plugins.load(group, name, "test"))


def test_the_command_is_installed_as_pyproject_has_it() -> None:
    (script,) = (point for point in entry_points(group="console_scripts", name="heard"))
    assert {script.name: script.value} == PROJECT["scripts"]


def test_the_three_packages_share_one_root() -> None:
    homes = set()
    for name in ("bot", "connectors", "config"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        homes.add(Path(spec.origin).parents[1])
    assert homes == {ROOT}


def test_nothing_else_stands_at_the_top() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in files()}
    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


def test_modules_are_small() -> None:
    lengths = {path: len(text_of(path).splitlines()) for path in product()}
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > MOST_LINES} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 120, "the median module"


def may_hold_a_long_function(text: str) -> bool:
    """Whether definitions stand that far apart anywhere: to tell costs a tenth of parsing every module."""
    lines = text.splitlines()
    starts = [(len(match[1]), number) for number, line in enumerate(lines) if (match := DEFINITION.match(line))]
    starts.append((0, len(lines)))
    for place, (indent, start) in enumerate(starts[:-1]):
        end = next(number for other, number in starts[place + 1 :] if other <= indent)
        if end - start >= MOST_LINES_OF_A_FUNCTION:
            return True
    return False


def test_functions_are_small() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in product()
        if FULL or may_hold_a_long_function(text_of(path))
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_no_module_gives_a_name_twice() -> None:
    """A second statement under a name, as a hasty merge leaves it, would silently take the place of the first."""
    twice = []
    for path in product():
        given = Counter(re.findall(r"^(_?[A-Z]\w*|log)(?: *:[^=\n]+)? = ", text_of(path), re.MULTILINE))
        twice += [f"{path.relative_to(ROOT)}: {name}" for name, times in given.items() if times > 1]
    assert twice == []


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files()
        if "captures" not in path.parts
        for pattern in (MACHINE_PATHS, REGISTRY_HOSTS)
        for match in pattern.finditer(text_of(path))
    ]
    assert found == []


def test_the_lock_pins_every_dependency_and_names_no_host() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[\w.!+]+", line)] == []
    locked = {line.partition("==")[0] for line in lines}
    extras = [name for group in PROJECT["optional-dependencies"].values() for name in group]
    for requirement in (*PROJECT["dependencies"], *extras):
        name = re.split(r"[<>=!~\[ ]", requirement)[0].lower()
        assert name in locked or name == "tzdata", f"{name} is not pinned"


def test_the_changelog_has_a_place_for_what_is_coming() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert "Keep a Changelog" in text


def test_private_files_stay_out_of_the_repository_and_the_packages() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    for private in ("config/heard.toml", "config/secrets.env", "config/*.local.toml", "*.db"):
        assert private in ignored
        assert private in build["wheel"]["exclude"]
        assert private in build["sdist"]["exclude"]
    assert not [path for path in files() if path.suffix in (".db", ".env")]


def test_no_ignore_is_blanket_and_nothing_is_left_to_do() -> None:
    marks = re.compile(r"#\s*noqa(?!: [A-Z]+\d)|#\s*type:\s*ignore(?!\[)|\b(?:TO" + r"DO|FIX" + r"ME|XXX)\b")
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in product() for match in marks.finditer(text_of(path))]
    assert found == []
