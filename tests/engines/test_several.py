"""Several engines as one: each text goes to the engine that reads its language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.engines.several import SeveralEngines, as_one
from bot.engines.vader import VaderEngine
from bot.model import Genre, Subject, ToneLabel, ToneReading
from bot.ports import MultilingualEngine, Passage
from bot.score.scoring import tone_of


class GermanEngine:
    """A made-up engine that a package could bring."""

    name, version, languages = "german", "7", frozenset({"de", "en"})

    def read(
        self, passages: Sequence[Passage], overrides: Mapping[str, float], genre: Genre | None = None
    ) -> ToneReading:
        tone = 1.0 if any("wunderbar" in passage.text for passage in passages) else -1.0
        return ToneReading(tone, ToneLabel.POSITIVE if tone > 0 else ToneLabel.NEGATIVE, 0.9)


BOTH = SeveralEngines([VaderEngine(), GermanEngine()])
SUBJECT = Subject("moon", "Moon", "moon")


def read(text: str, language: str | None) -> ToneReading:
    return tone_of((Passage(text, 0),), language, SUBJECT, BOTH, Genre.POST)


def test_each_language_has_its_reader_and_the_first_wins_where_two_read_it() -> None:
    assert read("Moon ist wunderbar", "de").tone == 1.0
    assert read("Moon is wonderful but wunderbar", "en").tone not in (1.0, -1.0)
    assert BOTH.reader("en").name == BOTH.reader(None).name == "vader"


def test_a_language_that_none_reads_has_no_tone() -> None:
    reading = read("Moon est magnifique", "fr")
    assert (reading.tone, reading.label) == (None, None)
    assert reading.why == "the text is in 'fr', which vader+german does not read"


def test_what_it_says_of_itself_names_them_all() -> None:
    assert BOTH.name == "vader+german"
    assert BOTH.version.endswith("+7")
    assert BOTH.languages == {"de", "en"}
    assert isinstance(BOTH, MultilingualEngine)
    assert not isinstance(VaderEngine(), MultilingualEngine)


def test_one_engine_stays_itself() -> None:
    german = GermanEngine()
    assert as_one([german]) is german
    assert isinstance(as_one([german, german]), SeveralEngines)


def test_a_text_that_nobody_can_place_is_read_by_the_first_if_it_knows_a_word() -> None:
    assert read("wonderful", None).label is ToneLabel.POSITIVE
    assert read("wunderbar", None).tone is None
    assert BOTH.read((Passage("wonderful", 0),), {}).label is ToneLabel.POSITIVE
