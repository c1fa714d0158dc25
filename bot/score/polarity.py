"""Which way a sentence points that talks of a statement: says it, denies it, or only asks or doubts; pure.

Works on words alone (negations, opposites, questions, doubt) and never on sentiment: people praise what they deny and
grumble about what they confirm. It is a rule of thumb, so whatever it decides is marked for review.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from functools import lru_cache

from bot.score.words import FUNCTION_WORDS, Word, stem_of, word_set, words_of

_CLAUSE_END = re.compile(
    r"[,;:()–—]+|\s-\s"
    r"|\b(?:but|although|though|while|whereas|however|yet|because|unless)\b"
    r"|\band\s+(?=(?:i|we|you|they|he|she|it|that)\b)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:not (?:only|just|merely|simply|to mention|bad)|no (?:doubt|wonder|question|matter|less|kidding|surprise)"
    r"|without (?:a |any )?(?:doubt|question)|nothing (?:but|less|short of)|never (?:fail\w*|disappoint\w*|knew|knew that)"
    r"|(?:can|could)(?:'t|not| not) (?:get enough|recommend|wait|go wrong|be happier|beat|believe|help but|fault|wish)"
    r"|(?:did|do|does|had)(?:n't| not) (?:know|realis\w*|realiz\w*|known|forget|miss|hesitate)|why not|if not"
    r"|never forget)\b",
    re.IGNORECASE,
)
_NEGATIONS = word_set(
    "not no never none nothing nobody nowhere neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent "
    "wont wouldnt couldnt shouldnt havent hasnt hadnt aint hardly barely scarcely rarely seldom stopped quit fail fails "
    "failed failing failure refuse refuses refused refusing refusal denies denied denying deny denial lacks lacked "
    "lacking lack unable rejects rejected rejecting disputes disputed debunks debunked "
    "abandons abandoned scraps scrapped ceased ceases false untrue myth hoax lie lies lied fake"
)
_PHRASED_NEGATION = re.compile(r"\b(?:far from|anything but|instead of|rather than)\b", re.IGNORECASE)
_TAKEN_BACK = re.compile(
    r"\b(?:that|it|this|which|they|the claim)\s+(?:is|was|are|were|turn(?:s|ed) out(?: to be)?|prove[ds]?(?: to be)?)\s+"
    r"(?:\w+ly\s+|just\s+)?(misleading|false|untrue|not true|nonsense|wrong|rubbish|a lie|a myth|a hoax)\b",
    re.IGNORECASE,
)
"""A later clause that takes back what an earlier one reported: '… says that X, and that was misleading'."""

_DOUBTS = word_set(
    "supposedly allegedly claim claims claimed claiming pretend pretends pretending doubt doubts doubtful sceptical "
    "skeptical unproven greenwashing wish wishes hope hopes should would could might whether if"
)

_OPPOSITES = (
    "cheap expensive, cheap overpriced, affordable expensive, affordable overpriced, safe dangerous, safe toxic, "
    "healthy harmful, fresh stale, fresh frozen, local imported, open closed, opened closed, more less, more fewer, "
    "increase decrease, increase reduce, rise fall, raise lower, up down, win lose, best worst, good bad, natural "
    "artificial, natural synthetic, true false, support oppose, help harm, help hurt, improve worsen, success failure, "
    "accept reject, allow ban, hire fire, create cut, early late, fast slow, easy difficult, easy hard, clean dirty, "
    "strong weak, full empty, first last, start stop, free paid, include exclude, same different, gain loss, profit loss, "
    "big small, large small, large tiny, huge small, huge tiny, big tiny, hot cold, wet dry, day night, near far, inside "
    "outside, indoors outdoors, add remove, hit miss, catch miss, follow ignore, grow shrink, grow decline, expand shrink, "
    "pass fail, approve reject, confirm deny, keep abandon, hire dismiss, push pull, empty crowded, silent talk, silent "
    "speak, always never, everyone nobody, before after, public private, legal illegal, deep shallow, quiet loud, rich "
    "poor, buy sell, lend borrow, love hate, trust distrust, known unknown, majority minority, useful useless, harmless "
    "harmful, sincere fake, permanent temporary, oldest newest, old new, old young, high low, higher lower, better worse"
)
_PREFIXED_FROM = 5
"""Letters of a stem. Shorter ones seldom have a prefix: 'unit', 'into'."""

_PREFIXES = ("un", "in", "im", "non", "dis", "il", "ir")


def _opposite_stems() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split(","):
        left, right = (stem_of(word) for word in pair.split())
        found.setdefault(left, set()).add(right)
        found.setdefault(right, set()).add(left)
    return {stem: frozenset(others) for stem, others in found.items()}


_OPPOSITE = _opposite_stems()


class Stance(Enum):
    """How a sentence stands to a statement that it resembles."""

    SAYS = "says it"
    DENIES = "denies it"
    DOUBTS = "asks or doubts it"


def stance(sentence: str, words: Sequence[Word], statement: str, stems: Collection[str]) -> tuple[Stance, str]:
    """How ``sentence`` (with its words) stands to ``statement`` (with its stems), and the words that say so.

    Only the clauses that share content words with the statement are read, and one that takes it all back.
    """
    if taken_back := _TAKEN_BACK.search(sentence):
        return Stance.DENIES, taken_back[1].lower()
    clauses = _shared_clauses(sentence, words, stems)
    ours = [word for clause in clauses for word in clause]
    said = " ".join(sentence[clause[0].start : clause[-1].end] for clause in clauses)
    here, denies = negation_words(said), _denies(statement)
    opposites = _opposites(ours, stems)
    if (bool(here) != bool(opposites)) != denies:
        cues = here + opposites or ["no negation where the statement has one"]
        return Stance.DENIES, ", ".join(dict.fromkeys(cues))
    if sentence.rstrip("\"'”’)» ").endswith("?") and not statement.rstrip().endswith("?"):
        return Stance.DOUBTS, "a question"
    doubts = [
        word.form for word in words_of(_HARMLESS.sub(" ", said)) if word.form in _DOUBTS and word.stem not in stems
    ]
    if doubts:
        return Stance.DOUBTS, ", ".join(dict.fromkeys(doubts))
    return Stance.SAYS, ""


def negation_words(text: str) -> list[str]:
    """The words of ``text`` that deny, in order; turns of phrase that only look like it are left out."""
    plain = _HARMLESS.sub(" ", text.replace("’", "'"))
    found = [word.form for word in words_of(plain) if word.form in _NEGATIONS or word.form.endswith("n't")]
    return found + [match[0].lower() for match in _PHRASED_NEGATION.finditer(plain)]


@lru_cache(maxsize=1_024)
def _denies(statement: str) -> bool:
    return bool(negation_words(statement))


def _shared_clauses(sentence: str, words: Sequence[Word], stems: Collection[str]) -> list[list[Word]]:
    """The words of each clause that shares a content word with the statement; all words when none does."""
    wanted = {stem for stem in stems if stem not in FUNCTION_WORDS}
    borders = [found.start() for found in _CLAUSE_END.finditer(sentence)]
    clauses: list[list[Word]] = [[]]
    for word in words:
        while borders and word.start >= borders[0]:
            borders.pop(0)
            clauses.append([])
        clauses[-1].append(word)
    shared = [clause for clause in clauses if any(word.stem in wanted for word in clause)]
    return shared or ([list(words)] if words else [])


def _opposites(words: Iterable[Word], stems: Collection[str]) -> list[str]:
    """Words that are the opposite of a word of the statement which the sentence does not hold."""
    forms = {word.stem: word.form for word in words}
    found = []
    for stem in sorted(stems):
        if stem in forms or stem in FUNCTION_WORDS:
            continue
        found += [forms[candidate] for candidate in _opposites_of(stem) if candidate in forms]
    return found


@lru_cache(maxsize=4_096)
def _opposites_of(stem: str) -> Sequence[str]:
    """What may be the opposite of a word, in order: by the list, and with a prefix more or less."""
    candidates = _OPPOSITE.get(stem, frozenset()) | {stem_of(prefix + stem) for prefix in _PREFIXES}
    for prefix in _PREFIXES:
        if stem.startswith(prefix) and len(stem) >= _PREFIXED_FROM:
            base = stem.removeprefix(prefix)
            candidates |= {base, base + "e"}  # short words keep their mute e
    return sorted(candidates)
