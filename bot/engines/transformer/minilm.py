"""The engine ``minilm``: the default engine, whose text layer a sentence embedding corrects.

Surer on posts than the default and a hundred times slower; it needs the extra ``heard[models]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.engines.heard import HeardEngine, HeardOptions
from bot.engines.lexicon import Lexicon
from bot.engines.linear import bundled
from bot.engines.target import MODEL as TARGET_MODEL
from bot.engines.target import TargetLayer
from bot.engines.text_layer import MODEL as TEXT_MODEL
from bot.engines.text_layer import TextLayer
from bot.engines.transformer.embedding import SentenceEmbedder
from bot.engines.transformer.files import BUNDLE, find_model
from bot.engines.transformer.head import MODEL, EmbeddedLayer
from bot.options import read_options
from bot.ports import SentimentEngine


def engine(options: Mapping[str, Any]) -> SentimentEngine:
    """The entry point. Raises ConfigError for options that it does not know, and when the extra is not installed."""
    given = read_options(HeardOptions, options, "engine minilm")
    embedder, lexicon = SentenceEmbedder(find_model(BUNDLE)), Lexicon()
    text, head, target = bundled(TEXT_MODEL), bundled(MODEL), bundled(TARGET_MODEL)
    version = f"{text.version}.{target.version}+{head.version}+{embedder.version}"
    layer = EmbeddedLayer(TextLayer(text, lexicon), embedder, head)
    return HeardEngine(given, layer, TargetLayer(target, lexicon), name="minilm", version=version)
