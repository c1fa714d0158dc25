"""Sources that Heard listens to: one module or package each, named by a line of the ``heard.connectors`` entry points.

A connector module offers one function::

    def connect(name: str, options: Mapping[str, Any], deps: Deps) -> Connector | Mapping[str, Connector]

``name`` is the source's id for error texts, ``options`` its own table of the configuration (unknown keys are errors:
``bot.options.read_options``), ``deps`` the sessions, the clock and the way to a secret. A source that is many, such as
a list of feeds, returns a mapping of feed address to connector; each of them is polled, paused and remembered alone.

What a connector keeps to (``bot.ports.Connector``, ``bot.errors``):

1. It reads only: no store, no sleep, no retry, no clock but the one it was given, no logging of bodies or headers.
2. It yields small pages; what was yielded is already safe when the next page is asked for.
3. It raises ``SourceError`` kinds and nothing else.
4. Nothing new is zero items, not an error; blocked is an error, never "no mentions".
5. Its cursor is JSON of its own making, and does not pass over what was not yet yielded.
6. It says what it can give (``capabilities``) and whether its text may train anything (``trainable``).
7. What the platform says was deleted goes into ``Page.removed`` and ``Page.removed_under``, known here or not.
8. Connections that are not HTTP are opened by ``deps.dial`` only, so that the address guard and the limits hold.
"""
