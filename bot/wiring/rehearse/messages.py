"""What becomes of key messages under another configuration: outcomes won and lost, each with the words that show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.model import Alignment, KeyMessage, Outcome, Score

_SILENT = (None, Outcome.NONE)


@dataclass(frozen=True, slots=True)
class Turn:
    """A mention in which a message's outcome changes; None: not coded. ``quote`` shows the one that says more."""

    mention: str
    before: Outcome | None
    after: Outcome | None
    quote: str
    url: str | None


@dataclass(slots=True)
class MessageTurns:
    """One message: ``change`` is what is done to its words, empty for nothing; gained, lost and turned outcomes."""

    message: str
    change: str
    same: int = 0
    gained: list[Turn] = field(default_factory=list)
    lost: list[Turn] = field(default_factory=list)
    turned: list[Turn] = field(default_factory=list)


class MessageTally:
    """Takes in mentions scored by both, one after the other."""

    def __init__(self, present: tuple[KeyMessage, ...], other: tuple[KeyMessage, ...]) -> None:
        old, new = ({message.id: message for message in side} for side in (present, other))
        changes = dict(changes_between(old, new, "put otherwise"))
        names = dict.fromkeys(message.id for message in (*present, *other))
        self._held = {name: MessageTurns(name, changes.get(name, "")) for name in names}

    @property
    def rows(self) -> tuple[MessageTurns, ...]:
        """Each message, in the order of the configurations."""
        return tuple(self._held.values())

    def add(self, before: Score, after: Score, url: str | None) -> None:
        """Compares what both say of a mention."""
        old, new = ({one.message: one for one in score.alignments} for score in (before, after))
        for name in {**old, **new}:
            row = self._held.get(name)
            if row is not None:
                _compare(row, before.mention, old.get(name), new.get(name), url)


def _compare(row: MessageTurns, mention: str, old: Alignment | None, new: Alignment | None, url: str | None) -> None:
    before, after = (None if one is None else one.outcome for one in (old, new))
    if before is after or (before in _SILENT and after in _SILENT):
        row.same += 1
        return
    kept = new if new and after not in _SILENT else old
    turn = Turn(mention, before, after, kept.quote if kept else "", url)
    (row.gained if before in _SILENT else row.lost if after in _SILENT else row.turned).append(turn)


def changes_between(old: Mapping[str, object], new: Mapping[str, object], otherwise: str) -> Iterator[tuple[str, str]]:
    """Each name's change: new, gone, or ``otherwise`` if it means something else; those that stay are left out."""
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield name, "new"
        elif name not in new:
            yield name, "gone"
        elif old[name] != new[name]:
            yield name, otherwise
