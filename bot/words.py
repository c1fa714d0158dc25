"""What the machine's words are called for people: one table for pages, digests and the command line alike.

The words themselves (``used_up``, ``rolled_back``) are for programs and stand in JSON; who reads a page, a letter or a
terminal sees these.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model import Door, EventKind, Ground, KeepWord, Reason
from bot.model.impact import ObjectiveVerdict

WHY: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.UNKNOWN_CODE: "code not known",
        Reason.NOT_STARTED: "offer not started",
        Reason.EXPIRED: "offer ended",
        Reason.DISABLED: "offer switched off",
        Reason.USED_UP: "code used before",
        Reason.OFFER_CAP: "all given away",
        Reason.DAY_CAP: "all given away for the day",
        Reason.WEEK_CAP: "all given away for the week",
        Reason.CUSTOMER_CAP: "customer had their share",
        Reason.WRONG_PLACEMENT: "code for another place",
        Reason.RESERVED: "held by a checkout",
        Reason.RESERVATION_EXPIRED: "checkout took too long",
        Reason.ALREADY_ROLLED_BACK: "given back before",
        Reason.ORDER_MISMATCH: "code belongs to another order",
    }
)
"""Each reason in a few words, for tables."""

HAPPENED: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.ISSUED: "issued",
        EventKind.RESERVED: "held",
        EventKind.REDEEMED: "redeemed",
        EventKind.REFUSED: "refused",
        EventKind.ROLLED_BACK: "given back",
        EventKind.RELEASED: "let go",
        EventKind.EXPIRED: "hold ran out",
        EventKind.DISABLED: "switched off",
        EventKind.ENABLED: "switched on",
        EventKind.REPEATED: "told again",
    }
)
"""Each kind of event in a word or two."""

CAME_BY: Mapping[Door, str] = MappingProxyType(
    {
        Door.COMMAND: "command line",
        Door.TILL: "till",
        Door.PAGE: "desk",
        Door.API: "API",
        Door.FILE: "file",
        Door.SHOPIFY: "Shopify",
        Door.WOOCOMMERCE: "WooCommerce",
        Door.SQUARE: "Square",
    }
)
"""Each door by its name."""

DIFFERS: Mapping[Ground, str] = MappingProxyType(
    {
        Ground.NOT_HERE: "the shop lists it, we do not have it",
        Ground.NOT_THERE: "ours, the shop does not have it",
        Ground.REFUSED_HERE: "refused here, perhaps honoured there",
        Ground.GIVEN_BACK: "given back here",
        Ground.NEAR_MIDNIGHT: "near midnight, perhaps another day there",
        Ground.ANOTHER_DAY: "redeemed here on another day or at another place",
        Ground.TWICE: "perhaps told twice",
    }
)
"""Each ground for a difference between a shop's count and ours."""

KEEP: Mapping[KeepWord, str] = MappingProxyType(
    {
        KeepWord.KEEP: "keep it up",
        KeepWord.STOP: "stop it",
        KeepWord.CHANGE: "keep it, but change it",
        KeepWord.SCALE: "do more of it",
        KeepWord.TOO_EARLY: "too early to say",
        KeepWord.CANNOT_SAY: "cannot say",
    }
)
"""Each answer to "keep it up?" in a few words."""

STANDS: Mapping[ObjectiveVerdict, str] = MappingProxyType(
    {
        ObjectiveVerdict.MISSED: "missed",
        ObjectiveVerdict.OFF_TRACK: "off track",
        ObjectiveVerdict.CANNOT_TELL: "cannot tell yet",
        ObjectiveVerdict.ON_TRACK: "on track",
        ObjectiveVerdict.MET: "met",
    }
)
"""Each verdict on an objective, in the order in which verdicts are told: what is amiss comes first."""

FUNNEL_STAGES: Mapping[str, str] = MappingProxyType(
    {
        "exposure": "Said and seen",
        "click": "Clicks",
        "visit": "Visits",
        "lead": "Leads",
        "qualified": "Qualified leads",
        "redemption": "Redemptions",
        "customer": "New customers",
    }
)
"""Each stage of the funnel, in its order."""
