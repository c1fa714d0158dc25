"""Statements of exports: how many posts with their texts an account took home on a day, and what may be trained on."""

from __future__ import annotations

GIVEN = "SELECT posts FROM posts_given WHERE account = :account AND day = :day"
GIVE = """
INSERT INTO posts_given (account, day, posts) VALUES (:account, :day, :posts)
ON CONFLICT (account, day) DO UPDATE SET posts = posts_given.posts + :posts
"""
TRAINABLE = "SELECT key FROM items WHERE trainable = 1 AND key IN (SELECT value FROM json_each(:keys))"
