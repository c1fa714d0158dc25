"""Net tone as objectives and digests are told it, over a real database: what has no tone is not taken for neutral."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.model import Interval, Page, Target
from bot.wiring.impact.measuring import Measuring
from tests.support.evidence import BLAME, DAY, FEED, TUESDAY, Newsroom

FOREIGN = "Velvet Crumb avasi uuden liikkeen keskustaan ja jono oli pitkä."
WINDOW = Interval(TUESDAY, TUESDAY + DAY)


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path_factory.mktemp("tone"))
    made.app.store.save_page(Target("papers", FEED), Page(covered=WINDOW), [], WINDOW.end, WINDOW.end)
    for _ in range(18):
        made.find(FOREIGN, language="fi")
    for _ in range(2):
        made.find(BLAME)
    yield made
    made.app.close()


def test_stories_in_a_language_that_is_not_read_are_no_part_of_the_net_tone(made: Newsroom) -> None:
    app = made.app
    measuring = Measuring(app.settings, app.store, app.listening, app.gathering, app.voices)
    few = measuring.measured({"metric": "net_tone"}, WINDOW)
    assert (few.value, few.n, few.why) == (None, 2, "too few stories have a tone; 18 are not scored")
    told = app.gathering.tone(app.gathering.briefly(WINDOW.start, WINDOW.end), WINDOW)
    assert (told.stories, told.unscored, told.counted) == (20, 18, None)
    for _ in range(18):
        made.find(BLAME)
    again = Measuring(app.settings, app.store, app.listening, app.gathering, app.voices)
    enough = again.measured({"metric": "net_tone"}, WINDOW)
    assert (enough.value, enough.low, enough.n) == (-1.0, None, 20)
