"""``heard evaluate`` as people and scripts call it."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.desk import HEARD, Desk, run

CONTRACT = ("task", "n", "abstained", "accuracy", "macro_recall", "macro_f1", "per_label")
TONE = "text,label\nI love it and it is wonderful,positive\nThis is terrible and I hate it,negative\nIt opens at nine,neutral\n"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without any configuration, as a fresh clone is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("HEARD_CONFIG", raising=False)
    return tmp_path


def written(folder: Path, text: str, name: str = "labels.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_evaluated_without_any_configuration(nowhere: Path) -> None:
    said = run(["evaluate", written(nowhere, TONE), "--engine", "vader", "--json"])
    assert said.code == 0, said
    (figures,) = said.rows
    assert all(name in figures for name in CONTRACT)
    assert (figures["task"], figures["n"], figures["accuracy"]) == ("tone", 3, 1.0)
    assert figures["per_label"]["negative"]["n"] == 1


def test_the_engine_in_use_is_that_of_the_installation(nowhere: Path) -> None:
    said = run(["evaluate", written(nowhere, TONE), "--json"])
    assert said.code == 0, said
    assert said.rows[0]["n"] == 3


def test_people_get_figures_with_intervals(nowhere: Path) -> None:
    said = run(["evaluate", written(nowhere, TONE), "--engine", "vader"])
    assert said.out.startswith("tone, vader ")
    assert "accuracy                              1.000  [0.439, 1.000]" in said.out
    assert "positive: 1; precision 1.000, recall 1.000, f1 1.000" in said.out


def test_two_rows_that_are_right_are_no_certainty(nowhere: Path) -> None:
    file = written(nowhere, "text,label\nI love it,positive\nI hate it,negative\n")
    said = run(["evaluate", file, "--engine", "vader"]).out
    (line,) = (line for line in said.splitlines() if line.split()[0] == "macro-recall")
    assert line.split() == ["macro-recall", "1.000", "[too", "few", "to", "say]"]
    row = run(["evaluate", file, "--engine", "vader", "--json"]).rows[0]
    assert (row["macro_recall"], row["macro_recall_low"], row["macro_recall_high"]) == (1.0, None, None)
    assert row["accuracy_low"] < 0.5, "the interval of a count knows how few there are"
    many = written(nowhere, "text,label\n" + "I love it,positive\nI hate it,negative\n" * 20)
    assert run(["evaluate", many, "--engine", "vader", "--json"]).rows[0]["macro_recall_low"] == 1.0


def test_scores_have_one_row_for_each_input_row_bad_ones_included(nowhere: Path) -> None:
    file = written(nowhere, TONE + "nobody knows,perhaps\nfine and good,positive\n")
    said = run(["evaluate", file, "--engine", "vader", "--scores", "out.csv"])
    assert said.code == 1
    assert said.err == (
        "row 4: label 'perhaps' is not one of negative, neutral, positive (or -1, 0, 1; or ratings in every row)\n"
    )
    rows = list(csv.DictReader(io.StringIO((nowhere / "out.csv").read_text(encoding="utf-8"))))
    assert [row["row"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["label_predicted"] for row in rows] == ["positive", "negative", "neutral", "", "positive"]
    assert (rows[3]["score"], rows[3]["confidence"]) == ("", "")
    assert float(rows[0]["score"]) > 0 > float(rows[1]["score"])


def test_scores_go_to_standard_output_alone_when_asked(nowhere: Path) -> None:
    said = run(["evaluate", written(nowhere, TONE), "--engine", "vader", "--scores", "-"])
    assert said.out.splitlines()[0] == "row,score,label_predicted,confidence,abstained"
    assert len(said.out.splitlines()) == 4


def test_a_file_comes_by_standard_input_too(nowhere: Path) -> None:
    assert '"accuracy": 1.0' in run(["evaluate", "-", "--engine", "vader", "--json"], answers=TONE).out


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ("message", "text,message,label,pool\nhand rolled truffles,truffles rolled by hand,1,p\nrain,truffles,0,p\n"),
        ("duplicate", "a,b,label\none text that is long enough to compare,another text about the weather today,0\n"),
        ("language", "text,lang\nThe chocolate in this little shop is wonderful,en\nx,unk\n"),
    ],
)
def test_the_columns_say_which_task_it_is(nowhere: Path, task: str, text: str) -> None:
    for given in ([], ["--task", task]):
        said = run(["evaluate", written(nowhere, text), *given, "--json"])
        assert said.code == 0, said
        assert (said.rows[0]["task"], said.rows[0]["accuracy"]) == (task, 1.0)


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        ("", [], 1, "the file is empty"),
        ("body,stance\nx,y\n", [], 1, "the columns body, stance, which fit no task"),
        ("text,label\nx,positive\n", ["--columns", "label=mood"], 1, "there is no column 'mood'"),
        ("text,label\nx,positive\n", ["--task", "language"], 1, "task language needs the column lang"),
        ("text,label\nx,furious\n", [], 1, "row 1: label 'furious' is not one of negative, neutral, positive"),
        ("text,label\nx,positive\n", ["--engine", "crystal-ball"], 2, "there is no 'crystal-ball' here; installed: "),
        ("text,label\nx,positive\n", ["--matcher", "crystal-ball"], 2, "there is no such directory"),
        ("text,label\nx,positive\n", ["--task", "mood"], 2, "'mood' is not one of"),
        ("text,label\nx,positive\n", ["--scores", "no/such/folder.csv"], 1, "no/such/folder.csv"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    nowhere: Path, text: str, arguments: list[str], code: int, words: str
) -> None:
    said = run(["evaluate", written(nowhere, text), *arguments])
    assert said.code == code, said
    assert words in said.err
    assert "Traceback" not in said.err


def test_another_matcher_ranks_a_file_and_no_labels_of_the_desk(nowhere: Path) -> None:
    file = written(
        nowhere, "message,text,label\nFarmers get a fair price,Growers are paid decently,1\nIt is blue,Rain,0\n"
    )
    said = run(["evaluate", file, "--matcher", "minilm", "--engine", "vader", "--json"])
    assert said.code == 0, said
    assert "minilm@" in said.rows[0]["matcher"]
    refused = run(["evaluate", "--matcher", "minilm"])
    assert refused.code == 2
    assert "goes with a FILE" in refused.err


@pytest.mark.parametrize(("kind", "told"), [("Tweets", False), ("reviews", False), ("news", False), ("smoke", True)])
def test_what_the_texts_are_is_said_in_plain_words(nowhere: Path, kind: str, told: bool) -> None:
    said = run(["evaluate", written(nowhere, TONE), "--engine", "vader", "--source", kind])
    assert said.code == 0
    assert ("'smoke' is not known, so the engine sees for itself; known are article" in said.err) is told


def test_a_configuration_that_is_named_and_missing_is_an_error(nowhere: Path) -> None:
    said = run(["--config", "nowhere.toml", "evaluate", written(nowhere, TONE)])
    assert (said.code, "nowhere.toml: there is no such file" in said.err) == (2, True)


def test_control_characters_of_a_file_do_not_reach_the_terminal(nowhere: Path) -> None:
    said = run(["evaluate", written(nowhere, "text,label,source\nfine,positive,\x1b[31mred\nx,\x1b]0;title\x07,y\n")])
    assert "\x1b" not in said.out + said.err.replace("\\x1b", "")
    named = run(["evaluate", written(nowhere, "text\x1b[31m,lab\x07el\u202e\nfine,positive\n")])
    assert (named.code, "the columns text [31m, lab el" in named.err) == (1, True)
    assert not {"\x1b", "\x07", "\u202e"} & set(named.err)


def test_a_long_file_shows_its_progress_beside_the_figures(nowhere: Path) -> None:
    file = written(nowhere, "text,label\n" + "fine,positive\n" * 2_000)
    said = run(["evaluate", file, "--engine", "vader", "--json"])
    assert said.rows[0]["n"] == 2_000
    assert "2,000 of 2,000" in said.err


def test_without_a_file_the_desks_own_labels_are_the_measure(desk: Desk) -> None:
    assert desk.heard("collect").code == 0
    assert "Nobody has labelled anything yet" in desk.heard("evaluate").out
    assert desk.heard("evaluate", "--json").rows == [{"task": None, "n": 0, "verdict": "no labels"}]
    ids = [row["id"] for row in desk.heard("mentions", "--json").rows]
    for mention in ids:
        assert desk.heard("label", mention, "--tone", "neutral", "--relevant", "yes").code == 0
    assert desk.heard("label", ids[0], "--message", "hand-rolled=none").code == 0
    rows = {row["task"]: row for row in desk.heard("evaluate", "--json").rows}
    assert set(rows) == {"tone", "message", "relevant"}
    assert rows["tone"]["n"] == len(ids)
    assert rows["tone"]["verdict"] == "too few to say"
    assert "accuracy" not in rows["tone"]
    assert rows["tone"]["by_source"] == {"blogs": {"n": len(ids), "verdict": "too few to say"}}
    assert [row["task"] for row in desk.heard("evaluate", "--task", "tone", "--json").rows] == ["tone"]
    assert "tone: 1 label" in desk.heard("evaluate").out or f"tone: {len(ids)} labels" in desk.heard("evaluate").out
    assert desk.heard("evaluate", "--task", "language").code == 2


GERMAN = """
from bot.model import ToneLabel, ToneReading


class GermanEngine:
    name, version, languages = "german", "1", frozenset({"de"})

    def read(self, passages, overrides, genre=None):
        text = " ".join(passage.text for passage in passages).casefold()
        tone = float(("wunderbar" in text) - ("furchtbar" in text))
        label = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE)[int(tone) + 1]
        return ToneReading(tone, label, 0.9)


def engine(options):
    return GermanEngine()
"""


@pytest.mark.full
def test_a_package_adds_a_language(nowhere: Path) -> None:
    """A made-up engine, installed beside Heard, reads German; English stays with the engine that reads it."""
    (nowhere / "german_tone.py").write_text(GERMAN, encoding="utf-8")
    told = nowhere / "german_tone-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: german-tone\nVersion: 1\n", encoding="utf-8")
    (told / "entry_points.txt").write_text("[heard.engines]\ngerman = german_tone:engine\n", encoding="utf-8")
    config = nowhere / "heard.toml"
    config.write_text(
        '[[subject]]\nid = "crumb"\nname = "Crumb"\nquery = "crumb"\n[score]\nengine = ["vader", "german"]\n',
        encoding="utf-8",
    )
    file = written(
        nowhere,
        "text,label,lang\nDas ist wirklich wunderbar,positive,de\nGanz furchtbar war der Tag,negative,de\n"
        "This is wonderful,positive,en\nC'est magnifique,positive,fr\n",
    )
    arguments = [HEARD, "--config", config, "evaluate", file, "--task", "tone", "--scores", "-"]
    env = {**os.environ, "PYTHONPATH": str(nowhere)}
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, env=env, cwd=nowhere)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["label_predicted"] for row in rows] == ["positive", "negative", "positive", ""]
    checked = subprocess.run(
        [HEARD, "--config", config, "check"], capture_output=True, text=True, check=True, env=env, cwd=nowhere
    )
    assert "vader + german" in checked.stdout
    assert "reads de, en" in checked.stdout
