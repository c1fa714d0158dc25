"""Saves a page's items and their mentions inside the caller's transaction.

A mention whose subject is no longer named after its item's words changed is removed, unless a digest, an alert or a
notice has told it: then it stays, without matches, so that what was sent still leads somewhere, and can be taken back.
An item without mentions is not kept, unless a code was seen in it. A removed item's words go from everywhere
(bot/store/erasure/erasing.py). What a restored database never had, and somebody had forgotten, stays out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.model import UNJUDGED, Item, Mention, Saved, Target, Unread
from bot.model.keeping import Cause
from bot.store.erasure.erasing import NUMBERLESS, STATES, Eraser
from bot.store.erasure.marks import PSEUDONYM, Marks
from bot.store.erasure.never_again import kept_out
from bot.store.erasure.veil import Veil, names_author
from bot.store.figures import SETTLES, is_settled, take_snapshot
from bot.store.merge import merged, only_figures_differ, takes_over
from bot.store.rows import Values, hits_json, item_of, item_values, relevance_values, target_values, writable_item
from bot.store.session import Row, Session
from bot.store.sql import listen as sql
from bot.store.values import stamp, to_json

_FOR_GOOD = frozenset({STATES[Cause.RETENTION], STATES[Cause.REQUEST], NUMBERLESS})
"""Items whose words never come back, whoever still shows them."""

BySubject = Mapping[str, Mention]


class ItemWriter:
    """Saves items of one target at one moment."""

    def __init__(
        self, db: Session, target: Target, now: datetime, *, trainable: bool, veil: Veil | None = None
    ) -> None:  # fmt: skip
        self._db = db
        self._veil = veil
        self._target = target
        self._read_at = now
        self._now = stamp(now)
        self._trainable = trainable
        self._unindexed: list[int] = []

    def save(self, items: Sequence[Item], mentions: Sequence[Mention], unread: Sequence[Unread] = ()) -> Saved:
        """Each item once, with its mentions; how many mentions were new, known, and changed.

        Of the ``unread``, those that are kept are opened: their words may be others now.
        """
        edited = self.erase([item.key for item in items if item.removed], ())
        if self._veil is not None:
            items, mentions = [*map(self._veil.item, items)], [*map(self._veil.mention, mentions)]
        seen: dict[str, Item | Unread] = {item.key: item for item in unread}
        seen |= {item.key: item for item in items}
        by_key: dict[str, dict[str, Mention]] = {key: {} for key in seen}
        for mention in mentions:
            by_key.setdefault(mention.item.key, {})[mention.subject] = mention
            seen.setdefault(mention.item.key, mention.item)
        kept = {row["key"] for row in self._db.execute(sql.KEPT_KEYS, {"keys": to_json(list(seen))})}
        out = kept_out(self._db, [key for key in seen if key in kept or by_key[key]])
        new = duplicates = 0
        for key, item in seen.items():
            if key not in kept and not by_key[key]:
                continue  # most of what is read: it names nobody and never did
            if key in out:
                duplicates += len(by_key[key])
                continue
            saved = self._save_one(self._opened(item) if isinstance(item, Unread) else item, by_key[key])
            new, duplicates, edited = new + saved.new, duplicates + saved.duplicates, edited + saved.edited
        self._index()
        return Saved(new, duplicates, edited)

    def erase(self, keys: Sequence[str], beginnings: Sequence[str]) -> int:
        """What the platform has deleted: these items and all whose keys begin so; how many mentions that concerned.

        Unknown keys leave no trace.
        """
        if not (keys or any(beginnings)):
            return 0
        self._index()  # words can only be taken out of the index that are in it
        eraser = Eraser(self._db, cause=Cause.UPSTREAM, noticed_at=self._read_at, now=self._read_at)
        return eraser.erase(keys, beginnings).mentions

    def _save_one(self, item: Item, mentions: BySubject) -> Saved:
        if item.removed:
            return Saved(edited=self.erase([item.key], ()))
        row = self._row(item)
        if row is not None:
            if row["removed"] in _FOR_GOOD:
                return Saved(duplicates=len(mentions))
            if _is_hidden(row):  # whoever still shows the item names its author, too
                veil = Veil(Marks(self._db), ())
                item, mentions = veil.item(item), {name: veil.mention(one) for name, one in mentions.items()}
            return self._update(row, writable_item(item), mentions)
        if not mentions:
            return Saved()
        item = writable_item(item)
        values = item_values(item) | self._provenance(trainable=self._trainable)
        (number,) = self._db.execute(sql.ADD_ITEM, values).fetchone()
        self._unindexed.append(number)
        take_snapshot(self._db, number, item, self._read_at)
        for mention in mentions.values():
            self._add_mention(number, mention, item, item)
        return Saved(new=len(mentions))

    def _index(self) -> None:
        """Makes what was added since the last time searchable."""
        if self._unindexed:
            self._db.index_words(self._unindexed)
            self._unindexed = []

    def _opened(self, unread: Unread) -> Item:
        item = unread.open()
        return item if self._veil is None else self._veil.item(item)

    def _row(self, item: Item) -> Row | None:
        """The item's row; of one that was erased and whose key would name its author, under its own key again."""
        row: Row | None = self._db.execute(sql.ITEM, {"key": item.key}).fetchone()
        if row is None and names_author(item.key, item.author.id):
            hidden = Marks(self._db).hidden_key(item.key)
            row = self._db.execute(sql.ITEM, {"key": hidden}).fetchone()
            if row is not None and row["removed"] not in _FOR_GOOD and not _is_hidden(row):
                row = self._db.execute(sql.NAME_ITEM, {"id": row["id"], "key": item.key}).fetchone()
        return row

    def _update(self, row: Row, seen: Item, mentions: BySubject) -> Saved:
        stored = item_of(row)
        same_target = (row["source"], row["feed"]) == (self._target.source, self._target.feed)
        item = merged(stored, seen, same_target=same_target)
        trainable = bool(row["trainable"]) and self._trainable
        words_changed = item.text != stored.text
        if item != stored or trainable != bool(row["trainable"]):
            self._index()
            values = item_values(item) | self._provenance(trainable=trainable)
            if not takes_over(stored, seen, same_target=same_target):
                values |= {"source": row["source"], "feed": row["feed"]}
            self._db.execute(sql.CHANGE_ITEM, values)
        known = {r["subject"]: r["id"] for r in self._db.execute(sql.MENTIONS_OF_ITEM, {"item": row["id"]})}
        for subject, mention in mentions.items():
            if subject not in known:
                self._add_mention(row["id"], mention, seen, item)
        if words_changed:
            self._keep_figures(row["id"], item, seen)
            edited = self._rematch(row["id"], known, mentions)
        elif item != stored or seen.has_figures:
            self._note_changes(row["id"], stored, item, seen)
        again = sum(subject in known for subject in mentions)
        new = len(mentions) - again
        return Saved(new, 0, edited) if words_changed else Saved(new, again, 0)

    def _keep_figures(self, number: int, item: Item, seen: Item) -> str | None:
        """The set age of which there are figures now that there were not; only what was read tells an age's."""
        return take_snapshot(self._db, number, item, self._read_at) if seen.has_figures else None

    def _note_changes(self, number: int, stored: Item, item: Item, seen: Item) -> None:
        """What else than its words changed: figures concern the reach alone, and none once they have settled."""
        settled = is_settled(self._db, number)
        age = self._keep_figures(number, item, seen)
        if item != stored and not only_figures_differ(stored, item):
            self._db.execute(sql.DROP_SCORES_OF_ITEM, {"item": number})
            self._db.execute(sql.RESCORE_ITEM, {"item": number})
        elif not settled and (item != stored or age in SETTLES):
            self._db.execute(sql.RESCORE_ITEM, {"item": number})

    def _rematch(self, item: int, known: Mapping[str, str], mentions: BySubject) -> int:
        """The known mentions after the words changed; how many there were."""
        self._db.execute(sql.DROP_SCORES_OF_ITEM, {"item": item})
        self._db.execute(sql.RESCORE_ITEM, {"item": item})
        for subject, mention_id in known.items():
            hits = mentions[subject].matched if subject in mentions else ()
            self._db.execute(sql.SET_MATCHED, {"id": mention_id, "matched": hits_json(hits)})
            if subject not in mentions:
                self._db.execute(sql.DROP_MENTION_UNLESS_TOLD, {"id": mention_id})
        self._db.execute(sql.DROP_ITEM_WITHOUT_MENTIONS, {"item": item})
        return len(known)

    def _add_mention(self, number: int, mention: Mention, seen: Item, kept: Item) -> None:
        """``seen`` is the item that was matched; its offsets hold only where those very words were kept."""
        told_at = kept.published_at or mention.collected_at
        self._db.execute(
            sql.ADD_MENTION,
            {
                "id": mention.id,
                "item": number,
                "subject": mention.subject,
                "source": mention.source,
                "story": mention.story,
                "matched": hits_json(mention.matched if seen.text == kept.text else ()),
                "collected_at": stamp(mention.collected_at),
                "told_at": stamp(told_at),
            }
            | relevance_values(mention.relevance if seen.text == kept.text else UNJUDGED),
        )

    def _provenance(self, *, trainable: bool) -> Values:
        return target_values(self._target) | {"now": self._now, "trainable": int(trainable)}


def _is_hidden(row: Row) -> bool:
    """Whether the item's author was put under a pseudonym."""
    return str(row["author_id"] or "").startswith(PSEUDONYM)
