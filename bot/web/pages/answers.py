"""One answer at the till in plain words: what it is, why, and what to do now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.model import Offer, OfferEvent, Reason
from bot.web.pages.words import told_when
from bot.wiring.offers.serving import Served

When = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """``tone`` is ``redeemed``, ``refused`` or ``unsure`` (colour and icon); ``redemption`` may still be given back."""

    tone: str
    headline: str
    what: str = ""
    words: str = ""
    facts: tuple[str, ...] = ()
    hint: str | None = None
    redemption: str | None = None

    @property
    def said(self) -> str:
        """All of it in a breath, for who listens instead of looking."""
        return " ".join(_sentence(part) for part in (self.headline, self.what, self.words, *self.facts) if part)


def answer_of(served: Served, zone: tzinfo) -> Answer:
    """What to tell of a claim."""

    def when(moment: datetime) -> str:
        return told_when(moment, served.now, zone)

    result = served.result
    if served.given_back is not None:
        offer = served.offer
        words = "It is free to be redeemed again."
        return Answer("redeemed", "Given back", offer.name if offer else served.given_back.offer, words)
    if served.retry_after is not None:
        words = f"Too many codes that nobody knows were tried here. Please wait {_wait(served.retry_after)}."
        return Answer("unsure", "Please wait", words=f"{words} Nothing was redeemed.")
    if served.form_reused:
        return Answer("unsure", "Ask again", words="This form had been used before. Nothing was redeemed just now.")
    if served.problem or result is None:
        return Answer("unsure", "Not done", words=served.problem)
    if not result.redeemed:
        reason = result.reason or Reason.UNKNOWN_CODE
        headline, words = _refused(reason, served, when)
        return Answer("refused", headline, served.offer.name if served.offer else "", words, hint=served.hint)
    clock = when(result.at)
    words = f"This was asked before: it counted once, {clock}." if result.replayed else ""
    facts = [result.placement or "", clock, _left(served.left)]
    name = served.offer.name if served.offer else result.offer or ""
    return Answer("redeemed", "Redeemed", name, words, tuple(filter(None, facts)), redemption=result.redemption)


def _refused(reason: Reason, served: Served, when: When) -> tuple[str, str]:
    offer = served.offer
    by_reason: dict[Reason, tuple[str, str]] = {
        Reason.UNKNOWN_CODE: ("Not known", "No offer has this code. Check it letter by letter and try again."),
        Reason.NOT_STARTED: ("Too early", _starts(offer, when)),
        Reason.EXPIRED: ("Too late", _ended(offer, when)),
        Reason.DISABLED: ("Switched off", "This offer was switched off. The community manager knows more."),
        Reason.USED_UP: ("Used before", _used(served.used, when)),
        Reason.OFFER_CAP: ("All gone", _all_gone(offer.cap if offer else None, "")),
        Reason.DAY_CAP: ("All gone today", _all_gone(offer.per_day if offer else None, "today", "tomorrow")),
        Reason.WEEK_CAP: ("All gone this week", _all_gone(offer.per_week if offer else None, "this week", "on Monday")),
        Reason.CUSTOMER_CAP: ("Had their share", "This customer has had as many as the offer allows."),
        Reason.WRONG_PLACEMENT: ("Not for here", _elsewhere(offer, served)),
        Reason.RESERVED: ("On hold", "An order in the shop holds this code just now. Try again in some minutes."),
        Reason.RESERVATION_EXPIRED: (
            "Hold ran out",
            "The order took too long and lost its hold. Redeem the code anew.",
        ),
        Reason.ALREADY_ROLLED_BACK: ("Given back before", "This was given back before. Nothing was changed."),
        Reason.ORDER_MISMATCH: ("Another order’s", "This code belongs to another order."),
    }
    return by_reason[reason]


def _starts(offer: Offer | None, when: When) -> str:
    return f"This offer starts {when(offer.starts)}." if offer and offer.starts else "This offer has not started."


def _ended(offer: Offer | None, when: When) -> str:
    return f"This offer ended {when(offer.ends)}." if offer and offer.ends else "This offer has ended."


def _used(used: OfferEvent | None, when: When) -> str:
    if used is None:
        return "This code has been used."
    where = f", {used.placement}" if used.placement else ""
    return f"This code was used {when(used.at)}{where}."


def _all_gone(cap: int | None, span: str, again: str = "") -> str:
    gone = f"All {cap}" if cap is not None and cap > 1 else "All"
    back = f" There will be more {again}." if again else ""
    return f"{gone} have been given away{f' {span}' if span else ''}.{back}"


def _elsewhere(offer: Offer | None, served: Served) -> str:
    here = served.result.placement if served.result else None
    places = ", ".join(offer.placements) if offer else ""
    there = f" It is for: {places}." if places and here not in (offer.placements if offer else ()) else ""
    where = f"at “{here}”" if here else "here"
    return f"This code does not count {where}.{there}"


def _left(left: int | None) -> str:
    if left is None:
        return ""
    return {0: "none left: this was the last", 1: "1 left"}.get(left, f"{left:,} left")


def _wait(seconds: int) -> str:
    return f"{seconds} seconds" if seconds <= 90 else f"{-(-seconds // 60)} minutes"  # noqa: PLR2004 a minute and a half


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
