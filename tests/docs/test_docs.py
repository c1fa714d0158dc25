"""The documentation keeps up with the code: keys, commands, error kinds, links, and the example."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from pydantic import BaseModel

from bot import errors
from bot.cli import cli
from bot.digest.sections import DEFAULT_SECTIONS, SECTIONS
from bot.engines.transformer.classifier import ClassifierOptions
from bot.model import Audience, Reason, State
from bot.notify.apprise import AppriseOptions
from bot.notify.email import EmailOptions
from bot.notify.file import FileOptions
from bot.notify.webhook import WebhookOptions
from config.rechecking import RedditPlanTable
from config.tables import BudgetTable, ConfigFile, ContextTable
from connectors.bluesky.options import BlueskyOptions
from connectors.hackernews.options import HackerNewsOptions
from connectors.reddit.options import RedditOptions
from connectors.rss import RssOptions
from connectors.twitter.options import TwitterOptions
from tests.support.desk import Desk
from tests.support.shared import ROOT

DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
LATER = {"reserved", "reservation_expired", "already_rolled_back", "order_mismatch"}


def sections() -> dict[str, str]:
    """The parts of docs/configuration.md by the table or kind that their heading names."""
    parts = re.split(r"^#{2,3} (.+)$", CONFIGURATION, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def section(words: str) -> str:
    (found,) = (text for heading, text in sections().items() if words in heading)
    return found


def keys_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def tables() -> Iterator[tuple[str, str]]:
    """Every key of the configuration with the heading under which it is explained."""
    for name, field in ConfigFile.model_fields.items():
        inner = [
            part for part in (field.annotation, *getattr(field.annotation, "__args__", ())) if inspect.isclass(part)
        ]
        (model,) = (part for part in inner if issubclass(part, BaseModel))
        heading = f"`[{name}]`" if model is field.annotation else f"`[[{name}]]`"
        for key in keys_of(model):
            yield heading, key
    for key in keys_of(BudgetTable):
        yield "`[[source]]`", key
    for key in keys_of(ContextTable):
        yield "ordinary words", key
    for key in keys_of(RedditPlanTable):
        yield "`[retention.recheck]`", key
    for heading, options in (
        ('"rss"', RssOptions),
        ('"hackernews"', HackerNewsOptions),
        ('"bluesky"', BlueskyOptions),
        ('"reddit"', RedditOptions),
        ('"twitter"', TwitterOptions),
        ('"email"', EmailOptions),
        ('"file"', FileOptions),
        ('"apprise"', AppriseOptions),
        ('"webhook"', WebhookOptions),
        ("Larger models", ClassifierOptions),
    ):
        for key in keys_of(options):
            yield heading, key


@pytest.mark.parametrize(("heading", "key"), sorted(set(tables())))
def test_every_key_is_explained_under_its_table(heading: str, key: str) -> None:
    assert f"`{key}`" in section(heading)


def test_no_key_is_explained_that_is_not_there() -> None:
    known = {key for _, key in tables()} | set(SECTIONS)
    for heading, text in sections().items():
        for row in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE):
            for key in re.findall(r"`([a-z_]+)`", row):
                assert key in known, f"{heading}: {key}"


def test_every_section_of_a_digest_is_explained_with_who_reads_it() -> None:
    told = dict(
        re.findall(
            r"^\| `([a-z]+)` \| .+ \| ([a-z, ]+) \|$", section("`[[digest]]`").split("| section |")[1], re.MULTILINE
        )
    )
    for name in SECTIONS:
        readers = [audience.value for audience in Audience if name in DEFAULT_SECTIONS[audience]]
        everybody = len(readers) == len(Audience)
        assert told[name] == ("all" if everybody else ", ".join(readers) or "nobody"), name
    assert told.keys() == set(SECTIONS)


@pytest.mark.parametrize(
    "model", [ConfigFile.model_fields["heard"].annotation, ConfigFile.model_fields["http"].annotation]
)
def test_defaults_are_told_as_they_are(model: type[BaseModel]) -> None:
    text = section("`[heard]`") + section("`[http]`")
    for name, field in model.model_fields.items():
        if isinstance(field.default, str | int | float) and not isinstance(field.default, bool):
            shown = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
            (row,) = (line for line in text.splitlines() if line.startswith("|") and f"`{name}`" in line)
            assert shown in row


def every_command(group: click.Group = cli, path: str = "heard") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{path} {name}"
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path} {name}")


def test_every_command_is_in_the_documentation() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    own = {f"heard {name}" for name in cli.list_commands(click.Context(cli))}
    told = set(every_command()) - {"heard sources pause", "heard offers rollback"}  # their groups' help lists them
    for command in sorted(told | own):
        group = command.rsplit(" ", 1)[0]
        assert command in text or (group != "heard" and group in text), command
    assert own <= {command for command in own if re.search(rf"\b{command}\b", text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_the_pages_name_exist(page: Path) -> None:
    known = set(every_command())
    groups = {command.rsplit(" ", 1)[0] for command in known if command.count(" ") > 1}
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`(heard [^`\n]+)`", text) + re.findall(r"^(heard [^#\n]+)", text, re.MULTILINE)
    for span in spans:
        words = re.sub(r"--config \S+ ", "", span).split()
        if len(words) < 2 or words[1].startswith("-"):
            continue
        command = " ".join(words[:2])
        assert command in known, span
        if command in groups and len(words) > 2 and words[2].islower() and not words[2].startswith("-"):
            assert " ".join(words[:3]) in known, span
        options = {option for option in words if option.startswith("--")}
        assert not options or options <= _options(words), span


def _options(words: list[str]) -> set[str]:
    command: click.Command | None = cli
    known = {option for parameter in cli.params for option in parameter.opts}
    for word in words[1:]:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word)
        if command is None:
            break
        known |= {option for parameter in command.params for option in parameter.opts}
    return known


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page.name}: make {target}"


def test_every_kind_of_error_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    kinds = [
        name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, errors.HeardError)
    ]
    assert len(kinds) > 10
    for kind in kinds:
        assert f"`{kind}`" in text


def test_states_and_reasons_are_listed() -> None:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    for value in [*State, *(reason for reason in Reason if reason not in LATER)]:
        assert f"`{value}`" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith(("https://", "http://", "#", "mailto:")):
            assert (page.parent / unquote(link.partition("#")[0])).exists(), link


def test_every_page_is_reached_from_another() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for page in DOCS:
        assert f"{page.name})" in text, page.name


def test_the_example_is_a_configuration_that_check_accepts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write((ROOT / "config" / "example.toml").read_text(encoding="utf-8"))
    said = desk.heard("check")
    assert (said.code, "WRONG" in said.out) == (0, False), said.out


def test_the_examples_comments_are_configuration_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is commented out as a model works once its comment signs are taken away."""
    for name in (
        "REDDIT_CLIENT_ID",
        "REDDIT_CLIENT_SECRET",
        "X_BEARER_TOKEN",
        "SMTP_PASSWORD",
        "PRIVATE_FEEDS",
        "SHOPIFY_SECRET",
    ):
        monkeypatch.setenv(name, "https://private.example/feed" if name == "PRIVATE_FEEDS" else "made-up")
    monkeypatch.setenv("CHAT_ADDRESSES", "json://chat.example.org/hook")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + "A" * 44)
    monkeypatch.setenv("HEARD_PING", "https://ping.example/8d0b")
    text = (ROOT / "config" / "example.toml").read_text(encoding="utf-8")
    switched_on = re.sub(r"^# (?=(?:\[|[a-z_]+ = ))", "", text, flags=re.MULTILINE).replace('opml = "feeds.opml"', "")
    desk = Desk(tmp_path)
    desk.write(switched_on)
    (tmp_path / "crux.csv").write_text("https://velvetcrumb.example,5000\n", encoding="utf-8")
    said = desk.heard("check")
    assert said.code == 0, said.out + said.err
    for name in ("source reddit", "source x", "channel mail", "channel chat", "channel crm"):
        assert f"ok    {name}" in said.out


@pytest.mark.parametrize(
    "block",
    [
        block
        for page in ("configuration.md", "digests.md", "alerts.md", "impact.md")
        for block in re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    ],
)
def test_the_documentations_own_examples_are_configuration(tmp_path: Path, block: str) -> None:
    from config.settings import load_settings

    subject = "" if "[[subject]]" in block else "[[subject]]\nid = 's'\nname = 'S'\nquery = 's'\n"
    (tmp_path / "heard.toml").write_text(subject + block, encoding="utf-8")
    load_settings(tmp_path / "heard.toml")
