"""Settings: what a file may say, what it means, and how a mistake in it is told."""

from __future__ import annotations

import json
import random
import tomllib
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.errors import ConfigError
from bot.model import Audience, OfferKind, Period
from bot.model.keeping import Retention
from bot.options import read_options
from config.finding import find_config
from config.settings import Settings, load_settings
from config.tables import ConfigFile, DigestTable, OfferTable, SourceTable
from config.values import UNITS, WEEKDAYS

CHANNEL = "[[channel]]\nid = '{id}'\nkind = 'file'\nfolder = 'x'\notherwise = '{to}'\n"
SUBJECT = "[[subject]]\nid = 'crumb'\nname = 'Velvet Crumb'\nquery = 'crumb'\n"


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "heard.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def error(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return str(caught.value)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    made = load(tmp_path, "")
    assert (made.timezone, made.engines, made.subjects, made.sources) == ("UTC", ("heard",), (), ())
    assert (made.weights.tone, made.weights.message, made.weights.advocacy) == (0.5, 0.4, 0.1)
    assert made.http.allow_networks == ()
    assert made.database == f"sqlite:///{tmp_path / 'heard.db'}"


def test_defaults_are_laid_under_key_by_key(tmp_path: Path) -> None:
    made = load(tmp_path, "[http]\nread_timeout = 7\n[score]\ntone = 0.4\nmessage = 0.5\n")
    assert (made.http.read_timeout, made.http.connect_timeout) == (7, 5)
    assert (made.weights.tone, made.weights.message, made.weights.advocacy) == (0.4, 0.5, 0.1)
    assert made.raw["heard"]["timezone"] == "UTC"


def test_packaged_defaults_and_the_models_agree() -> None:
    packaged = tomllib.loads((Path(__file__).parents[2] / "config" / "defaults.toml").read_text(encoding="utf-8"))
    read = read_options(ConfigFile, packaged, "defaults")
    for table, values in packaged.items():
        bare = getattr(ConfigFile(), table)
        for key in values:
            assert getattr(read, table).__dict__[key] == getattr(bare, key), f"{table}.{key}"


def test_every_noun_carries_what_the_file_says(tmp_path: Path) -> None:
    made = load(
        tmp_path,
        SUBJECT
        + """
handles = ["velvetcrumb"]
domains = ["velvetcrumb.example"]
neutral_phrases = ["Bitter End"]
sentiment_overrides = { crumbly = 1.5 }
[heard]
timezone = "Europe/Berlin"
audience_universe = 8e7
[[source]]
id = "x"
connector = "twitter"
every = "90s"
priority = 3
bearer_token_env = "TOKEN"
mode = "search"
[source.budget]
reads_per_day = 100
usd_per_month = 20.5
[[outlet]]
match = "paper.example"
tier = 1
audience = 5000
provider = "leaflet"
method = "readers"
[[message]]
id = "m"
statement = "S"
active_from = 2026-03-01
active_until = 2026-03-01T12:00:00
target = 0.2
[[offer]]
id = "o"
name = "O"
kind = "code-phrase"
code = "moon"
starts = 2026-03-29T02:30:00+02:00
[[channel]]
id = "c"
kind = "file"
folder = "out"
[[digest]]
id = "d"
audience = "community"
period = "week"
at = "07:30"
days = ["Monday", "FRI"]
channels = ["c"]
sections = ["stories"]
when_empty = "skip"
""",
    )
    (subject,), (source,), (outlet,) = made.subjects, made.sources, made.outlets
    assert (subject.handles, subject.sentiment_overrides) == (("velvetcrumb",), {"crumbly": 1.5})
    assert (source.every, source.priority, source.reads_per_day, source.usd_per_month) == (
        timedelta(seconds=90),
        3,
        100,
        20.5,
    )
    assert source.options == {"mode": "search", "bearer_token_env": "TOKEN"}
    assert (outlet.audience, outlet.provider) == (5000, "leaflet")
    (message,), (offer,), (report,) = made.messages, made.offers, made.reports
    assert message.active_from == datetime(2026, 2, 28, 23, tzinfo=UTC), "a day is meant in the configured zone"
    assert message.active_until == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert (offer.kind, offer.starts) == (OfferKind.CODE_PHRASE, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    assert (report.audience, report.period, report.at, report.days) == (
        Audience.COMMUNITY,
        Period.WEEK,
        time(7, 30),
        (0, 4),
    )
    assert (report.sections, report.when_empty) == (("stories",), "skip")
    assert made.audience_universe == 8e7


def test_relative_paths_start_at_the_configurations_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep" / "heard.toml").write_text(
        SUBJECT + "[[source]]\nid='a'\nconnector='rss'\nopml='feeds.opml'\nfeeds_file='/abs/feeds'\n"
        "[[channel]]\nid='c'\nkind='email'\npassword_file='secret'\nca_file='ca.pem'\n",
        encoding="utf-8",
    )
    made = load_settings(Path("deep/heard.toml"))
    assert made.sources[0].options["opml"] == str(tmp_path / "deep" / "feeds.opml")
    assert made.sources[0].options["feeds_file"] == "/abs/feeds"
    assert made.channels[0].options["password_file"] == str(tmp_path / "deep" / "secret")
    assert made.database == f"sqlite:///{tmp_path / 'deep' / 'heard.db'}"
    assert load(tmp_path, "[heard]\ndatabase = 'sqlite:////var/lib/heard.db'").database == "sqlite:////var/lib/heard.db"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("90s", 90), ("15m", 900), ("15min", 900), ("2h", 7200), ("1d", 86400), (" 7 d ", 7 * 86400), ("0s", 0)],
)
def test_durations_are_a_number_and_a_unit(written: str, meant: int) -> None:
    assert SourceTable(id="a", connector="rss", every=written).every == timedelta(seconds=meant)


@pytest.mark.parametrize("written", ["", "h", "1", "1.5h", "-1h", "1w", "1 h 30 m", "hourly", "1H"])
def test_other_durations_are_refused_with_the_way_to_write_one(tmp_path: Path, written: str) -> None:
    text = error(tmp_path, f"{SUBJECT}[[source]]\nid = 'a'\nconnector = 'rss'\nevery = '{written}'\n")
    assert "source[1].every" in text
    assert "'90s', '15m', '2h' or '1d'" in text


@pytest.mark.parametrize("written", ["30", "30.0", "true", '"99999999d"', '"99999999999999999999d"'])
def test_a_duration_without_a_unit_or_of_ages_is_refused_before_anything_reckons_with_it(
    tmp_path: Path, written: str
) -> None:
    text = error(tmp_path, f"{SUBJECT}[retention]\ntext = {written}\n")
    assert "retention.text" in text
    assert ("'90s', '15m', '2h' or '1d'" in text) or ("at most a hundred years, '36525d'" in text)


def test_retention_of_less_than_a_day_is_taken_for_a_slip_of_the_pen(tmp_path: Path) -> None:
    for written in ("0d", "30s", "23h"):
        for key in ("text", "authors"):
            assert f"'retention.{key}': write at least '1d' (it is '{written}')" in error(
                tmp_path, f'{SUBJECT}[retention]\n{key} = "{written}"\n'
            )
    assert "ages[1]': write at least '1h'" in error(tmp_path, f'{SUBJECT}[retention.recheck.x]\nages = ["1m"]\n')


@given(number=st.integers(0, 10_000), unit=st.sampled_from(sorted(UNITS)))
def test_a_duration_means_its_number_of_units(number: int, unit: str) -> None:
    read = SourceTable(id="a", connector="rss", every=f"{number}{unit}").every
    assert read == timedelta(seconds=number * UNITS[unit])


def test_one_engine_or_several_but_not_none(tmp_path: Path) -> None:
    assert load(tmp_path, "[score]\nengine = 'vader'").engines == ("vader",)
    assert load(tmp_path, "[score]\nengine = ['heard', 'onnx']").engines == ("heard", "onnx")
    said = error(tmp_path, "[score]\nengine = []")
    assert "key 'score.engine': value should have at least 1 item" in said
    assert len(said.splitlines()) == 1


def test_weekdays_and_times_of_day(tmp_path: Path) -> None:
    for number, day in enumerate(WEEKDAYS):
        assert DigestTable(id="d", audience="pr", days=(day, day.upper() + "DAY")).days == (number, number)
    wrong = "[[digest]]\nid = 'd'\naudience = 'pr'\n"
    assert "mon, tue, wed" in error(tmp_path, wrong + "days = ['someday']")
    assert "'08:00'" in error(tmp_path, wrong + "at = '8 am'")
    assert "'08:00'" in error(tmp_path, wrong + "at = '25:00'")
    assert load(tmp_path, wrong + "at = 07:15:00").reports[0].at == time(7, 15)


@pytest.mark.parametrize(
    ("table", "unknown", "near"),
    [
        ("[heard]", "timezon", "timezone"),
        ("[[subject]]\nid='a'\nname='A'\nquery='a'", "querry", "query"),
        (SUBJECT + "[[source]]\nid='a'\nconnector='rss'\n[source.budget]", "reads_per_dy", "reads_per_day"),
        ("[[outlet]]\nmatch='a'", "teir", "tier"),
        ("[[message]]\nid='a'\nstatement='A'", "varients", "variants"),
        ("[[objective]]\nid='a'\nstatement='A'", "basline", "baseline"),
        ("[[activity]]\nid='a'\nname='A'\nkind='event'", "untl", "until"),
        ("[[offer]]\nid='a'\nname='A'\nkind='unique-codes'", "per_custmer", "per_customer"),
        ("[[digest]]\nid='a'\naudience='pr'", "chanels", "channels"),
        ("[[alert]]\nid='a'\nkind='spike'", "coldown", "cooldown"),
        ("[score]", "mesage", "message"),
        ("[retention]", "txt", "text"),
        ("[web]", "listn", "listen"),
        ("[http]", "read_timout", "read_timeout"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one_at_every_level(
    tmp_path: Path, table: str, unknown: str, near: str
) -> None:
    text = error(tmp_path, f"{table}\n{unknown} = 1\n")
    assert str(tmp_path / "heard.toml") in text
    assert unknown in text
    assert f"did you mean '{near}'" in text
    assert "Allowed: " in text


def test_an_unknown_table_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    assert "unknown key 'sources'; did you mean 'source'" in error(tmp_path, "[[sources]]\nid = 'a'\n")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = error(tmp_path, "[heard]\ntimezon = 1\ntimezone = 'Nowhere'\n[[subject]]\nid = '-'\n")
    assert len(text.splitlines()) == 5
    for part in ("timezon'", "heard.timezone", "subject[1].id", "subject[1].name", "subject[1].query"):
        assert part in text


@pytest.mark.parametrize("text", ["[heard", "a = ", "\x00", "a = 1\na = 2", "[[subject]]\n[subject]"])
def test_what_is_not_toml_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    said = error(tmp_path, text)
    assert "not valid TOML" in said
    assert "line " in said or "end of document" in said


def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"[heard]\n# caf\xe9\n")
    for path in (tmp_path, tmp_path / "none.toml", tmp_path / "latin.toml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            load_settings(path)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[digest]]\nid='d'\naudience='pr'\nchannels=['c']", "[[digest]] 'd': channels names 'c'"),
        ("[[alert]]\nid='a'\nkind='spike'\nsubject='s'", "[[alert]] 'a': subject names 's'"),
        ("[[objective]]\nid='o'\nstatement='O'\n[[message]]\nid='m'\nstatement='M'\nobjective='p'", "there is: o"),
        (SUBJECT + SUBJECT, "[[subject]] id 'crumb' is used twice"),
        (CHANNEL.format(id="a", to="b"), "[[channel]] 'a': otherwise names 'b'"),
        (CHANNEL.format(id="a", to="a"), "[[channel]] 'a': otherwise leads in a circle (a → a)"),
        (
            CHANNEL.format(id="a", to="b") + CHANNEL.format(id="b", to="c") + CHANNEL.format(id="c", to="b"),
            "[[channel]] 'b': otherwise leads in a circle (b → c → b)",
        ),
        ("[[source]]\nid='a'\nconnector='rss'", "no [[subject]]"),
        ("[[outlet]]\nmatch='a'\naudience=5", "'provider' and 'method'"),
        ("[[offer]]\nid='a'\nname='A'\nkind='code-phrase'\ncode=' '", "needs its phrase"),
        ("[[offer]]\nid='a'\nname='A'\nkind='unique-codes'\ncode='b'", "has no 'code' of its own"),
        ("[[offer]]\nid='a'\nname='A'\nkind='unique-codes'\nstarts='26.10.2026'", "write a day as 2026-03-02"),
        ("[[offer]]\nid='a'\nname='A'\nkind='unique-codes'\nstarts=20261026", "write a day as 2026-03-02"),
        (
            "[[offer]]\nid='a'\nname='A'\nkind='unique-codes'\nstarts=2026-03-02\nends=2026-03-02T00:00:00",
            "[[offer]] 'a': ends (2026-03-02 00:00:00) must be after starts (2026-03-02)",
        ),
        ("[score]\ntone=1.0", "sum to 1"),
        ("[retention]\nrollups='30d'", "'text' to as long or shorter"),
        ("[retention]\ntext='30d'\nrollups='20d'", "'text' to as long or shorter"),
        ("[retention]\ntext='30d'\nauthors='31d'", "an author goes with the words"),
    ],
)
def test_what_does_not_fit_together_is_told(tmp_path: Path, text: str, part: str) -> None:
    assert part in error(tmp_path, text)


def test_how_long_what_is_kept_is_read(tmp_path: Path) -> None:
    made = load(tmp_path, "[retention]\ntext = '30d'\nrollups = '400d'\n[heard]\npseudonymise_authors = true\n")
    assert made.retention == Retention(timedelta(days=30), None, timedelta(days=400), pseudonymise=True)


def test_find_config_looks_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    with pytest.raises(ConfigError, match="heard demo"):
        find_config()
    mine = tmp_path / "home" / "heard" / "heard.toml"
    mine.parent.mkdir(parents=True)
    mine.touch()
    assert find_config() == mine
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "heard.toml").touch()
    assert find_config() == Path("config/heard.toml")
    named = tmp_path / "named.toml"
    named.touch()
    monkeypatch.setenv("HEARD_CONFIG", str(named))
    assert find_config() == named
    assert find_config(str(mine)) == mine
    with pytest.raises(ConfigError, match="named by --config"):
        find_config("nowhere.toml")


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
    return repr(value)


@given(
    name=st.text(st.characters(exclude_categories=["Cs"])),
    cap=st.none() | st.integers(0, 10**9),
    places=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4),
    cost=st.none() | st.floats(0, 1e9, allow_nan=False),
    disabled=st.booleans(),
)
def test_settings_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    cap: int | None,
    places: list[str],
    cost: float | None,
    disabled: bool,
) -> None:
    values = {
        "id": "o",
        "name": name,
        "kind": "unique-codes",
        "cap": cap,
        "placements": places,
        "unit_cost": cost,
        "disabled": disabled,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    random.Random(name).shuffle(lines)
    (offer,) = load(tmp_path_factory.getbasetemp(), "[[offer]]\n" + "\n".join(lines)).offers
    assert (offer.name, offer.cap, offer.placements) == (name, cap, tuple(places))
    assert (offer.unit_cost, offer.disabled) == (cost, disabled)
    assert OfferTable(**values).model_dump(exclude_none=True)["name"] == name


def test_models_do_not_change_once_read() -> None:
    assert all(model.model_config.get("frozen") for model in _models(ConfigFile)), "settings are values"


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    found = {model}
    for field in model.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= _models(part)
    return found
