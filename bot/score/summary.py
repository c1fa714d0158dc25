"""How each key message stands over a set of scored mentions (measurement §5.2): a pure read model for table and digest.

Counted over stories, so that copies count once, and over earned ones only: what the subject says itself, and reprints
of it, prove nothing. Which stories hold a subject's own text the store knows, over all time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.model import (
    CARRIES,
    ENOUGH,
    HURTS,
    OUTCOME_VALUE,
    Alignment,
    Evidence,
    Interval,
    KeyMessage,
    MessageStanding,
    Outcome,
    ScoredMention,
    Subject,
)
from bot.phrases import plural
from bot.score.rates import Rate, mean_value, small_share, wilson

QUOTES = 3
MOST_NEEDED = 10_000
"""More further stories than this are not promised to settle anything."""

Coded = tuple[ScoredMention, Alignment]


def summarise(
    messages: Sequence[KeyMessage],
    mentions: Sequence[ScoredMention],
    subjects: Sequence[Subject],
    *,
    period: Interval,
    own_stories: Collection[str] = (),
    previous: Sequence[MessageStanding] = (),
) -> tuple[MessageStanding, ...]:
    """One standing a message, in the messages' order, over the own subjects' earned stories among ``mentions``.

    ``own_stories`` are the ids of stories that hold a text of the own subjects, ``previous`` the standings of the
    period before, for the comparison.
    """
    own = {subject.id for subject in subjects if subject.own}
    stories = earned_stories((scored for scored in mentions if scored.mention.subject in own), own_stories)
    before = {standing.message: standing.penetration for standing in previous}
    found = [strongest(story) for story in stories]
    coded = {message.id: [story[message.id] for story in found if message.id in story] for message in messages}
    return tuple(
        _standing(
            message,
            Counter(alignment.outcome for _, alignment in coded[message.id]),
            period,
            before.get(message.id),
            _evidence(coded[message.id]),
        )
        for message in messages
    )


def counted_standings(
    messages: Sequence[KeyMessage], counts: Mapping[str, Mapping[Outcome, int]], period: Interval
) -> tuple[MessageStanding, ...]:
    """The same from how many stories have which outcome, by message: without evidence, and nothing beside it."""
    return tuple(_standing(message, Counter(counts.get(message.id)), period) for message in messages)


def earned_stories(
    mentions: Iterable[ScoredMention], own_stories: Collection[str]
) -> tuple[tuple[ScoredMention, ...], ...]:
    """What others say, grouped into stories, oldest first in each.

    A press release that forty sites reprint is one of ``own_stories`` and left out as a whole; of an earned story, the
    posts by which the subject passes it on.
    """
    groups: dict[tuple[str, str], list[ScoredMention]] = {}
    for scored in sorted(mentions, key=lambda one: (one.mention.told_at, one.mention.id)):
        mention = scored.mention
        if not (mention.item.removed or scored.owned or mention.story in own_stories):
            groups.setdefault((mention.subject, mention.story or mention.id), []).append(scored)
    return tuple(map(tuple, groups.values()))


def _standing(
    message: KeyMessage,
    counts: Counter[Outcome],
    period: Interval,
    previous: float | None = None,
    evidence: tuple[Evidence, ...] = (),
) -> MessageStanding:
    relevant = sum(counts.values())
    enough = relevant >= ENOUGH
    carried, hurt = (sum(counts[outcome] for outcome in some) for some in (CARRIES, HURTS))
    share = wilson(carried, relevant) if enough else None
    net = mean_value((OUTCOME_VALUE[outcome], count) for outcome, count in counts.items()) if enough else None
    against = small_share(hurt, relevant) if enough else None
    return MessageStanding(
        message=message.id,
        statement=message.statement,
        period=period,
        relevant=relevant,
        full=counts[Outcome.FULL],
        partial=counts[Outcome.PARTIAL],
        misframed=counts[Outcome.MISFRAMED],
        contrary=counts[Outcome.CONTRARY],
        penetration=share.value if share else None,
        penetration_low=share.low if share else None,
        penetration_high=share.high if share else None,
        net_pull_through=net.value if net else None,
        low=net.low if net else None,
        high=net.high if net else None,
        contrary_rate=against.value if against else None,
        contrary_low=against.low if against else None,
        contrary_high=against.high if against else None,
        previous=previous,
        target=message.target,
        verdict=_verdict(share, net, message.target, carried, relevant),
        evidence=evidence,
    )


def strongest(story: Sequence[ScoredMention]) -> Mapping[str, Coded]:
    """What a story does to each message that it was coded for, and the mention that shows it: the outcome of the
    largest absolute value, a contradiction at a tie.
    """
    found: dict[str, Coded] = {}
    for scored in story:
        for alignment in scored.score.alignments:
            best = found.get(alignment.message)
            if best is None or _weight(alignment) > _weight(best[1]):
                found[alignment.message] = scored, alignment
    return found


def _weight(alignment: Alignment) -> tuple[float, bool, float]:
    value = OUTCOME_VALUE[alignment.outcome]
    return abs(value), value < 0, alignment.confidence


def _verdict(share: Rate | None, net: Rate | None, target: float | None, carried: int, relevant: int) -> str:
    if share is None or net is None:
        return "too few to say"
    return verdict(share, net, target) or f"cannot tell yet ({_needed(target or 0.0, carried, relevant)})"


def verdict(share: Rate, net: Rate, target: float | None) -> str:
    """Whether the message happens, from the interval against its target; without one, whether more carry it than not.

    Empty where a target lies within the interval.
    """
    if target is None:
        if net.low > 0:
            return "happening"
        return "not happening" if net.high <= 0 else "cannot tell yet"
    if share.low >= target:
        return "happening"
    return "not happening" if share.high < target else ""


def _needed(target: float, carried: int, relevant: int) -> str:
    """How many more stories would settle it if the share stays as it is: the first count, by doubling and halving."""
    share = carried / relevant

    def settled(stories: int) -> bool:
        rate = wilson(round(share * stories), stories)
        return rate.low >= target or rate.high < target

    if not settled(relevant + MOST_NEEDED):
        return f"needs more than {MOST_NEEDED:,} more stories"
    low, high = relevant, relevant + MOST_NEEDED
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle, high)
    return f"needs about {plural(_rounded(high - relevant), 'more story', 'more stories')}"


def _rounded(count: int) -> int:
    """Up to two significant digits: it is a forecast."""
    step = int("1".ljust(len(str(count)) - 1, "0"))
    return math.ceil(count / step) * step


def _evidence(coded: Sequence[Coded]) -> tuple[Evidence, ...]:
    """Every contradiction, and the three best quotes that carry the message; those that reach more people first."""

    def order(pair: Coded) -> tuple[float, float, str]:
        return -pair[1].confidence, -pair[0].score.weight, pair[0].mention.id

    against = sorted((pair for pair in coded if pair[1].outcome in HURTS), key=order)
    carrying = sorted(
        (pair for pair in coded if pair[1].outcome in CARRIES),
        key=lambda pair: (pair[1].outcome is not Outcome.FULL, *order(pair)),
    )
    return tuple(
        Evidence(scored.mention.id, alignment.quote, scored.mention.item.url, alignment.outcome)
        for scored, alignment in (*against, *carrying[:QUOTES])
    )
