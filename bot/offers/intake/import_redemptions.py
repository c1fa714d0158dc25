"""The use case of a list of redemptions: each line counts once, however often the file comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from bot.errors import BadClaim, KeyReused
from bot.model import BadLine, Claim, Reason, RedemptionResult
from bot.offers.intake.redemption_list import Listed, PassedOver, read_claims
from bot.offers.intake.table import Table

AT_ONCE = 50
"""Lines that are redeemed in one transaction: few enough that a till hardly waits for its turn."""


class LineResult(StrEnum):
    """What became of a line."""

    REDEEMED = "redeemed"
    KNOWN = "known"
    REFUSED = "refused"
    BAD = "bad"
    WITHOUT_CODE = "without_code"
    NOT_PAID = "not_paid"


@dataclass(frozen=True, slots=True)
class LineReport:
    """One line's result. ``reason`` is the ledger's; ``why`` is in words, for a line that cannot be used."""

    result: LineResult
    line: int = 0
    code: str = ""
    reason: Reason | None = None
    why: str = ""


def import_redemptions(
    table: Table,
    redeem: Callable[[Claim], RedemptionResult],
    is_ours: Callable[[Claim], bool],
    together: Callable[[], AbstractContextManager[None]],
    *,
    zone: str,
    salt: bytes,
    shop: str | None = None,
) -> Iterator[LineReport]:
    """Redeems what each line of the table claims, and says what became of it, line by line.

    A code that nobody knows is reported and not written to the ledger: a list with another list's codes is a mistake,
    not an attack. Every other refusal is kept with its reason, for whoever honoured it did. ``together`` makes one
    transaction of what is redeemed inside; a line is reported once it is kept. Raises StoreError; what was redeemed
    before is kept, and known when the file comes again.
    """
    claims = read_claims(table, zone, salt, shop=shop)
    while lines := list(islice(claims, AT_ONCE)):  # read before the transaction begins, so that others get their turn
        with together():
            reports = [_report(line, redeem, is_ours) for line in lines]
        yield from reports


def _report(
    listed: Listed, redeem: Callable[[Claim], RedemptionResult], is_ours: Callable[[Claim], bool]
) -> LineReport:
    if isinstance(listed, PassedOver):
        return LineReport(LineResult(listed.value))
    if isinstance(listed, BadLine):
        return LineReport(LineResult.BAD, listed.line, why=listed.reason)
    return _taken(listed.line, listed.claim, redeem, is_ours)


def _taken(
    line: int, claim: Claim, redeem: Callable[[Claim], RedemptionResult], is_ours: Callable[[Claim], bool]
) -> LineReport:
    if not is_ours(claim):
        return LineReport(LineResult.REFUSED, line, claim.code, Reason.UNKNOWN_CODE)
    try:
        result = redeem(claim)
    except BadClaim as error:
        return LineReport(LineResult.BAD, line, claim.code, why=str(error))
    except KeyReused:
        why = "its key, or its order, was told before with something else on the line; give it a key of its own"
        return LineReport(LineResult.BAD, line, claim.code, why=why)
    if not result.redeemed:
        return LineReport(LineResult.REFUSED, line, claim.code, result.reason)
    return LineReport(LineResult.KNOWN if result.replayed else LineResult.REDEEMED, line, claim.code)
