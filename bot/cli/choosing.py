"""The filters of a listing, which ``heard mentions`` and the exports share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bot.model import UNKNOWN_TONE, Counted

Command = TypeVar("Command", bound=Callable[..., Any])

since_option = click.option("--since", metavar="WHEN", help="From this day or time on: 2026-11-01, 7d, 12h.")
until_option = click.option("--until", metavar="WHEN", help="Before this day or time.")

_OPTIONS = (
    click.option("--subject", metavar="ID", help="Only mentions of this subject."),
    click.option("--source", metavar="ID", help="Only mentions from this source."),
    since_option,
    until_option,
    click.option("--tone", type=click.Choice(["positive", "neutral", "negative", UNKNOWN_TONE]),
                 help="Only this tone; unknown: not scored, or the text does not say."),
    click.option("--message", metavar="ID", help="Only mentions that carry or contradict this message."),
    click.option("--story", metavar="ID", help="Only the copies of this story (--json prints each mention's story)."),
    click.option("--search", metavar="WORDS",
                 help='Only mentions with all these words; "words in quotes" stand together.'),
    click.option("--relevant", type=click.Choice([str(which) for which in Counted if which is not Counted.COUNTED]),
                 help="Only what is about the subject, or is not; unknown: nothing could tell; all: both "
                      "(else all but what was set aside as irrelevant)."),
)  # fmt: skip


def mention_filters(command: Command) -> Command:
    """Every filter of mentions, as options in the order in which help lists them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
