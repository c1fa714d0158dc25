"""Runs a transformer's network on one text at a time, on one core."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.engines.transformer.files import INSTALL
from bot.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.engines.transformer.files import ModelFiles

LONGEST = 512
"""Tokens that are read at most where the model does not say."""


class Network:
    """A model's tokenizer and network, loaded on first use. Safe to use from several threads.

    Raises ConfigError at once where the libraries that run it are not installed.
    """

    def __init__(self, found: ModelFiles) -> None:
        self._files = found
        self._onnxruntime, self._tokenizers = _libraries()

    def run(self, text: str) -> NDArray[np.float32]:
        """The network's first output for a text, without the batch's dimension."""
        ids = self._tokenizer.encode(text).ids
        known = {
            "input_ids": np.array([ids], np.int64),
            "attention_mask": np.ones((1, len(ids)), np.int64),
            "token_type_ids": np.zeros((1, len(ids)), np.int64),
        }
        inputs = {wanted.name: known[wanted.name] for wanted in self._session.get_inputs() if wanted.name in known}
        output: NDArray[np.float32] = self._session.run(None, inputs)[0][0]
        return output

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = self._tokenizers.Tokenizer.from_file(str(self._files.tokenizer))
        tokenizer.no_padding()
        longest = self._files.config.get("max_position_embeddings")
        limit = min(longest - 2, LONGEST) if isinstance(longest, int) else LONGEST
        set_before = tokenizer.truncation
        tokenizer.enable_truncation(min(limit, set_before["max_length"]) if set_before else limit)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        options = self._onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the bot shares its machine; more threads made short texts no faster
        options.inter_op_num_threads = 1
        path = str(self._files.network)
        return self._onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _libraries() -> tuple[Any, Any]:
    """The libraries of the extra."""
    try:
        import onnxruntime  # noqa: PLC0415 an extra
        import tokenizers  # noqa: PLC0415 an extra
    except ImportError as error:
        raise ConfigError(f"{error.name} is not installed: {INSTALL}") from error
    return onnxruntime, tokenizers
