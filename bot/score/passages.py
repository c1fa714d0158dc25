"""Which sentences of a mention concern its subject: those that are read for tone and for advice; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.model import Mention, Subject
from bot.ports import Passage
from bot.score.naming import Span, clipped, masked, name_hits, named_at, named_in, names_any
from bot.score.prominence import is_short_post
from bot.score.sentences import split_sentences

_REFERS_BACK = re.compile(
    r"\W{0,6}(?:(?:and|but|so|well|honestly|also|because|yes|no),? )?"
    r"(?:it|its|it's|they|their|they're|them|this|these|that|that's|he|she|her|his)\b",
    re.IGNORECASE,
)


def concerning(mention: Mention, subject: Subject, rivals: Sequence[Subject] = ()) -> tuple[Passage, ...]:
    """The passages of the mention that concern the subject, in the text's order.

    A sentence that names the subject, and the next one where it refers back by a pronoun ("They never answered"). A
    short post is about what it names, so all its sentences concern it (macro-recall on the airline development file:
    .575 by naming sentences, .607 so), but for those that name a rival instead. When no sentence names the subject
    (the match was in the author or the address), the whole text is its concern.
    """
    text, headline = mention.item.text, len(mention.item.title)
    sentences = split_sentences(text, headline=headline)
    return passages_about(
        text,
        sentences,
        named_at(mention),
        subject,
        hits=name_hits(mention, subject),
        rivals=rivals,
        short=is_short_post(mention, sentences),
    )


def passages_about(
    text: str,
    sentences: Sequence[Span],
    named: Sequence[Span],
    subject: Subject,
    *,
    hits: Sequence[Span],
    rivals: Sequence[Subject] = (),
    short: bool,
) -> tuple[Passage, ...]:
    """:func:`concerning`, of a text that is no mention: ``named`` are the stretches that name the subject, ``hits``
    those of them that carry no tone; ``short``: it is a post of few sentences.
    """
    everything = not named or short
    passages = []
    about = everything
    after_naming = False
    for start, end in sentences:
        names = bool(clipped(named, start, end))
        if names:
            about = True
        elif rivals and names_any(text[start:end], rivals):
            about = False
        elif _REFERS_BACK.match(text, start, end):
            about = about and (everything or after_naming)
        else:
            about = everything
        if about:
            where = text, start, end, subject, hits
            passages.append(Passage(text[start:end], start, masked(*where), named_in(*where)))
        after_naming = names
    return tuple(passages)
