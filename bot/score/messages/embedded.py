"""The matcher that also compares what is meant: the lexical likeness and the cosine of sentence embeddings, added up.

All texts of a pool are about one topic, so their embeddings are all alike; what tells them apart is what is left when
the pool's mean vector is taken away (measurement §5.3). Only the likeness changes, which ranks texts and which a desk's
labels calibrate. Outcomes and quotes stay those of the rules: no threshold of an embedding holds from one message to
another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.model import Alignment, KeyMessage, ScoringContext
from bot.ports import Embedder
from bot.score.alignment import ByContent, LexicalMatcher, Prepared, agreeing, prepare, table_of_likenesses
from bot.score.messages.forms import Piece, pieces_of
from bot.score.messages.nearness import TOO_FAR, nearness
from bot.score.similarity import StatementIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 0.3
"""How much the cosine of the embeddings counts beside the lexical similarity: by their spreads (.18 and .07 among the
pairs of ``argkp_train14k``), about what a sum of z-scores gives it; chosen there from .3 to .6, ``argkp_dev`` confirms.
"""

MOST_SENTENCES = 24
"""Sentences of a text that are embedded at most: those that share most with a statement, then the first ones."""


class EmbeddedMatcher:
    """A ``MessageMatcher`` by the lexical rules, whose likeness an ``Embedder`` makes better."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self._rules = LexicalMatcher()
        self.languages = self._rules.languages
        self.version = f"{self._rules.version}+{embedder.version}/1"
        self._prepared = lru_cache(maxsize=64)(self._embedded)

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``."""
        ruled = self._rules.align(text, messages, context)
        if not messages:
            return ruled
        prepared, vectors = self._prepared(tuple(messages), ByContent(context))
        likeness = self._likeness(text, prepared, vectors, context)
        return tuple(
            replace(one, likeness=agreeing(likeness, says, against))
            for one, (says, against) in zip(ruled, prepared[1], strict=True)
        )

    def likenesses(
        self, texts: Sequence[str], statements: Sequence[str], context: ScoringContext
    ) -> Sequence[Sequence[float]]:
        """How near each text comes to saying each statement, in [0, 1]: a row a text, a column a statement."""
        return table_of_likenesses(self, texts, statements, context)

    def _likeness(
        self, text: str, prepared: Prepared, vectors: NDArray[np.float32], context: ScoringContext
    ) -> list[float]:
        """For each form the likeness of the sentence that comes nearest to saying it."""
        forms, _, index = prepared
        found = [0.0] * len(forms)
        for piece, lexical in _worth_embedding(text, index):
            meant = (vectors @ self._vector(piece.text, context)).tolist()
            for number, (form, said, like) in enumerate(zip(forms, lexical, meant, strict=True)):
                similarity = (1 - SHARE) * said + SHARE * min(1.0, max(0.0, like))
                if similarity > found[number] or said >= TOO_FAR:
                    near = nearness(piece, form, number, similarity, index)
                    found[number] = max(found[number], near.likeness)
        return found

    def _vector(self, text: str, context: ScoringContext) -> NDArray[np.float32]:
        """The text's embedding less the pool's centre, of length 1."""
        vector = self.embedder.embed(text)
        if len(context.centre) == len(vector):
            vector = vector - np.asarray(context.centre, np.float32)
        return vector / max(float(np.linalg.norm(vector)), 1e-9)

    def _embedded(self, messages: tuple[KeyMessage, ...], key: ByContent) -> tuple[Prepared, NDArray[np.float32]]:
        """All forms of the messages, and their centred vectors as rows."""
        prepared = prepare(messages, key)
        return prepared, np.array([self._vector(form.text, key.context) for form in prepared[0]], np.float32)


def _worth_embedding(text: str, index: StatementIndex) -> Iterator[tuple[Piece, Sequence[float]]]:
    """The sentences to embed, each once, with their similarities to the forms; in the text's order."""
    pieces = list({piece.text: piece for piece in pieces_of(text)}.values())
    lexical = [index.similarities(piece.stems) for piece in pieces]
    nearest = sorted(range(len(pieces)), key=lambda at: (-max(lexical[at], default=0.0), at))
    for at in sorted(nearest[:MOST_SENTENCES]):
        yield pieces[at], lexical[at]
