"""What must hold however often the bot was killed: looked at after every round, and in full when all has come to rest."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from email.parser import BytesParser
from pathlib import Path

from bot.errors import StoreError
from bot.model import DeliveryState, Digest, State
from bot.stewardship.audit import verified
from bot.store.erasure.held import SAID
from bot.store.moving.restore import restore
from bot.store.opening import open_store
from bot.store.sqlite import SqliteStore
from bot.store.verbs import HeardStore
from tests.kills.ledger import look_over_answers, look_over_ledger
from tests.kills.truth import must
from tests.kills.world import TOKEN, Piece, World
from tests.support.database import again, the_search_fits
from tests.support.smtp import Mailbox

RETAINED = timedelta(days=3)
"""As [retention] says of words."""
FIRST_WISH = timedelta(hours=12)
ITEMS = """
SELECT i.key, i.removed, i.text, COUNT(m.id) AS mentions, COUNT(s.mention) AS scores
FROM items i LEFT JOIN mentions m ON m.item = i.id LEFT JOIN scores s ON s.mention = m.id
GROUP BY i.id, i.key, i.removed, i.text
"""
NOT_TOLD = """
SELECT i.key FROM items i JOIN mentions m ON m.item = i.id JOIN scores s ON s.mention = m.id
WHERE m.told_at >= (SELECT MIN(window_start) FROM digests WHERE report = 'pr')
  AND m.told_at < (SELECT MAX(window_end) FROM digests WHERE report = 'pr')
  AND NOT EXISTS (SELECT 1 FROM digest_mentions d WHERE d.report = 'pr' AND d.mention = m.id)
"""
FILES = ("heard.db", "heard.db-wal")


class Watch:
    """Who remembers what was promised, and holds the database, the mailbox and the files against it."""

    def __init__(self, world: World, mailbox: Mailbox, folder: Path, address: str) -> None:
        self._world, self._mailbox, self._folder, self._address = world, mailbox, folder, address
        self._letters: list[list[tuple[str, str]]] = []
        self._excused: list[tuple[bool, bool]] = []
        self._gone: set[str] = set()
        self._seal: str | None = None

    def wish(self, rng: random.Random) -> str | None:
        """The address of something that a person wants forgotten."""
        old = [one.link for one in self._world.pieces() if one.published < self._world.now - FIRST_WISH]
        return rng.choice(old[-24:]) if old else None

    def letters_of_round(self, *, harmed: bool, several: bool) -> None:
        """Sorts the letters by the round in which they arrived."""
        before = sum(map(len, self._letters))
        new = self._mailbox.envelopes[before:]
        self._letters.append([(_message_id(content), to[0]) for _, to, content in new])
        self._excused.append((harmed, several))

    def lost_moments(self) -> None:
        """The server crashed: what need not survive that is not held against it."""
        self._gone, self._seal = set(), None

    def after_a_round(self, *, deep: bool) -> tuple[str, ...]:
        """What is cheap to look at, and with ``deep`` all that holds at any moment; the names of what was looked at."""
        self._repeats()
        try:
            opened = open_store(self._address, migrate=False, read_only=True)
        except StoreError as error:
            must("needs" in str(error) or "cannot be opened" in str(error), f"the database cannot be opened: {error}")
            return ("schema on its way",)
        with closing(opened) as store:
            self._nothing_doubled(store)
            self._nothing_comes_back(store)
            look_over_ledger(store)
            look_over_answers(store, self._folder)
            if not deep:
                return ("after a round",)
            must(not (wrong := store.integrity_check()), f"integrity_check says {wrong}")
            self._chain_holds(store)
            self._nothing_is_left(store)
        return ("after a round", "in depth")

    def at_the_end(self, rounds: int) -> Mapping[str, int]:
        """Everything, now that all has come to rest; what there was."""
        with closing(open_store(self._address)) as store:
            self._all_is_there(store)
            self._all_is_told(store)
            self._leases_are_free(store)
            look_over_answers(store, self._folder, until=rounds)
            if isinstance(store, SqliteStore):
                must(the_search_fits(Path(store.path)), "the search does not fit the texts")
            counts = store.counts()
            must(store.settle_erasure(rewrite=True), "what was erased could not be settled")
        self._no_byte_is_left()
        self._last_backup_is_whole()
        told = ("items", "mentions", "digests", "notices", "offer_events", "erasures", "polls")
        return {name: counts[name] for name in told} | {
            "worlds": 1,
            "letters": len(self._mailbox.envelopes),
            "letters repeated": len(self._mailbox.envelopes) - len(set(self._all_letters())),
        }

    def _nothing_doubled(self, store: HeardStore) -> None:
        for row in self._rows(store, ITEMS):
            must(row["mentions"] <= 1 and row["scores"] <= 1, f"{row['key']} was heard or scored twice: {dict(row)}")
            must(row["removed"] == 0 or row["text"] == "", f"{row['key']} was removed and has words")

    def _nothing_comes_back(self, store: HeardStore) -> None:
        gone = {row["key"] for row in self._rows(store, ITEMS) if row["removed"]}
        told = self._folder / "forgotten"
        asked = told.read_text().splitlines() if told.exists() else []
        promised = {self._world.key(one) for one in self._world.pieces() if one.link in asked}
        back = (self._gone | promised) - gone
        must(not back, f"what was erased came back: {sorted(back)}")
        self._gone |= gone

    def _chain_holds(self, store: HeardStore) -> None:
        verdict = verified(store.erasures(), self._seal)
        must(verdict.wrong is None, f"the audit log: {verdict.wrong}")
        self._seal = verdict.last or None

    def _removed_words(self, store: HeardStore) -> set[str]:
        gone = {row["key"] for row in self._rows(store, ITEMS) if row["removed"]}
        return {word for one in self._world.pieces() if self._world.key(one) in gone for word in one.words}

    def _nothing_is_left(self, store: HeardStore) -> None:
        """No column that holds what others said holds a word of what was erased."""
        removed = self._removed_words(store)
        for place in sorted(SAID):
            table, column = place.split(".")
            rows = self._rows(store, f"SELECT CAST({column} AS TEXT) AS said FROM {table}")  # noqa: S608 names of our own
            left = {word for row in rows for word in TOKEN.findall(row["said"] or "")} & removed
            must(not left, f"{place} still holds what was erased: {sorted(left)}")

    def _repeats(self) -> None:
        """A letter comes again only where its sender was killed, or its database taken away, with that one in hand."""
        arrivals: dict[tuple[str, str], list[int]] = {}
        for number, letters in enumerate(self._letters):
            for letter in letters:
                arrivals.setdefault(letter, []).append(number)
        for letter, rounds in arrivals.items():
            for number in rounds[:-1]:
                must(
                    self._may_repeat(letter, number),
                    f"{letter} arrived in rounds {rounds}; {number} does not excuse it",
                )

    def _may_repeat(self, letter: tuple[str, str], number: int) -> bool:
        harmed, several = self._excused[number]
        if harmed and (several or self._letters[number][-1] == letter):
            return True
        # The server may have taken a letter a moment after its sender was dead and the round over.
        return number > 0 and self._excused[number - 1][0] and self._letters[number][0] == letter

    def _all_letters(self) -> Iterator[tuple[str, str]]:
        return (letter for letters in self._letters for letter in letters)

    def _all_is_there(self, store: HeardStore) -> None:
        """Every entry is there once, as it is shown now, with one mention that is scored once."""
        rows = {row["key"]: row for row in self._rows(store, ITEMS)}
        expected = {self._world.key(one): one for one in self._world.pieces()}
        must(rows.keys() <= expected.keys(), f"nobody published {sorted(rows.keys() - expected.keys())}")
        for key, piece in expected.items():
            self._is_as_shown(piece, rows.get(key))
        due = store.words_due(self._world.now - RETAINED, 9)
        must(not due, f"the time of {due} is up, and they are kept")

    def _is_as_shown(self, piece: Piece, row: Mapping[str, object] | None) -> None:
        now = self._world.now
        if row is None:
            must(piece.is_deleted(now), f"{piece} was lost")
            return
        if row["removed"]:
            must(
                row["removed"] != 2 or (row["mentions"], row["scores"]) == (1, 1),
                f"{piece} lost its numbers: {dict(row)}",
            )
            return
        must(not piece.is_deleted(now), f"{piece} was deleted at its source and has words")
        must(piece.word(now) in str(row["text"]), f"{piece} is not kept as it was edited: {row['text']}")
        must((row["mentions"], row["scores"]) == (1, 1), f"{piece} is not scored once: {dict(row)}")

    def _all_is_told(self, store: HeardStore) -> None:
        """Each mention in a digest, each digest and notice to each recipient, none of them twice."""
        forgotten = [row["key"] for row in self._rows(store, NOT_TOLD)]
        must(not forgotten, f"no digest tells {forgotten}")
        told = [*store.digests(10_000), *store.notices(10_000)]
        wanted: set[tuple[str, str]] = set()
        for what, deliveries in told:
            states = Counter(one.state for one in deliveries)
            must(set(states) == {DeliveryState.SENT}, f"{what.id} was not delivered: {deliveries}")
            wanted |= {(one.key, one.recipient) for one in deliveries if one.channel == "mail"}
        digests = [one for one, _ in store.digests(10_000)]
        windows = Counter((one.report, one.window) for one in digests)
        must(set(windows.values()) == {1}, f"digests are doubled: {windows}")
        repeated = [key for key, number in _times_told(digests).items() if number > 1]
        must(not repeated, f"told in two digests: {repeated}")
        copies = len([*(self._folder / "digests").glob("*.html")])
        wanted_copies = sum(one.report == "pr" for one in digests)
        must(copies == wanted_copies, f"the folder has {copies} of {wanted_copies} digests")
        arrived = set(self._all_letters())
        must(wanted == arrived, f"never arrived: {wanted - arrived}; nobody's: {arrived - wanted}")

    def _leases_are_free(self, store: HeardStore) -> None:
        for state in store.target_states():
            well = (
                state.state is State.OK
                and state.last_success
                and state.last_success >= self._world.now - timedelta(hours=1)
            )
            must(bool(well), f"{state.target} was not taken over: {state}")

    def _no_byte_is_left(self) -> None:
        """Neither in the file nor in the copies that lie in a folder."""
        with closing(open_store(self._address, read_only=True)) as store:
            removed = self._removed_words(store)
        files = [self._folder / name for name in FILES] + sorted((self._folder / "digests").glob("*"))
        for file in filter(Path.is_file, files):
            left = removed.intersection(TOKEN.findall(file.read_bytes().decode("latin-1")))
            must(not left, f"{file.name} still holds what was erased: {sorted(left)}")

    def _last_backup_is_whole(self) -> None:
        made = sorted((self._folder / "backups").glob("*.backup"))
        if made:
            path = self._folder / "restored.db"
            restore(made[-1], path, now=self._world.now, erase=again)
            with closing(open_store(path)) as store:
                must(not (wrong := store.integrity_check()), f"the restored backup: {wrong}")

    @staticmethod
    def _rows(store: HeardStore, statement: str) -> list[Mapping[str, object]]:
        with store._read() as db:
            return [{name: row[name] for name in row.keys()} for row in db.execute(statement)]  # noqa: SIM118 a row, not a mapping


def _times_told(digests: Sequence[Digest]) -> Counter[tuple[str, str]]:
    """How often each mention was told, by report."""
    return Counter((one.report, mention) for one in digests for mention in one.mentions)


def _message_id(content: bytes) -> str:
    return str(BytesParser().parsebytes(content, headersonly=True)["Message-ID"]).strip("<> ").partition("@")[0]
