"""A desk whose brand is an ordinary word: what is set aside, what a label does, and what is learned from labels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.digest.forms.render import render_html, render_text
from bot.errors import ConfigError
from bot.model import Counted, LabelKind, Mention, Page, RelevanceBasis, Target, mention_of
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.desk import Desk
from tests.support.samples import a_mention, an_item

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TARGET = Target("blogs", "https://example.org/feed.xml")
CONFIG = """
[[subject]]
id = "slack"
name = "Slack"
query = "slack"
[subject.context]
any = ["workspace", "app"]
none = ["wax"]
[[source]]
id = "blogs"
connector = "rss"
feeds = ["https://example.org/feed.xml"]
[[source]]
id = "own-forum"
connector = "rss"
relevance = "assume"
feeds = ["https://forum.example/feed.xml"]
[[digest]]
id = "pr"
audience = "pr"
at = "00:00"
"""


class World:
    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, ManualClock(NOW)
        self.write(CONFIG)
        empty_database(folder)
        self.app = self.start()

    def write(self, config: str) -> None:
        (self.folder / "heard.toml").write_text(config, encoding="utf-8")

    def start(self) -> App:
        return App(load_settings(self.folder / "heard.toml"), self.clock)

    def said(self, *texts: str, first: int = 1, trainable: bool = True) -> list[str]:
        """Saves texts as a feed's, judged as collecting does; their mentions' ids."""
        self.app.store.add_targets([TARGET], NOW)
        items = [an_item(first + at, text, published_at=NOW - timedelta(days=1)) for at, text in enumerate(texts)]
        mentions = [a_mention(item, "slack", NOW, f"s{item.key}") for item in items]
        self.app.store.save_page(TARGET, Page(items=tuple(items)), mentions, NOW, NOW, trainable=trainable)
        self.app.listening.score()
        return [mention.id for mention in mentions]

    def label(self, mention_id: str, word: str) -> None:
        self.app.judging.label(self.mention(mention_id), LabelKind.RELEVANT, word, who="ada", source="test", about=None)

    def mention(self, mention_id: str) -> Mention:
        found = self.app.store.mention(mention_id)
        assert found is not None
        return mention_of(found)

    def listed(self, counted: Counted = Counted.COUNTED) -> set[str]:
        rows = self.app.store.mentions(counted=counted)
        return {mention_of(row).item.text for row in rows}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.app.close()


def test_the_digest_leaves_out_what_was_set_aside_and_says_how_much(world: World) -> None:
    world.said("Slack wax again", "slack wax prices", "The Slack app is down", "some slack")
    report, window = world.app.telling.window("pr", None)
    body = world.app.telling.compose(report, window)
    assert (body["mentions"], body["set_aside"], body["not_judged"]) == (2, 2, 1)
    line = "2 mentions were set aside as irrelevant and not counted; 1 more could not be judged relevant or not, and counts."
    assert body["aside_text"] == line
    assert line in " ".join(render_text(body).split())
    assert line in " ".join(render_html(body).split())
    digest = world.app.telling.publish(report, window)
    assert len(digest.mentions) == 2


def test_a_digest_that_was_kept_before_there_was_relevance_is_still_drawn(world: World) -> None:
    report, window = world.app.telling.window("pr", None)
    body = dict(world.app.telling.compose(report, window))
    for key in ("aside_text", "set_aside", "not_judged"):
        del body[key]
    assert render_text(body)


def test_a_changed_context_judges_anew_what_no_digest_has_told(world: World) -> None:
    told, label = world.said("Slack wax is told before", "Slack wax")
    world.label(told, "yes")
    report, window = world.app.telling.window("pr", None)
    assert world.app.telling.publish(report, window).mentions == (told,)
    world.write(CONFIG.replace('none = ["wax"]', ""))
    world.app.close()
    world.app = world.start()
    (late,) = world.said("slack candles", first=7)
    assert world.mention(label).relevance.relevant is None
    assert world.mention(late).relevance.relevant is None
    assert world.mention(told).relevance.basis is RelevanceBasis.LABEL
    assert world.app.judging.judge_anew(stop=lambda: False) == 0


def test_a_label_moves_a_mention_and_stays(world: World) -> None:
    first, second = world.said("Slack wax", "The Slack app")
    world.label(first, "yes")
    world.label(second, "no")
    assert world.listed() == {"Slack wax"}
    world.app.listening.score()
    assert world.listed(Counted.NO) == {"The Slack app"}


def test_labels_are_learned_from_and_what_was_open_is_judged(world: World) -> None:
    ids = world.said(*(f"{word} slack {word} number" for word in ("rope", "chat") for _ in range(30)))
    for at, mention_id in enumerate(ids):
        world.label(mention_id, "no" if at < 30 else "yes")
    (rope, chat) = world.said("rope slack rope", "chat slack chat", first=100)
    assert world.mention(rope).relevance.relevant is None
    assert world.app.judging.fit_grown(stop=lambda: False) == 1
    assert world.app.judging.fit_grown(stop=lambda: False) == 0
    world.app.listening.score()
    assert [world.mention(one).relevance.relevant for one in (rope, chat)] == [False, True]
    assert world.mention(rope).relevance.basis is RelevanceBasis.MODEL
    assert "60 labels" in world.mention(rope).relevance.reason


def test_what_may_not_be_trained_on_is_judged_and_never_learned_from(world: World) -> None:
    ids = world.said(*(f"{word} slack {word}" for word in ("rope", "chat") for _ in range(30)), trainable=False)
    for at, mention_id in enumerate(ids):
        world.label(mention_id, "no" if at < 30 else "yes")
    assert world.mention(ids[0]).relevance.basis is RelevanceBasis.LABEL
    assert world.app.store.training_counts() == {}
    assert world.app.judging.fit_grown(stop=lambda: False) == 0
    (model,) = world.app.judging.fit(["slack"])
    assert (model.yes, model.no, dict(model.weights)) == (0, 0, {})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('none = ["wax"]', "nune = []", "did you mean 'none'?"),
        ('any = ["workspace", "app"]\nnone = ["wax"]', "within = 5", "name companions"),
        ('any = ["workspace", "app"]', "required = true", "'required' asks for one of the companions in 'any'"),
        ('none = ["wax"]', "within = 0", "within"),
        ('"assume"', '"trust"', "'assume', 'judge' or 'require-context'"),
        ('[subject.context]\nany = ["workspace", "app"]\nnone = ["wax"]\n', "", None),
    ],
)
def test_a_wrong_context_is_said_in_words(world: World, old: str, new: str, words: str | None) -> None:
    assert old in CONFIG
    world.write(
        CONFIG.replace(old, new) if words else CONFIG.replace(old, new).replace('"assume"', '"require-context"')
    )
    with pytest.raises(ConfigError, match=words or "'own-forum': relevance = \"require-context\" needs a"):
        world.start()


def test_a_companion_that_is_no_query_is_named_by_the_check(world: World) -> None:
    world.write(CONFIG.replace('"wax"', '"wax OR"'))
    said = Desk(world.folder).heard("check")
    assert said.code == 2
    assert "[[subject]] 'slack': context.none" in said.out


def test_the_commands_label_list_and_explain(world: World) -> None:
    first, second = world.said("Slack wax", "The Slack app")
    desk = Desk(world.folder)
    listed = desk.heard("mentions").out
    assert first not in listed
    assert "1 set aside as irrelevant is not shown: heard mentions --relevant no" in listed
    (row,) = desk.heard("mentions", "--relevant", "no", "--json").rows
    assert (row["id"], row["relevant"], row["relevance_basis"]) == (first, False, "rule")
    assert len(desk.heard("mentions", "--relevant", "all", "--json").rows) == 2
    assert "irrelevant, set aside, by rule: “wax”" in desk.heard("explain", first).out
    said = desk.heard("label", first, "--relevant", "yes", "--tone", "neutral", "--who", "ada")
    assert f"{first}: relevant: yes" in said.out
    assert "This overrules the rule: “wax”" in said.out
    assert "relevant, by label: labelled by ada" in desk.heard("explain", first).out
    desk.heard("label", first, "--duplicate", f"{second}=no", "--who", "ada")
    rows = desk.heard("label", "--list", "--json").rows
    assert [(row["kind"], row["value"], row["about"]) for row in rows] == [
        ("relevant", "yes", None),
        ("tone", "neutral", None),
        ("duplicate", "no", second),
    ]
    assert "any of workspace, app; none of wax; in the whole piece" in desk.heard("relevance").out
    (standing,) = desk.heard("relevance", "--json").rows
    assert standing["labels"] == {"yes": 1, "no": 0}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nobody", "--relevant", "no"), 1),
        ((), 2),
        (("{id}", "--relevant", "maybe"), 2),
        (("{id}", "--message", "x=full"), 2),
        (("{id}", "--duplicate", "{id}"), 2),
        (("{id}", "--duplicate", "nobody=yes"), 1),
        (("--relevant", "no"), 2),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(
    world: World, arguments: tuple[str, ...], code: int
) -> None:
    (mention_id,) = world.said("Slack wax")
    desk = Desk(world.folder)
    assert desk.heard("label", *(part.replace("{id}", mention_id) for part in arguments)).code == code
    assert list(world.app.store.labels()) == []
