"""Feedback from digests, wired: links that readers get, what they lead to, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.access.links import read_ticket, reader_of, write_ticket
from bot.digest.content.feedback import (
    KIND_OF,
    OFFERED,
    Changes,
    Choice,
    Other,
    Question,
    Shown,
    ask_duplicate,
    ask_message,
    ask_relevance,
    ask_tone,
    changes_of,
)
from bot.digest.plain import shorten
from bot.errors import ConfigError
from bot.listen.relevance.judge_mentions import decided_by
from bot.model import Digest, Interval, Label, Mention, ScoredMention, Window, mention_of
from bot.model.feedback import FROM_DIGEST, Feedback, FeedbackLink, Judgement, Ticket
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.listen.judging import Judging
from bot.wiring.score.learning import Learning
from config.secrets import read_secrets
from config.settings import Settings

PATH = "/f/"
COPIES = 10
"""Other items of the same story that a reader may tell apart."""
TITLE = 70
"""Characters of another item's headline, so that there is room for its outlet."""
SHORTEST_SECRET = 16


class LinkState(StrEnum):
    """How a link stands. What nobody here signed and what names nothing are one: a guess learns nothing."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link leads to. ``found`` is the mention, with people's words in place of the rules'; ``said`` what was
    answered by this link before.
    """

    state: LinkState
    ticket: Ticket | None = None
    found: ScoredMention | Mention | None = None
    question: Question | None = None
    said: Feedback | None = None

    @property
    def mention(self) -> Mention | None:
        """The mention, unless it is gone."""
        return None if self.found is None else mention_of(self.found)


class Feedbacks:
    """The letter box of one configuration's digests."""

    def __init__(
        self, settings: Settings, store: HeardStore, clock: Clock, learning: Learning, judging: Judging
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._learning = learning
        self._judging = judging
        self._subjects = {subject.id: subject for subject in settings.subjects}
        self._latest: Digest | None = None

    def links(self, digest_id: str, recipient: str, mention_id: str) -> tuple[FeedbackLink, ...]:
        """The links under one story as ``recipient`` gets them; none where ``[heard] public_url`` is not configured."""
        if self._settings.public_url is None:
            return ()
        reader, secrets = reader_of(recipient, self._store.salt()), self._secrets()
        # By the digest's own time, so that a letter that is sent again is the same to the byte.
        digest = self._digest(digest_id)
        made_at = digest.created_at if digest else self._clock.now()
        start = f"{self._settings.public_url.rstrip('/')}{PATH}"
        return tuple(
            FeedbackLink(
                judgement,
                OFFERED[judgement],
                start + write_ticket(Ticket(digest_id, mention_id, judgement, reader), secrets, made_at),
            )
            for judgement in Judgement
            if self._makes_sense(judgement, digest_id, mention_id)
        )

    def look(self, token: str) -> Asked:
        """What a link asks. Looking changes nothing."""
        read = read_ticket(token, self._secrets(), self._clock.now(), timedelta(days=self._settings.web.feedback_days))
        if read is None:
            return Asked(LinkState.UNKNOWN)
        ticket, holds = read
        said = self._store.feedback(ticket)
        if said is None and not holds:
            return Asked(LinkState.EXPIRED, ticket)
        digest = self._digest(ticket.digest)
        if digest is None:
            return Asked(LinkState.UNKNOWN)
        found = self._mention(ticket.mention)
        if found is None or mention_of(found).item.removed:
            return Asked(LinkState.GONE, ticket, said=said)
        state = LinkState.OPEN if said is None else LinkState.USED
        return Asked(state, ticket, found, self._question(ticket.judgement, digest, found), said)

    def answer(self, token: str, value: str, about: str | None) -> Asked:
        """Takes an answer: as a label that counts at once, and once only. The state that the link was found in.

        Raises ValueError for an answer that the link does not offer.
        """
        asked = self.look(token)
        if asked.state is not LinkState.OPEN or asked.ticket is None or asked.found is None or asked.question is None:
            return asked
        if asked.question.choice(value, about) is None:
            raise ValueError("that is none of the answers")
        ticket, now, mention = asked.ticket, self._clock.now(), mention_of(asked.found)
        by_message = ticket.judgement is Judgement.MESSAGE
        feedback = Feedback(
            digest=ticket.digest,
            mention=ticket.mention,
            judgement=ticket.judgement,
            value=value,
            reader=ticket.reader,
            at=now,
            message=about if by_message else None,
            other=None if by_message else about,
            was=asked.question.standing(about),
        )
        who = f"reader:{ticket.reader}"
        label = Label(mention.id, KIND_OF[ticket.judgement], value, who, FROM_DIGEST, now, about)
        taken = self._store.take_feedback(feedback, label, decided_by(mention, label))
        return asked if taken else self.look(token)

    def changes(self, window: Interval | Window) -> Changes:
        """What readers' corrections that came in the window changed, in figures and in words."""
        feedback = self._store.feedback_between(window.start, window.end)
        shown = {
            one.mention: Shown(
                mention_of(found).relevance.relevant is not False,
                found.score.tone.label if isinstance(found, ScoredMention) else None,
            )
            for one in feedback
            if (found := self._mention(one.mention)) is not None
        }
        return changes_of(feedback, shown, {message.id: message.statement for message in self._settings.messages})

    def questions(self, found: ScoredMention | Mention) -> tuple[Question, ...]:
        """What somebody who is signed in may set right about a mention."""
        asked = (self._question(judgement, None, found) for judgement in Judgement)
        return tuple(question for question in asked if question.groups)

    def label(
        self, found: ScoredMention | Mention, judgement: Judgement, choice: Choice, *, who: str, source: str
    ) -> None:
        """Keeps the word of somebody who is signed in, as a label that counts at once."""
        self._judging.label(
            mention_of(found), KIND_OF[judgement], choice.value, who=who, source=source, about=choice.about
        )

    def check(self) -> None:
        """Raises ConfigError where the secret that is named cannot be used."""
        if self._settings.public_url is not None:
            self._secrets()

    def _question(self, judgement: Judgement, digest: Digest | None, found: ScoredMention | Mention) -> Question:
        mention = mention_of(found)
        subject = self._subjects.get(mention.subject)
        name = subject.name if subject else mention.subject
        score = found.score if isinstance(found, ScoredMention) else None
        if judgement is Judgement.RELEVANT:
            return ask_relevance(name, counted=mention.relevance.relevant is not False)
        if judgement is Judgement.TONE:
            return ask_tone(name, score.tone.label if score else None)
        if judgement is Judgement.MESSAGE:
            present = {one.message: one.outcome for one in score.alignments} if score else {}
            return ask_message(self._settings.messages, present)
        return ask_duplicate(_others(digest, mention.id) if digest else (), self._copies(mention))

    def _makes_sense(self, judgement: Judgement, digest_id: str, mention_id: str) -> bool:
        """Whether there is anything to answer: no message without one, nothing twice where nothing else was told."""
        if judgement is Judgement.MESSAGE:
            return bool(self._settings.messages)
        if judgement is Judgement.DUPLICATE:
            digest = self._digest(digest_id)
            return digest is None or bool(_others(digest, mention_id))
        return True

    def _copies(self, mention: Mention) -> tuple[Other, ...]:
        if not mention.story:
            return ()
        found = self._store.mentions(subject=mention.subject, story=mention.story, limit=COPIES + 1)
        return tuple(
            Other(one.id, f"{shorten(one.item.title or one.item.text, TITLE)} · {one.item.outlet}")
            for one in map(mention_of, found)
            if one.id != mention.id and not one.item.removed
        )

    def _mention(self, mention_id: str) -> ScoredMention | Mention | None:
        found = self._store.mention(mention_id)
        return self._learning.as_labelled([found])[0] if isinstance(found, ScoredMention) else found

    def _digest(self, digest_id: str) -> Digest | None:
        """A digest; the one that was asked for last is remembered, because its links are made one after the other."""
        latest = self._latest
        if latest is None or latest.id != digest_id:
            latest = self._store.digest(digest_id)
            self._latest = latest or self._latest
        return latest

    def _secrets(self) -> tuple[str, ...]:
        """What links are signed with, first, and what they may be signed with still."""
        web, folder = self._settings.web, self._settings.path.resolve().parent
        files = tuple(str(folder / name) for name in web.secret_file)
        named = read_secrets({"secret_env": web.secret_env, "secret_file": files}, "secret", "[web]")
        if any(len(secret) < SHORTEST_SECRET for secret in named):
            raise ConfigError(f"[web]: the secret is too short; {SHORTEST_SECRET} characters are the least")
        return named or (self._store.link_secret(),)


def _others(digest: Digest, mention_id: str) -> tuple[Other, ...]:
    """The other stories that the digest tells."""
    stories = digest.body.get("stories") or ()
    return tuple(Other(one["lead"], one["headline"]) for one in stories if one["lead"] != mention_id)
