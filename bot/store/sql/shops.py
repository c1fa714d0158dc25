"""Statements about shops' deliveries and the orders that they tell of."""

from __future__ import annotations

ADD_DELIVERY = """
INSERT INTO shop_deliveries (shop, delivery, at) VALUES (:shop, :delivery, :at) ON CONFLICT DO NOTHING
"""
DELIVERY = "SELECT 1 FROM shop_deliveries WHERE shop = :shop AND delivery = :delivery"
FORGET_DELIVERIES = "DELETE FROM shop_deliveries WHERE at < :forget"
FORGET_ORDERS = "DELETE FROM shop_orders WHERE ours = 0 AND seen_at < :forget"

ORDER = "SELECT * FROM shop_orders WHERE shop = :shop AND order_id = :order_id"
CODES = "SELECT * FROM shop_codes WHERE shop = :shop AND order_id = :order_id ORDER BY code, turn"
PUT_ORDER = """
INSERT INTO shop_orders (shop, order_id, state, changed_at, total, refunded, seen_at, ours)
VALUES (:shop, :order_id, :state, :changed_at, :total, :refunded, :seen_at, :ours)
ON CONFLICT (shop, order_id) DO UPDATE SET
  state = excluded.state, changed_at = excluded.changed_at, total = excluded.total, refunded = excluded.refunded,
  seen_at = excluded.seen_at, ours = excluded.ours
"""
PUT_CODE = """
INSERT INTO shop_codes (shop, order_id, code, turn, door, at, wanted, placement, value, currency, customer, new_customer,
  answered, redemption, settled)
VALUES (:shop, :order_id, :code, :turn, :door, :at, :wanted, :placement, :value, :currency, :customer, :new_customer,
  0, NULL, 0)
ON CONFLICT (shop, order_id, code, turn) DO UPDATE SET wanted = excluded.wanted, settled = 0
"""
UNSETTLED = """
SELECT * FROM shop_codes WHERE settled = 0 ORDER BY at, shop, order_id, code, turn LIMIT :limit
"""
# What is wanted may have changed while the ledger was asked; then the row stays open.
SETTLE = """
UPDATE shop_codes SET answered = 1, redemption = :redemption, settled = CASE WHEN wanted = :wanted THEN 1 ELSE 0 END
WHERE shop = :shop AND order_id = :order_id AND code = :code AND turn = :turn
"""
