"""What language a text is in, by py3langid with a prior and the alphabets; abstains where too little tells.

py3langid takes all its 142 languages for equally likely, so that one English tweet in ten comes out as Nigerian Pidgin,
Afrikaans or Latin. Here a language that is seldom written in public is believed only on stronger evidence, a variety
counts as its language (Egyptian Arabic as Arabic), and a letter that a language does not have speaks against it.
None of this was fitted: the weights are powers of ten that were set once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from bot.ports import LanguageIdentifier

LEAST_LETTERS = 8
LEAST_CONFIDENCE = 0.5
"""From here on it answers: on the tweets of ``tweets_lid_dev`` for 90 % of them, right in 98.6 % of its answers."""

_NO_LANGUAGE = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+|\bRT\b:?|\S+@\S+")
_READ = 2_000
"""Characters. More make the answer no surer."""

_VARIETIES = {
    "arz": "ar", "ary": "ar", "yue": "zh", "wuu": "zh", "uzs": "uz", "nn": "no", "ltg": "lv", "gug": "gn", "sdh": "ku",
}  # fmt: skip
"""Members of a macrolanguage (ISO 639-3), by the code of the whole."""


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_OFTEN_WRITTEN = _codes(
    "am ar az bg bn bs ca cs da de el en es et fa fi fr gu he hi hr hu hy id is it ja ka kk km kn ko lo lt lv mk ml mr "
    "ms my ne nl no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
_LEARNED = _codes("eo la sa vo")
_SELDOM, _HARDLY_EVER, _FOREIGN_LETTER = 0.1, 0.01, 0.01
_NEGLIGIBLE = 1e-4

_LETTERS = tuple(
    (re.compile(f"[{letters}]"), _codes(languages))
    for letters, languages in (
        ("ыэё", "ru be kk ky mn tg tt ba uz"),
        ("їє", "uk"),
        ("іґ", "uk be kk"),
        ("јљњѓќѕџћђ", "mk sr"),
        ("پچژگ", "fa ur ps ku ug uz pa"),
        ("ٹڈڑںے", "ur pa"),
        ("ß", "de"),
        ("ñ¿¡", "es gl eu tl qu gn"),
        ("ळ", "mr sa gom"),
    )
)
"""Letters, and the only languages that are written with them."""

_OTHER_THAN_LATIN = re.compile(r"[^\W\d_A-Za-zÀ-ɏḀ-ỿªº]")
_NEVER_LATIN = _codes(
    "am ar as ba be bg bn dz el fa gom grc gu hbo he hi hy ja ka kk km kn ko ky lo mk ml mn mr my ne or pa ps ru sa si "
    "ta te tg th tt ug uk ur zh"
)


def identifier() -> LanguageIdentifier:
    """The identifier; its model is loaded when the first text comes."""
    return LangidIdentifier()


class LangidIdentifier:
    """A ``LanguageIdentifier`` over py3langid's bundled model."""

    version = "py3langid-2"

    def identify(self, text: str) -> str | None:
        """ISO 639-1 code (``en``), or None. Links, handles, tags and ``RT`` are not read."""
        words = _words(text)
        if sum(map(str.isalpha, words)) < LEAST_LETTERS:
            return None
        language, confidence = self._most_likely(words)
        return language if confidence >= LEAST_CONFIDENCE else None

    def guess(self, text: str) -> tuple[str, float] | None:
        """The most likely language and its probability, however low; None for a text without letters."""
        words = _words(text)
        return self._most_likely(words) if any(map(str.isalpha, words)) else None

    def _most_likely(self, words: str) -> tuple[str, float]:
        plain = words.isascii()
        foreign = [] if plain else [languages for letters, languages in _LETTERS if letters.search(words)]
        latin = plain or _OTHER_THAN_LATIN.search(words) is None
        chances: dict[str, float] = {}
        for code, probability in self._model.rank(words):
            if probability < _NEGLIGIBLE:
                break
            language = _VARIETIES.get(code, code)
            chance = probability * _usual(language)
            for languages in foreign:
                chance *= 1 if language in languages else _FOREIGN_LETTER
            if latin and language in _NEVER_LATIN:
                chance *= _FOREIGN_LETTER
            chances[language] = chances.get(language, 0.0) + chance
        best = max(chances, key=lambda language: chances[language])
        return best, chances[best] / sum(chances.values())

    @property
    def _model(self) -> Any:
        return _bundled()


@cache
def _bundled() -> Any:
    """The model, unpacked once a process (most of a second); reading it changes nothing, so threads share it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 brings numpy; most commands meet no text

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _words(text: str) -> str:
    return " ".join(_NO_LANGUAGE.sub(" ", text[:_READ]).split())


def _usual(language: str) -> float:
    """How a language is weighed before anything is read."""
    if language in _OFTEN_WRITTEN:
        return 1.0
    return _HARDLY_EVER if len(language) > 2 or language in _LEARNED else _SELDOM  # noqa: PLR2004 ISO 639-1 has two letters
