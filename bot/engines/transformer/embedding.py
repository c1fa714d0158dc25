"""Sentence embeddings by the packaged small model, or by any other that gives a vector for each token."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.engines.transformer.files import ModelFiles
from bot.engines.transformer.network import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REMEMBERED = 4096
"""Texts whose embeddings are kept: statements of messages, and posts that say the same."""


class SentenceEmbedder:
    """Unit vectors of texts: the mean over the tokens' vectors, as the all-MiniLM models were trained to be read."""

    def __init__(self, found: ModelFiles) -> None:
        self.version = f"{found.name}@{found.version}"
        self._network = Network(found)
        self._remembered = lru_cache(_REMEMBERED)(self._embedded)

    def embed(self, text: str) -> NDArray[np.float32]:
        """The embedding of a text, of length 1; all zeros for a text without tokens."""
        return self._remembered(text)

    def _embedded(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._network.run(text).mean(axis=0)
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector
