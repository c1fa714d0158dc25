"""Steps 19 on: the ledger with reservations, access, shops, counts, sightings of codes."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.db import ForeignKey

from bot.store.migrations.making import forbid_changes, make_table, migrations


@migrations(name="0019_ledger")
def _running_ledger(db: Database) -> None:
    """Reservations, orders and amounts; and two running numbers, so that a cap is judged without counting all."""
    db.execute("DROP TRIGGER offer_events_no_update")
    events = db.table("offer_events")
    for column in ("told_at", "order_id", "value", "currency", "door", "actor", "expires_at", "request", "printed"):
        events.add_column(column, str)
    for column in ("new_customer", "offer_uses", "code_uses"):
        events.add_column(column, int)
    db.execute("UPDATE offer_events SET told_at = at")
    for column, owner in (("offer_uses", "offer"), ("code_uses", "offer, code")):
        db.execute(
            f"UPDATE offer_events SET {column} = counted.uses FROM (SELECT seq, SUM(CASE kind WHEN 'redeemed' THEN 1 "  # noqa: S608 names of our own
            f"ELSE -1 END) OVER (PARTITION BY {owner} ORDER BY seq) AS uses FROM offer_events "
            "WHERE kind IN ('redeemed', 'rolled_back')) counted WHERE counted.seq = offer_events.seq"
        )
    forbid_changes(db, "offer_events", ("UPDATE",))
    # Refusals and repetitions may refer to one event many times; what ends it comes once.
    db.execute("DROP INDEX idx_offer_events_refers_to_kind")
    db.execute("DROP INDEX idx_offer_events_code_kind_offer")
    events.create_index(["refers_to", "kind"])
    ends = "('redeemed', 'released', 'expired', 'rolled_back')"
    db.execute(f"CREATE UNIQUE INDEX offer_events_ended ON offer_events (refers_to) WHERE kind IN {ends}")
    for name, columns, where in (
        ("offer_uses", "offer, seq", "offer_uses IS NOT NULL"),
        ("code_uses", "code, offer, seq", "code_uses IS NOT NULL"),
        ("order", "order_id", "order_id IS NOT NULL"),
        ("guesses", "actor, told_at", "reason = 'unknown_code'"),
        ("held", "offer, expires_at", "kind = 'reserved'"),
        ("switched", "offer, code, seq", "kind IN ('disabled', 'enabled')"),
        ("told", "at", "kind <> 'issued'"),
        ("of_code", "code, seq", "kind <> 'issued'"),
        ("of_actor", "actor, seq", "kind <> 'issued' AND actor IS NOT NULL"),
    ):
        db.execute(f"CREATE INDEX offer_events_{name} ON offer_events ({columns}) WHERE {where}")


@migrations(name="0020_access")
def _access(db: Database) -> None:
    """Who may come in: keys, accounts, open sessions, tries to sign in, and the log of what was changed about them."""
    make_table(
        db,
        "access_keys",
        "id name scopes digest till:int placement? created_at created_by expires_at? revoked_at? last_used_at?",
        pk="id",
    )
    make_table(db, "accounts", "fold name role password created_at password_at disabled_at? last_sign_in?", pk="fold")
    sessions = make_table(
        db,
        "sessions",
        "digest account? key? began_at seen_at ends_at",
        pk="digest",
        foreign_keys=[
            ForeignKey("sessions", "account", "accounts", "fold", on_delete="CASCADE"),
            ForeignKey("sessions", "key", "access_keys", "id", on_delete="CASCADE"),
        ],
    )
    sessions.create_index(["account"])
    sessions.create_index(["key"])
    make_table(db, "sign_in_tries", "subject failures:int last_at until_at? known:int", pk="subject")
    make_table(db, "access_log", "id:int at actor kind about detail", pk="id")
    forbid_changes(db, "access_log")


@migrations(name="0021_shops")
def _shops(db: Database) -> None:
    """What shops delivered, their orders, and the codes of ours in them; of who ordered, a keyed hash at most."""
    deliveries = make_table(db, "shop_deliveries", "shop delivery at", pk=("shop", "delivery"))
    deliveries.create_index(["at"])
    orders = make_table(
        db,
        "shop_orders",
        "shop order_id state changed_at? total? refunded seen_at ours:int",
        pk=("shop", "order_id"),
    )
    orders.create_index(["ours", "seen_at"])
    make_table(
        db,
        "shop_codes",
        "shop order_id code turn:int door at wanted:int placement? value? currency? customer? new_customer:int? "
        "answered:int redemption? settled:int",
        pk=("shop", "order_id", "code", "turn"),
    )
    db.execute("CREATE INDEX shop_codes_open ON shop_codes (at) WHERE settled = 0")


@migrations(name="0022_counts")
def _counts(db: Database) -> None:
    """The index by day holds the placement too, so that counts by day and placement need not read the events."""
    db.execute("DROP INDEX idx_offer_events_offer_kind_at")
    db.table("offer_events").create_index(["offer", "kind", "at", "placement"])


@migrations(name="0023_sightings")
def _sightings(db: Database) -> None:
    """Where codes were seen in what was collected, and which leaks people were told of."""
    items = db.table("items")
    items.add_column("sighted_by", str, not_null_default="")
    items.create_index(["sighted_by", "id"])
    sightings = make_table(
        db,
        "sightings",
        "id:int item:int? key offer named code issued_for? start_at:int? end_at:int? quote? url? outlet handle? voice? "
        "headline at seen_at standing",
        pk="id",
        foreign_keys=[ForeignKey("sightings", "item", "items", "id", on_delete="SET NULL")],
    )
    sightings.create_index(["key", "offer", "named", "code"], unique=True)
    sightings.create_index(["offer", "at"])
    sightings.create_index(["item"])
    make_table(
        db,
        "leaks_told",
        "offer code place notice",
        pk=("offer", "code", "place"),
        foreign_keys=[("notice", "notices", "id")],
    )


@migrations(name="0024_quarters")
def _quarters(db: Database) -> None:
    """How much of an offer is used by the quarter of an hour, so that a day's or a week's cap is judged by a few
    hundred lines whatever is redeemed in it; and no index holds lines (issued codes, most of all) that say nothing in
    it.
    """
    db.execute(
        "CREATE TABLE offer_quarters (offer TEXT NOT NULL, quarter TEXT NOT NULL, uses INTEGER NOT NULL, "
        "PRIMARY KEY (offer, quarter)) WITHOUT ROWID"  # a week is one stretch of the table
    )
    db.execute(
        "INSERT INTO offer_quarters (offer, quarter, uses) "
        "SELECT e.offer, substr(e.at, 1, 14) || printf('%02d', substr(e.at, 15, 2) / 15 * 15), "
        "SUM(CASE WHEN r.seq IS NULL THEN 1 ELSE 0 END) FROM offer_events e "
        "LEFT JOIN offer_events r ON r.refers_to = e.id AND r.kind = 'rolled_back' "
        "WHERE e.kind = 'redeemed' GROUP BY 1, 2"
    )
    for columns, unique in (("key", "UNIQUE"), ("refers_to, kind", ""), ("customer, offer, kind", "")):
        name, first = f"idx_offer_events_{columns.replace(', ', '_')}", columns.partition(",")[0]
        db.execute(f"DROP INDEX {name}")
        db.execute(f"CREATE {unique} INDEX {name} ON offer_events ({columns}) WHERE {first} IS NOT NULL")
