"""The evidence behind a number: the mentions that an address counts, and the receipt of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.digest.content.answers import ANY
from bot.digest.plain import safe_url
from bot.digest.wording import OUTCOMES, TONES, in_words
from bot.errors import ConfigError
from bot.model import UNKNOWN_TONE, Factor, Mention, Outcome, RelevanceBasis, ScoredMention, ToneLabel
from bot.model import Span as ToneSpan
from bot.model.access import Caller, Scope
from bot.model.feedback import Judgement
from bot.model.place import place_of
from bot.web.api.cursor import not_ours, read_cursor, write_cursor
from bot.web.api.fields import read_moment
from bot.web.entry import NOT_YOURS, csrf, heard_of, signed_in
from bot.web.pages.texts import Span, around, excerpt, marked
from bot.web.problems import Problem
from bot.web.rendering import go_on, render
from bot.wiring.tell.evidence import OTHERS, OURS, Row, Wanted

router = APIRouter(include_in_schema=False)

Reader = Annotated[Caller, Depends(signed_in(Scope.READ))]
READS = Depends(signed_in(Scope.READ))
DROVE = 6
"""So many of the words that drove the tone are marked and listed, as by ``heard explain``; its ``--json`` has them
all.
"""
FROM_PAGE = "page"
"""The source of labels that people give here."""
NO_MENTION = "There is no such mention. It may have been deleted where it stood, and then it is deleted here too."
TONE_WORDS = {str(tone): TONES[tone] for tone in ToneLabel} | {UNKNOWN_TONE: TONES[None]}
ANSWERS = {ANY: "any of them", "complaint": "a complaint", "question": "a question", "thanks": "thanks"}
"""What wants an answer: as addresses have it, and as people read it."""
BASES = {
    RelevanceBasis.LABEL: "by a person",
    RelevanceBasis.RULE: "by rule",
    RelevanceBasis.MODEL: "by the classifier",
    RelevanceBasis.ASSUMED: "assumed",
}


Word = Annotated[str, Field(max_length=200)]
Day = Annotated[date, Field(ge=date(1970, 1, 1), lt=date(9000, 1, 1))]
"""Outside of it not every zone's midnight can be worked out."""


class Asked(BaseModel):
    """The address's query; days are local, the last one exclusive."""

    model_config = ConfigDict(frozen=True)

    subject: Word | None = None
    source: Word | None = None
    since: Day | None = None
    until: Day | None = None
    tone: Annotated[str, Field(pattern=f"^({'|'.join(TONE_WORDS)})$")] | None = None
    message: Word | None = None
    outcome: Outcome | None = None
    story: Word | None = None
    objective: Word | None = None
    by: Annotated[str, Field(pattern=f"^({OTHERS}|{OURS})$")] | None = None
    digest: Word | None = None
    answer: Annotated[str, Field(pattern=f"^({'|'.join(ANSWERS)})$")] | None = None
    after: Annotated[str, Field(max_length=400)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A field of a form that was left empty asks for nothing."""
        return {name: value for name, value in given.items() if value != ""}

    @property
    def wanted(self) -> Wanted:
        """What is asked for."""
        return Wanted(**self.model_dump(exclude={"after"}))


@router.get("/mentions", dependencies=[READS])
def show_mentions(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """What a number counts, newest first."""
    heard = heard_of(request)
    place = read_cursor(asked.after, str, str)
    moment = read_moment(place[0]) if place else None
    if place is not None and moment is None:
        raise not_ours()
    try:
        found = heard.evidence.list(asked.wanted, (moment, place[1]) if place and moment else None)
    except ConfigError as error:
        raise Problem(422, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    now = found.wanted
    settings = heard.settings
    filters = asked.model_dump(mode="json", exclude_none=True, exclude={"after"})
    return render(
        request,
        "mentions.html.j2",
        found=found,
        wanted=now,
        filters=filters,
        names=_names(request),
        rows=[_row(one) for one in found.rows],
        tones=TONE_WORDS,
        answers=ANSWERS,
        outcomes=OUTCOMES,
        settings=settings,
        last_day=now.until - timedelta(days=1) if now.until else None,
        address=lambda **other: _address(filters, **other),
        following=None if found.after is None else write_cursor(found.after[0].isoformat(), found.after[1]),
        first=asked.after is None,
    )


@router.get("/mentions/{mention}")
def show_mention(request: Request, caller: Reader, mention: str) -> Response:
    """The receipt of a mention: every factor, what drove the tone, each message's quote; and the way to correct it."""
    heard = heard_of(request)
    receipt = heard.evidence.receipt(mention)
    if receipt is None:
        raise Problem(404, NO_MENTION)
    found, item = receipt.found, receipt.mention.item
    score = found.score if isinstance(found, ScoredMention) else None
    corrects = caller.may(Scope.LABEL) and not item.removed
    return render(
        request,
        "mention.html.j2",
        receipt=receipt,
        mention=receipt.mention,
        shown=excerpt(receipt.mention),
        score=score,
        names=_names(request),
        text=marked(item.text, _spans(found)),
        factors=[] if score is None else [_factor(one) for one in score.factors],
        spans=_drove(found) if isinstance(found, ScoredMention) else (),
        quotes=[] if score is None else [
            (one, around(item.text, one) if one.quote else (), place_of(item, one)) for one in score.alignments
        ],
        outcomes=OUTCOMES,
        tone_said=TONES[score.tone.label] if score else "",
        tone_why=in_words(score.tone.why or "") if score else "",
        basis=BASES.get(receipt.mention.relevance.basis) if receipt.mention.relevance.basis else None,
        labels=list(heard.store.labels(mention=mention)),
        questions=heard.feedback.questions(found) if corrects else (),
        url=safe_url(item.url),
        gone=heard.evidence.gone(receipt.mention),
    )  # fmt: skip


@router.post("/mentions/{mention}/label", dependencies=[Depends(csrf)])
def correct(
    request: Request,
    caller: Annotated[Caller, Depends(signed_in(Scope.LABEL))],
    mention: str,
    judgement: Annotated[str, Form(max_length=20)] = "",
    answer: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Takes a signed-in person's word on a mention; it counts at once."""
    if caller.role is None:
        raise Problem(403, NOT_YOURS)
    heard = heard_of(request)
    found = heard.store.mention(mention)
    if found is None or (found.mention if isinstance(found, ScoredMention) else found).item.removed:
        raise Problem(404, NO_MENTION)
    value, _, about = answer.partition(":")
    questions = {str(one.judgement): one for one in heard.feedback.questions(found)}
    question = questions.get(judgement)
    choice = question.choice(value, about or None) if question else None
    back = f"/mentions/{mention}"
    if question is None or choice is None:
        return go_on(request, back, "Nothing was kept: choose one of the answers first.")
    heard.feedback.label(found, Judgement(judgement), choice, who=caller.name, source=FROM_PAGE)
    return go_on(request, back, "Kept, and it counts from now on. Thank you.")


def _row(row: Row) -> Mapping[str, Any]:
    """One line of evidence, as the template takes it."""
    found = row.found
    score = found.score if isinstance(found, ScoredMention) else None
    text = row.mention.item.text
    quotes = [(one, around(text, one) if one.quote else ()) for one in row.alignments]
    return {
        "row": row,
        "mention": row.mention,
        "shown": excerpt(row.mention),
        "score": score,
        "quotes": quotes,
        "quoted": any(segments for _, segments in quotes),
        "tone": TONES[score.tone.label] if score else "not scored yet",
        "tone_kind": str(score.tone.label or "none") if score else "none",
    }


def _names(request: Request) -> Mapping[str, Mapping[str, str]]:
    """What configured things are called."""
    settings = heard_of(request).settings
    return {
        "subject": {row.id: row.name for row in settings.subjects},
        "message": {row.id: row.statement for row in settings.messages},
        "objective": {row.id: row.statement for row in settings.objectives},
    }


def _address(filters: Mapping[str, str], **other: object) -> str:
    """The address of the list with some filters otherwise; None drops one."""
    asked = {**filters, **other}
    return f"/mentions?{urlencode({key: str(value) for key, value in asked.items() if value is not None})}"


def _spans(found: ScoredMention | Mention) -> Sequence[Span]:
    """What was found in the text: the names, what drove the tone, the messages' quotes."""
    mention = found.mention if isinstance(found, ScoredMention) else found
    spans = [Span(hit.start, hit.end, "name") for hit in mention.matched if hit.field in ("title", "text")]
    if isinstance(found, ScoredMention):
        spans += [Span(one.start, one.end, "good" if one.contribution > 0 else "bad") for one in _drove(found)]
        spans += [Span(one.start, one.end, "quote") for one in found.score.alignments if one.quote]
    return spans


def _drove(scored: ScoredMention) -> Sequence[ToneSpan]:
    """The words that weighed most in the tone, the heaviest first."""
    return sorted(scored.score.tone.spans, key=lambda one: -abs(one.contribution))[:DROVE]


def _factor(factor: Factor) -> Mapping[str, str]:
    value = factor.value
    shown = "unknown" if value is None else f"{value:.4g}".replace("-", "−") if isinstance(value, float) else str(value)
    words = {"name": factor.name, "source": factor.source}
    return {key: text.replace("_", " ") for key, text in words.items()} | {
        "value": shown,
        "method": in_words(factor.method),
    }
