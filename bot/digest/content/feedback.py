"""What readers of a digest may set right, in words, and what their corrections changed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.digest.plain import shorten
from bot.digest.wording import OUTCOMES
from bot.model import NO, YES, KeyMessage, LabelKind, Outcome, ToneLabel
from bot.model.feedback import Feedback, Judgement
from bot.phrases import joined, plural

OFFERED: Mapping[Judgement, str] = {
    Judgement.RELEVANT: "Not about us?",
    Judgement.TONE: "Tone wrong?",
    Judgement.MESSAGE: "Message wrong?",
    Judgement.DUPLICATE: "Told twice?",
}
"""The words of the links under a story."""

KIND_OF: Mapping[Judgement, LabelKind] = {judgement: LabelKind(judgement.value) for judgement in Judgement}
"""Which label an answer becomes."""

_NAME, _HEADLINE, _STATEMENT = 40, 110, 160


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: ``value`` is the label's, ``about`` the message or the other mention. ``stands``: it is so now."""

    value: str
    words: str
    about: str | None = None
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Answers under one title, which is empty where the question says all."""

    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What a link asks, with every answer that it takes."""

    judgement: Judgement
    asks: str
    groups: tuple[Group, ...]

    def choice(self, value: str, about: str | None) -> Choice | None:
        """The answer, if it is one of these."""
        found = (choice for group in self.groups for choice in group.choices)
        return next((choice for choice in found if (choice.value, choice.about) == (value, about)), None)

    def standing(self, about: str | None) -> str:
        """What holds at present of ``about``; empty where nothing does."""
        found = (choice for group in self.groups for choice in group.choices)
        return next((choice.value for choice in found if choice.about == about and choice.stands), "")


@dataclass(frozen=True, slots=True)
class Other:
    """Another story of the digest, or another item of the same story: its mention and its headline."""

    mention: str
    headline: str


def ask_relevance(subject: str, *, counted: bool) -> Question:
    """Whether it is about the subject at all."""
    name = shorten(subject, _NAME)
    choices = (
        Choice(NO, f"No, it does not mean {name}: leave it out", stands=not counted),
        Choice(YES, f"Yes, it is about {name}", stands=counted),
    )
    return Question(Judgement.RELEVANT, f"Is this about {name}?", (Group("", choices),))


def ask_tone(subject: str, present: ToneLabel | None) -> Question:
    """How it speaks of the subject."""
    choices = tuple(Choice(tone.value, tone.value.capitalize(), stands=tone is present) for tone in ToneLabel)
    return Question(Judgement.TONE, f"How does this speak of {shorten(subject, _NAME)}?", (Group("", choices),))


def ask_message(messages: Sequence[KeyMessage], present: Mapping[str, Outcome]) -> Question:
    """What it does to each key message."""
    groups = tuple(
        Group(
            shorten(message.statement, _STATEMENT),
            tuple(
                Choice(outcome.value, words.capitalize(), message.id, present.get(message.id) is outcome)
                for outcome, words in OUTCOMES.items()
            ),
        )
        for message in messages
    )
    return Question(Judgement.MESSAGE, "What does this do to a message of ours?", groups)


def ask_duplicate(others: Sequence[Other], copies: Sequence[Other]) -> Question:
    """Whether it tells the same as another story of the digest, or not the same as what it was counted with."""
    same = tuple(Choice(YES, shorten(one.headline, _HEADLINE), one.mention) for one in others)
    apart = tuple(Choice(NO, shorten(one.headline, _HEADLINE), one.mention) for one in copies)
    groups = (Group("It tells the same as", same), Group("It was counted as one story with this, and is not", apart))
    asks = "Is this a story that stands here twice?"
    return Question(Judgement.DUPLICATE, asks, tuple(group for group in groups if group.choices))


@dataclass(frozen=True, slots=True)
class Shown:
    """How a corrected mention counts now."""

    counted: bool
    tone: ToneLabel | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What readers' corrections of a stretch of time changed, the last word on each question against what held first.

    ``corrections`` counts questions that ended otherwise than they began, ``agreed`` those that ended the same.
    ``mentions`` and ``tones`` say by how much the counts moved; ``text`` says all of it, empty where nobody said
    anything.
    """

    corrections: int = 0
    agreed: int = 0
    set_aside: int = 0
    taken_back: int = 0
    mentions: int = 0
    tones: Mapping[ToneLabel, int] | None = None
    text: str = ""


_Question = tuple[str, Judgement, str | None]


def changes_of(feedback: Sequence[Feedback], shown: Mapping[str, Shown], messages: Mapping[str, str]) -> Changes:
    """What this feedback, oldest first, changed. ``shown`` is how its mentions count now (one that is gone is not in
    it), ``messages`` are statements by id.
    """
    ends = _ends(feedback)
    moved = {question: (was, now) for question, (was, now) in ends.items() if was != now}
    relevance = Counter(now for (_, judgement, _), (_, now) in moved.items() if judgement is Judgement.RELEVANT)
    mentions, tones = _effect(moved, shown)
    return Changes(
        corrections=len(moved),
        agreed=len(ends) - len(moved),
        set_aside=relevance[NO],
        taken_back=relevance[YES],
        mentions=mentions,
        tones=tones,
        text=_sentences(moved, len(ends) - len(moved), messages, mentions, tones),
    )


def _ends(feedback: Sequence[Feedback]) -> dict[_Question, tuple[str, str]]:
    """Of each question, what held first and what holds last."""
    ends: dict[_Question, tuple[str, str]] = {}
    for one in feedback:
        question = (one.mention, one.judgement, one.message or one.other)
        first = ends[question][0] if question in ends else one.was
        ends[question] = first, one.value
    return ends


def _effect(moved: Mapping[_Question, tuple[str, str]], shown: Mapping[str, Shown]) -> tuple[int, dict[ToneLabel, int]]:
    """By how much the corrections moved the count of mentions, and of each tone."""
    mentions, tones = 0, dict.fromkeys(ToneLabel, 0)
    for name in {mention for mention, _, _ in moved} & shown.keys():
        now = shown[name]
        relevance = moved.get((name, Judgement.RELEVANT, None))
        tone = moved.get((name, Judgement.TONE, None))
        before = Shown(
            relevance[0] == YES if relevance else now.counted,
            (ToneLabel(tone[0]) if tone[0] else None) if tone else now.tone,
        )
        for state, sign in ((before, -1), (now, 1)):
            mentions += sign * state.counted
            if state.counted and state.tone is not None:
                tones[state.tone] += sign
    return mentions, tones


def _sentences(
    moved: Mapping[_Question, tuple[str, str]],
    agreed: int,
    messages: Mapping[str, str],
    mentions: int,
    tones: Mapping[ToneLabel, int],
) -> str:
    if not moved:
        return f"Readers looked at {plural(agreed, 'reading')} of ours and agreed." if agreed else ""
    told = (
        f"{plural(len(moved), 'correction')} by readers since the last digest: {joined(list(_parts(moved, messages)))}."
    )
    effect = [_more(mentions, "mention", "mentions")] if mentions else []
    effect += [_more(tones[tone], tone.value) for tone in ToneLabel if tones[tone]]
    if effect:
        told += f" The counts they belong to have {joined(effect)}."
    return told


def _parts(moved: Mapping[_Question, tuple[str, str]], messages: Mapping[str, str]) -> Iterator[str]:
    """The corrections in words, equal ones together."""
    kinds = Counter((judgement, about if judgement is Judgement.MESSAGE else None, was, now)
                    for (_, judgement, about), (was, now) in moved.items())  # fmt: skip
    for judgement in Judgement:
        for (kind, about, was, now), number in sorted(
            kinds.items(), key=lambda one: (one[0][1] or "", one[0][3], one[0][2])
        ):
            if kind is judgement:
                yield _words(kind, number, was, now, messages.get(about or "", about or ""))


def _words(judgement: Judgement, number: int, was: str, now: str, statement: str) -> str:
    if judgement is Judgement.RELEVANT:
        return f"{plural(number, 'mention')} {'set aside as not about us' if now == NO else 'counted again'}"
    if judgement is Judgement.TONE:
        return f"the tone of {number} changed from {was or 'unknown'} to {now}"
    if judgement is Judgement.MESSAGE:
        before = OUTCOMES[Outcome(was)] if was else "not looked for"
        return f"‘{shorten(statement, _NAME)}’ in {number} changed from {before} to {OUTCOMES[Outcome(now)]}"
    pairs = plural(number, "pair")
    return f"{pairs} called {'one story' if now == YES else 'different stories'}, which is kept for the gold set"


def _more(number: int, one: str, many: str = "") -> str:
    return f"{abs(number)} {one if abs(number) == 1 or not many else many} {'more' if number > 0 else 'fewer'}"
