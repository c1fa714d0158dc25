"""The store: every verb of the ports on SQLite, each one transaction (open it with ``bot.store.sqlite.open_store``)."""
