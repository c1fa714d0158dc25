"""The store: every verb of the ports on SQLite or PostgreSQL, each one transaction (``bot.store.opening.open_store``).

sqlite-utils imports pandas and numpy wherever they are installed, for types of columns that no table here has. They
cost each command half a second and more, so they are kept from it here, before any module of the store imports
sqlite-utils.
"""

import sys

kept_away = [name for name in ("pandas", "numpy") if name not in sys.modules]
if kept_away:
    # How the import system is told that there is no such module.
    sys.modules.update(dict.fromkeys(kept_away))  # type: ignore[arg-type]  # None is what tells it
    import sqlite_utils  # noqa: F401 imported for its effect: once it is loaded, they may be

    for name in kept_away:
        del sys.modules[name]
