"""``heard impact`` and ``heard link`` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from tests.support.database import empty_database
from tests.wiring.test_impact import CONFIG


@pytest.fixture
def config(tmp_path: Path) -> Path:
    empty_database(tmp_path)
    path = tmp_path / "heard.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def heard(config: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), *args])


def test_an_empty_installation_says_what_is_not_known(config: Path) -> None:
    found = heard(config, "impact", "--until", "2026-04-02")
    assert found.exit_code == 0, found.output
    assert "Cannot tell yet" in found.output
    assert "  Measured over 5 Mar–1 Apr.\n" in found.output
    assert "nobody counts them" in found.output
    assert "never by matching people" in found.output
    assert "Return on what was spent: not computable (missing: the benefit" in " ".join(found.output.split())


def test_the_json_has_every_part_and_no_sum_of_providers(config: Path) -> None:
    body = json.loads(heard(config, "impact", "--json", "--until", "2026-04-02").output)
    assert set(body) == {
        "as_of", "window", "objectives", "activities", "share_of_voice", "lifts", "funnel", "value", "providers",
    }  # fmt: skip
    assert [one["id"] for one in body["objectives"]] == ["two-a-day", "clicks", "heard", "sometime"]
    assert body["objectives"][2]["value"] is None
    assert all("total" not in stage for stage in body["funnel"]["stages"])


def test_a_review_is_written_down_and_shown(config: Path) -> None:
    done = heard(
        config, "impact", "decide", "two-a-day", "--change", "--reason", "too few came", "--next", "a sign", "--json"
    )
    decision = json.loads(done.output)
    assert (decision["course"], decision["next_change"]) == ("change", "a sign")
    shown = heard(config, "impact", "--objective", "two-a-day", "--until", "2026-04-02").output
    assert "change: too few came Next: a sign" in shown


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("two-a-day", "--reason", "x"), "--keep, --change or --stop"),
        (("two-a-day", "--change", "--reason", "x"), "--next"),
        (("two-a-day", "--keep"), "--reason"),
    ],
)
def test_half_a_review_is_refused(config: Path, args: tuple[str, ...], said: str) -> None:
    done = heard(config, "impact", "decide", *args)
    assert done.exit_code == 2
    assert said in done.output


def test_links_are_made_listed_and_the_same_each_time(config: Path) -> None:
    args = ("link", "https://shop.example/a#b", "--activity", "letter", "--source", "letter", "--medium", "email")
    first, second = heard(config, *args), heard(config, *args)
    assert first.output == second.output
    assert first.output.startswith("https://shop.example/a?utm_source=letter&utm_medium=email&utm_campaign=letter#b")
    listed = json.loads(heard(config, "link", "--list", "--json").output)
    assert (listed["activity"], listed["target"]) == ("letter", "https://shop.example/a#b")
    assert "https://shop.example/a?" in heard(config, "link", "--list").output


def test_a_link_as_a_qr_code(config: Path, tmp_path: Path) -> None:
    picture = tmp_path / "sign.svg"
    args = ("link", "https://shop.example/", "--campaign", "sign", "--source", "stall", "--medium", "print")
    assert heard(config, *args, "--qr", str(picture)).exit_code == 0
    assert "<svg" in picture.read_text(encoding="utf-8")
    assert heard(config, *args, "--qr", str(tmp_path / "sign.exe")).exit_code == 2


@pytest.mark.parametrize("args", [(), ("https://shop.example/",), ("https://shop.example/", "--list")])
def test_half_a_link_is_refused(config: Path, args: tuple[str, ...]) -> None:
    assert heard(config, "link", *args).exit_code == 2


def test_observations_of_analytics_come_by_the_same_door_as_views(config: Path, tmp_path: Path) -> None:
    body = (
        "metric,provider,method,day,value\nclicks,analytics,events,2026-03-01,12\nlikes,analytics,events,2026-03-01,3\n"
    )
    path = tmp_path / "counts.csv"
    path.write_text(body, encoding="utf-8")
    done = heard(config, "import", "observations", str(path), "--json")
    told = json.loads(done.output)
    assert (done.exit_code, told["new"], told["bad"][0]["line"]) == (1, 1, 3)
    assert "'likes' is no metric that is registered; there are views" in told["bad"][0]["reason"]
    path.write_text(body.replace("12", "14"), encoding="utf-8")
    again = json.loads(heard(config, "import", "observations", str(path), "--json").output)
    assert (again["new"], again["corrected"]) == (1, 1)


@pytest.mark.parametrize("body", ["metric,day\nclicks,2026-03-01\n", "a,b\n1,2\n", "", "\xff"])
def test_what_is_no_list_is_refused(config: Path, tmp_path: Path, body: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_bytes(body.encode("latin-1"))
    assert heard(config, "import", "observations", str(path)).exit_code != 0
