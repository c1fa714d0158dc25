"""Mentions as rows of an export: what each column means, and what of a mention goes into it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice

from bot.export.table import Column, Kind, Row, Value
from bot.model import KeyMessage, Mention, Outcome, Score, ScoredMention, mention_of
from bot.wiring.export.terms import Texts

AT_ONCE = 200
"""Mentions that are looked at together."""

_T, _N, _I = Kind.TEXT, Kind.NUMBER, Kind.INTEGER

ABOUT = (
    Column("id", _T, "The mention's id: 'heard explain' takes it.", 16),
    Column("subject", _T, "Id of the subject that is named."),
    Column("source", _T, "Id of the configured source that it came from."),
    Column("said_at", Kind.TIME, "When it was said, as far as known; else when it was collected.", 17),
    Column("published_at", Kind.TIME, "When the source says it was published; empty: it gave no credible date.", 17),
    Column("collected_at", Kind.TIME, "When Heard read it.", 17),
    Column("kind", _T, "article, post, comment, repost or quote.", 10),
    Column("outlet", _T, "Where it ran: a host, r/name or x.com.", 22),
    Column("author", _T, "Handle or name of who said it; not given out of posts on X.", 20),
    Column("address", Kind.ADDRESS, "Where it can be read.", 32),
    Column("title", _T, "Its headline; not given out of posts on X.", 50),
    Column("text", _T, "All of it, headline first; not given out of posts on X, nor when it was removed.", 60),
    Column("withheld", _T, "Why author, title, text and quotes are not given; empty: they are.", 18),
    Column("may_train", Kind.FLAG, "Whether the platform's terms allow its text in the training of a model.", 10),
    Column("language", _T, "BCP 47 code of its language, as far as known.", 10),
    Column("story", _T, "Id of the story: copies of one text share it.", 16),
    Column("relevant", Kind.FLAG, "Whether it is about the subject; empty: nothing could tell.", 10),
    Column("own_text", Kind.FLAG, "Whether the subject says it itself; empty: not scored.", 10),
)
SCORED = (
    Column("tone_label", _T, "negative, neutral or positive; empty: not known.", 11),
    Column("tone", _N, "The tone toward the subject, -1 … 1.", 9),
    Column("tone_confidence", _N, "How sure the engine is, 0 … 1.", 11),
    Column("reach", _N, "People (or views, as the method says) that it reached; empty: not known.", 12),
    Column("reach_low", _N, "The low end of the reach.", 12),
    Column("reach_high", _N, "The high end of the reach.", 12),
    Column(
        "reach_basis", _T, "measured, platform_reported, estimated, potential or unknown: never add one to another.", 18
    ),
    Column("reach_method", _T, "The method that made the reach: docs/measurement.md.", 14),
    Column("prominence", _N, "How prominently the subject stands in it.", 11),
    Column("advocacy", _N, "Whether it speaks for or against, -1 … 1.", 10),
    Column("score", _N, "Index points, -10 … 10; empty: the tone is not known.", 9),
    Column("flags", _T, "What is special about the score, parted by semicolons.", 18),
    Column("rules_version", _T, "The rules that the score was made by; compare like with like.", 14),
)


def mention_columns(messages: Iterable[KeyMessage]) -> tuple[Column, ...]:
    """The columns, with two for each key message: how it is carried, and the quote that proves it."""
    coded = (
        column
        for message in messages
        for column in (
            Column(f"outcome_{message.id}", _T, f"How it carries “{message.statement}”: full, partial, misframed, "
                   "contrary or none; empty: not coded.", 16),
            Column(f"quote_{message.id}", _T, "The words that prove it; not given out of posts on X.", 40),
        )
    )  # fmt: skip
    return (*ABOUT, *SCORED, *coded)


def mention_rows(
    found: Iterable[ScoredMention | Mention],
    messages: tuple[KeyMessage, ...],
    texts: Texts,
    trainable: Callable[[Collection[str]], frozenset[str]],
) -> Iterator[Row]:
    """A row for each mention, in order; ``trainable`` tells which of some items may be trained on."""
    rest = iter(found)
    while page := list(islice(rest, AT_ONCE)):
        free = trainable([mention_of(one).item.key for one in page])
        for one in page:
            withheld = texts.why_withheld(mention_of(one))
            score = None if isinstance(one, Mention) else one.score
            about = _about(mention_of(one), score, withheld, may_train=mention_of(one).item.key in free)
            yield (*about, *_scored(score), *_coded(score, messages, withheld))


def _about(mention: Mention, score: Score | None, withheld: str | None, *, may_train: bool) -> Row:
    item, given = mention.item, withheld is None
    return (
        mention.id, mention.subject, mention.source, mention.told_at, item.published_at, mention.collected_at,
        str(item.kind), item.outlet, (item.author.handle or item.author.name) if given else None, item.url,
        (item.title or None) if given else None, item.text if given else None, withheld, may_train,
        (score.language if score else None) or item.language, mention.story or None, mention.relevance.relevant,
        None if score is None else "owned" in score.flags,
    )  # fmt: skip


def _scored(score: Score | None) -> Row:
    if score is None:
        return (None,) * len(SCORED)
    tone, reach = score.tone, score.reach
    return (
        None if tone.label is None else str(tone.label), tone.tone, tone.confidence,
        reach.value, reach.low, reach.high, str(reach.basis), reach.method,
        score.prominence, score.advocacy, score.score, "; ".join(score.flags), score.rules_version,
    )  # fmt: skip


def _coded(score: Score | None, messages: tuple[KeyMessage, ...], withheld: str | None) -> Iterator[Value]:
    coded = {alignment.message: alignment for alignment in score.alignments} if score else {}
    for message in messages:
        alignment = coded.get(message.id)
        yield None if alignment is None else str(alignment.outcome)
        quoted = alignment is not None and alignment.outcome is not Outcome.NONE and withheld is None
        yield alignment.quote if quoted and alignment else None
