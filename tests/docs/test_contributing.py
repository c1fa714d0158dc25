"""CONTRIBUTING.md's examples are complete: each is installed as a plug-in and does its work."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import plugins
from bot.clock import ManualClock
from bot.http import Http
from bot.model import Allowance, Letter, Target, Window
from bot.ports import Deps, Passage
from config.settings import load_settings
from tests.support.shared import ROOT

NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
BLOCK = re.compile(r"```(?:python|toml)\n# file: (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with the examples' modules and the entry points that their lines declare."""
    site = tmp_path / "site"
    info = site / "heard_examples-1.dist-info"
    info.mkdir(parents=True)
    lines = []
    for name, text in BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        if name == "pyproject.toml":
            lines.append(re.sub(r'\[project\.entry-points\."(.+)"\]', r"[\1]", text).replace('"', ""))
        else:
            (site / name).write_text(text, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: heard-examples\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    for name in ("heard_notes", "heard_board", "heard_smiles"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return site


@pytest.fixture
def deps() -> Deps:
    return Deps(session=Http().session, clock=ManualClock(NOW), secret=lambda _options, _name: "")


def test_the_connector_example_is_collected_into_the_store_like_any_source(examples: Path, tmp_path: Path) -> None:
    from bot.wiring import App

    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "one.txt").write_text("Velvet Crumb opens\nA shop opens.", encoding="utf-8")
    (notes / "two.txt").write_text("Something else\nNo brand here.", encoding="utf-8")
    config = tmp_path / "heard.toml"
    config.write_text(
        "[[subject]]\nid = 'crumb'\nname = 'Velvet Crumb'\nquery = '\"velvet crumb\"'\n"
        "[[source]]\nid = 'notes'\nconnector = 'notes'\nfolder = 'notes'\n",
        encoding="utf-8",
    )
    app = App(load_settings(config), ManualClock(NOW))
    try:
        (report,) = app.listening.collect(app.listening.due())
        assert (report.target, report.error, report.fetched, report.new) == (Target("notes"), None, 2, 1)
        (again,) = app.listening.collect((Target("notes"),))
        assert (again.fetched, again.new) == (0, 0), "the cursor came back"
    finally:
        app.close()


def test_the_connector_example_says_what_is_wrong_in_our_own_error_kinds(
    examples: Path, deps: Deps, tmp_path: Path
) -> None:
    from bot.errors import ConfigError

    connect = plugins.load(plugins.CONNECTORS, "notes", "test")
    with pytest.raises(ConfigError, match="did you mean 'folder'"):
        connect("notes", {"foldr": str(tmp_path)}, deps)
    assert list(connect("notes", {"folder": str(tmp_path / "none")}, deps).fetch((), None, Allowance())) == []


def test_the_notifier_example_delivers_a_letter(examples: Path, deps: Deps, tmp_path: Path) -> None:
    connect = plugins.load(plugins.NOTIFIERS, "board", "test")
    window = Window(NOW, NOW, "UTC")
    letter = Letter("key", "board", "All well", "Nothing was said.", "<p>", "{}", "pr", NOW, window)
    connect("board", {"path": str(tmp_path / "board.txt")}, deps).send(letter)
    assert (tmp_path / "board.txt").read_text(encoding="utf-8") == "All well\n\nNothing was said."


def test_the_engine_example_reads_tone_and_abstains(examples: Path) -> None:
    engine = plugins.load(plugins.ENGINES, "smiles", "test")({})
    reading = engine.read([Passage("so good 🙂", 10)], {})
    assert (reading.tone, reading.spans[0].start) == (1.0, 18)
    assert engine.read([Passage("so good", 0)], {}).tone is None
