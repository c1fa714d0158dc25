"""Statements of keys, accounts, sessions and the access log."""

from __future__ import annotations

ADD_KEY = """
INSERT INTO access_keys (id, name, scopes, digest, till, placement, created_at, created_by, expires_at)
VALUES (:id, :name, :scopes, :digest, :till, :placement, :created_at, :created_by, :expires_at)
"""
KEY = "SELECT * FROM access_keys WHERE id = :id"
KEYS = "SELECT * FROM access_keys ORDER BY created_at, id"
REVOKE_KEY = "UPDATE access_keys SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL RETURNING id"
TOUCH_KEY = """
UPDATE access_keys SET last_used_at = :now WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :before)
"""

ADD_ACCOUNT = """
INSERT INTO accounts (fold, name, role, password, created_at, password_at)
VALUES (:fold, :name, :role, :password, :created_at, :created_at)
ON CONFLICT DO NOTHING RETURNING fold
"""
ACCOUNT = "SELECT * FROM accounts WHERE fold = :fold"
ACCOUNTS = "SELECT * FROM accounts ORDER BY fold"
SET_ROLE = "UPDATE accounts SET role = :role WHERE fold = :fold RETURNING fold"
NEW_HASH = "UPDATE accounts SET password = :password, password_at = :at WHERE fold = :fold RETURNING fold"
REHASH = "UPDATE accounts SET password = :new WHERE fold = :fold AND password = :old"
SET_DISABLED = "UPDATE accounts SET disabled_at = :disabled_at WHERE fold = :fold RETURNING fold"
REMOVE_ACCOUNT = "DELETE FROM accounts WHERE fold = :fold RETURNING fold"
SIGNED_IN = "UPDATE accounts SET last_sign_in = :at WHERE fold = :fold AND disabled_at IS NULL RETURNING fold"

OPEN_KEY = "SELECT 1 FROM access_keys WHERE id = :id AND revoked_at IS NULL"
BEGIN_SESSION = """
INSERT INTO sessions (digest, account, key, began_at, seen_at, ends_at)
VALUES (:digest, :account, :key, :began_at, :seen_at, :ends_at)
"""
SESSION = "SELECT * FROM sessions WHERE digest = :digest"
TOUCH_SESSION = "UPDATE sessions SET seen_at = :now WHERE digest = :digest AND seen_at < :now"
END_SESSION = "DELETE FROM sessions WHERE digest = :digest"
SESSIONS_OF_ACCOUNT = "SELECT * FROM sessions WHERE account = :fold ORDER BY seen_at DESC, began_at DESC, digest"
END_SESSIONS_OF_ACCOUNT = "DELETE FROM sessions WHERE account = :fold"
END_EVERY_SESSION = "DELETE FROM sessions"
END_SESSIONS_OF_KEY = "DELETE FROM sessions WHERE key = :id"
DROP_SESSIONS = """
DELETE FROM sessions WHERE ends_at <= :now OR (account IS NOT NULL AND seen_at <= :idle_before)
"""

TRIES = "SELECT * FROM sign_in_tries WHERE subject = :subject"
WRITE_TRIES = """
INSERT INTO sign_in_tries (subject, failures, last_at, until_at, known)
VALUES (:subject, :failures, :last_at, :until_at, :known)
ON CONFLICT (subject) DO UPDATE SET
  failures = excluded.failures, last_at = excluded.last_at, until_at = excluded.until_at, known = excluded.known
"""
DROP_TRIES = "DELETE FROM sign_in_tries WHERE last_at <= :known_before OR (known = 0 AND last_at <= :tries_before)"

LOG = "INSERT INTO access_log (at, actor, kind, about, detail) VALUES (:at, :actor, :kind, :about, :detail)"
READ_LOG = "SELECT * FROM access_log WHERE id > :after ORDER BY id LIMIT :limit"
