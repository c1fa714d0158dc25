"""The conversation of ``heard review``: one key an answer, one text at a time, back and out at any moment."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.context import console
from bot.digest.plain import clean, safe_url
from bot.digest.wording import OUTCOMES, TONES
from bot.model import Coding, Outcome, ScoredMention, Stratum, ToneLabel

if TYPE_CHECKING:
    from bot.wiring import App
    from bot.wiring.score.reviewing import Piece

USUAL = timedelta(seconds=10)
"""What an item takes until the coder's own pace is known."""
PACED = 5
"""Items after which it is."""
EXCERPT = 900
"""Characters of a text that are shown at once."""

BACK, SKIP, QUIT, WHOLE = "b", "s", "q", "t"
RELEVANT = {"y": True, "n": False}
TONE = {"n": ToneLabel.NEGATIVE, "u": ToneLabel.NEUTRAL, "p": ToneLabel.POSITIVE}
OUTCOME = {"f": Outcome.FULL, "p": Outcome.PARTIAL, "m": Outcome.MISFRAMED, "c": Outcome.CONTRARY}
NO_MORE = "0"
MESSAGE_KEYS = "123456789acdefghijklmnoprvwxyz"
"""Keys of messages: digits, then letters that mean nothing else."""
WHY = {
    Stratum.RANDOM: "random sample",
    Stratum.FLAGGED: "goes against a message, it seems",
    Stratum.UNCERTAIN: "too near to call",
}


class _Left(Exception):
    """The coder wants away from the present text; ``by`` is the key."""

    def __init__(self, by: str) -> None:
        self.by = by


class Session:
    """One sitting of one coder over what is waiting."""

    def __init__(self, app: App, who: str, waiting: Sequence[Piece], *, show_machine: bool) -> None:
        self._app = app
        self._who = who
        self._waiting = waiting
        self._show_machine = show_machine
        self._out = console()
        self._statements = {message.id: clean(message.statement) for message in app.settings.messages}
        self._began = app.clock.now()
        self._done: set[int] = set()

    def run(self, limit: int | None) -> None:
        """Asks until everything is answered or skipped, ``limit`` are done, or the coder stops; says what was kept."""
        place = 0
        end = len(self._waiting) if limit is None else min(limit, len(self._waiting))
        try:
            while place < end:
                try:
                    self._one(place, end)
                    place += 1
                except _Left as left:
                    if left.by == QUIT:
                        break
                    place = max(0, place - 1) if left.by == BACK else place + 1
        finally:
            rest = len(self._waiting) - len(self._done)
            kept = f"{len(self._done)} looked over" if self._done else "Nothing was looked over"
            click.echo(f"\n{kept}; {f'{rest} still waiting' if rest else 'nothing is waiting any more'}. All is kept.")

    def _one(self, place: int, end: int) -> None:
        piece = self._waiting[place]
        self._show(piece, place, end)
        if self._show_machine:
            self._out.print(self._thought(piece))
        while True:
            try:
                coding = self._ask(piece)
            except _Left as left:
                if left.by != WHOLE:
                    raise
                self._text(piece.scored, whole=True)
            else:
                break
        self._app.reviewing.keep(piece, coding, self._who)
        self._done.add(place)
        if not self._show_machine:
            self._out.print(self._thought(piece))

    def _ask(self, piece: Piece) -> Coding:
        """All questions of one text; the later ones only where it is about the subject."""
        name = self._subject(piece.scored)
        if not RELEVANT[self._key(f"About {name}? y yes, n no", RELEVANT)]:
            return Coding(relevant=False)
        tone = TONE[self._key(f"Tone toward {name}? n negative, u neutral, p positive", TONE)]
        return Coding(relevant=True, tone=tone, messages=self._messages(piece.asked))

    def _messages(self, asked: Sequence[str]) -> Mapping[str, Outcome]:
        """The outcome of each message: those that are named, and ``none`` for all others."""
        found = dict.fromkeys(asked, Outcome.NONE)
        keys = dict(zip(MESSAGE_KEYS, asked, strict=False))
        if not keys:
            return found
        for key, message in keys.items():
            self._say(f"    {key} {self._statements[message]}")
        while True:
            which = self._key("Which message does it touch? its key, 0 or Enter for none or no more", (*keys, NO_MORE))
            if which == NO_MORE:
                return found
            how = self._key("How? f in full, p in part, m misframed, c contradicted", OUTCOME)
            found[keys[which]] = OUTCOME[how]

    def _key(self, question: str, allowed: Mapping[str, object] | Sequence[str]) -> str:
        """The key that was pressed, one of ``allowed``. Raises _Left for those that lead elsewhere."""
        click.echo(f"  {question} (s skip, b back, t whole text, q quit): ", nl=False)
        while True:
            key = _pressed(enter=NO_MORE if NO_MORE in allowed else "")
            if key in allowed:
                click.echo(key)
                return key
            if key in (BACK, SKIP, QUIT, WHOLE):
                click.echo(key)
                raise _Left(key)

    def _show(self, piece: Piece, place: int, end: int) -> None:
        left = round((end - place) * self._pace().total_seconds() / 60)
        time = f"about {left} min left" if left else "less than a minute left"
        item = piece.scored.mention.item
        place_told = " · ".join(filter(None, (clean(item.outlet), self._app.local(piece.scored.mention.told_at))))
        self._say("")
        self._say(f"{place + 1} of {end}, {time} · {WHY[piece.sample.stratum]}", "dim")
        self._say(f"{place_told} · {safe_url(item.url) or piece.scored.mention.id}", "dim")
        self._text(piece.scored, whole=False)

    def _pace(self) -> timedelta:
        if len(self._done) < PACED:
            return USUAL
        return (self._app.clock.now() - self._began) / len(self._done)

    def _text(self, scored: ScoredMention, *, whole: bool) -> None:
        """The text with the subject marked; a long one from a little before the first naming on."""
        from rich.padding import Padding
        from rich.text import Text

        text = scored.mention.item.text
        spans = named_spans(scored)
        start, end = (0, len(text)) if whole else excerpt(len(text), spans[0][0] if spans else 0)
        mark = ("", "") if self._out.is_terminal else ("»", "«")
        shown = Text("… " if start else "")
        at = start
        for first, last in spans:
            if first >= at and last <= end:
                shown.append(_readable(text[at:first]))
                shown.append(mark[0] + _readable(text[first:last]) + mark[1], style="bold reverse")
                at = last
        shown.append(_readable(text[at:end]))
        if end < len(text):
            shown.append(" …")
        self._out.print(Padding.indent(shown, 2))

    def _thought(self, piece: Piece) -> str:
        """What the model made of it, in a line."""
        from rich.markup import escape

        tone = piece.scored.score.tone
        sure = "" if tone.confidence is None else f" ({tone.confidence:.2f})"
        parts = [f"tone {TONES[tone.label]}{sure}" if tone.label else "no tone"]
        parts += [
            f"‘{one.message}’ {OUTCOMES[one.outcome]}"
            for one in piece.scored.score.alignments
            if one.message in piece.asked and one.outcome is not Outcome.NONE
        ]
        return escape(f"  Heard thought: {', '.join(parts)}.")

    def _subject(self, scored: ScoredMention) -> str:
        known = {subject.id: subject.name for subject in self._app.settings.subjects}
        return clean(known.get(scored.mention.subject, scored.mention.subject))

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._out.print(Text(text, style))


def named_spans(scored: ScoredMention) -> list[tuple[int, int]]:
    """Where the text names the subject, in order, without overlaps."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted({(hit.start, hit.end) for hit in scored.mention.matched if hit.field.value in _IN_TEXT}):
        if start < end <= len(scored.mention.item.text) and (not spans or start >= spans[-1][1]):
            spans.append((start, end))
    return spans


def excerpt(length: int, named: int) -> tuple[int, int]:
    """Which part of a text is shown: all of a short one, else a stretch that begins a third before the naming."""
    if length <= EXCERPT:
        return 0, length
    start = max(0, min(named - EXCERPT // 3, length - EXCERPT))
    return start, start + EXCERPT


_IN_TEXT = ("text", "title")


def _readable(text: str) -> str:
    """Safe for a terminal, with the line ends kept."""
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    """``clean`` strips; what stood at the ends of a piece of a line was a space."""
    cleaned = clean(text)
    if not cleaned:
        return " " if text else ""
    return (" " if text[0].isspace() else "") + cleaned + (" " if text[-1].isspace() else "")


def _pressed(*, enter: str) -> str:
    """The next key, small; Enter on a terminal is ``enter``. Without a terminal, the next character that is not blank;
    at its end, the key to quit.
    """
    if sys.stdin.isatty():
        key = click.getchar()
        return enter if key in ("\r", "\n") else key.lower()
    while True:
        key = sys.stdin.read(1)
        if not key:
            return QUIT
        if not key.isspace():
            return key.lower()
