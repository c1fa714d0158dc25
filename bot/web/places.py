"""Where people may go: the pages that stand in the navigation, by what they ask for. A new page adds its line."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.access import Caller, Scope


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation: its address, its name, what it takes, and what it is for."""

    path: str
    name: str
    scope: Scope
    what: str


@dataclass(frozen=True, slots=True)
class Here:
    """A place as one caller sees it from where they are."""

    place: Place
    current: bool


PLACES = (
    Place("/digests", "Digests", Scope.READ, "What was told, as a page, and how its letters stand."),
    Place("/mentions", "Mentions", Scope.READ, "What was said, and how each piece was read and scored."),
    Place("/alerts", "Alerts", Scope.READ, "What stood out, why, and what each alert would have done before."),
    Place("/impact", "Impact", Scope.READ, "How each objective stands, and what came of what was said."),
    Place("/exports", "Exports", Scope.READ, "Tables as files for Excel and others, and digests on paper."),
    Place("/desk", "Desk", Scope.READ, "Today's redemptions, the curve, refusals and the last events."),
    Place("/till", "Till", Scope.REDEEM, "Type or scan a code and redeem it."),
)


def places_of(caller: Caller | None, path: str) -> tuple[Here, ...]:
    """The places that somebody may go to, the one at ``path`` marked."""
    if caller is None:
        return ()
    return tuple(
        Here(place, path == place.path or path.startswith(f"{place.path}/"))
        for place in PLACES
        if caller.may(place.scope)
    )
