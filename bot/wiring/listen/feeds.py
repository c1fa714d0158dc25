"""The lists of feeds: taking them in, giving them out, and looking for a feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.errors import ConfigError, unknown
from bot.files import make_folder, whole_file
from bot.model import BadLine, FoundFeed, Source, Subscription
from bot.ports import Deps, FeedTools
from config.settings import Settings

CONNECTOR = "rss"
SECRET_KEYS = ("feeds_env", "feeds_file")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list: ``added`` to ``path``, ``known`` before, or ``bad``.

    ``to_add`` is the line that the source's table still lacks; None when it names the file already.
    """

    source: str
    path: Path
    added: tuple[Subscription, ...]
    known: tuple[Subscription, ...]
    bad: tuple[BadLine, ...]
    to_add: str | None


class Feeds:
    """Lists of feeds in and out of one configuration."""

    def __init__(self, settings: Settings, deps: Deps, tools: FeedTools) -> None:
        self._settings = settings
        self._deps = deps
        self._tools = tools

    def discover(self, address: str) -> tuple[FoundFeed, ...]:
        """The feeds found from a page's address. Raises ConfigError for what is none, else ``SourceError`` kinds."""
        return self._tools.discover(address, self._deps)

    def take_in(self, body: bytes, source_id: str | None = None) -> Imported:
        """Adds a list's feeds to the source's OPML file, each once, however often the list comes.

        Raises ConfigError when ``body`` is no list, the source's own file cannot be read whole, or it is not clear
        which source is meant; OSError when the file cannot be written.
        """
        source = self._one(source_id)
        path = self._file_of(source)
        found = self._tools.read_list(body)
        old = path.read_bytes() if path.exists() else None
        before = self._tools.configured(source.id, _without_file(source.options))
        before += self._tools.read_list(old).feeds if old else ()
        known = {self._tools.identity(feed.address) for feed in before}
        added: list[Subscription] = []
        again: list[Subscription] = []
        for feed in found.feeds:
            identity = self._tools.identity(feed.address)
            (again if identity in known else added).append(feed)
            known.add(identity)
        if added:
            _replace(path, self._merged(path, old, added, f"Feeds of {source.id}"))
        named = "opml" in source.options or not (added or old)
        line = None if named else f'opml = "{path.relative_to(self._folder)}"'
        return Imported(source.id, path, tuple(added), tuple(again), found.bad, line)

    def give_out(self, source_id: str | None = None) -> tuple[bytes, int, tuple[str, ...]]:
        """An OPML file of all feeds, or of one source; how many it holds; and the sources that have secret ones too.

        Feeds that were given as secrets are left out. With several sources, each has a folder of its own.
        Raises ConfigError when there is no such source, or what it names cannot be read.
        """
        sources = self._sources() if source_id is None else (self._one(source_id),)
        feeds = [
            replace(feed, folder=(source.id, *feed.folder) if len(sources) > 1 else feed.folder)
            for source in sources
            for feed in self._once(self._tools.configured(source.id, source.options))
        ]
        secret = tuple(source.id for source in sources if any(key in source.options for key in SECRET_KEYS))
        return self._tools.merged(None, feeds, "Feeds"), len(feeds), secret

    def _once(self, feeds: Sequence[Subscription]) -> tuple[Subscription, ...]:
        """Each feed once; of two that name it, the one with a title says more."""
        named = sorted(feeds, key=lambda feed: not feed.title)
        first = {self._tools.identity(feed.address): feed for feed in reversed(named)}
        return tuple(feed for feed in feeds if first[self._tools.identity(feed.address)] is feed)

    @property
    def _folder(self) -> Path:
        return self._settings.path.resolve().parent

    def _sources(self) -> tuple[Source, ...]:
        return tuple(source for source in self._settings.sources if source.connector == CONNECTOR)

    def _one(self, source_id: str | None) -> Source:
        sources = self._sources()
        names = ", ".join(source.id for source in sources)
        if not sources:
            raise ConfigError(
                f'{self._settings.path}: there is no [[source]] with connector = "{CONNECTOR}"; add one with an id'
            )
        if source_id is None and len(sources) > 1:
            raise ConfigError(f"there are several sources of feeds: say which with --source ({names})")
        for source in sources:
            if source_id in (None, source.id):
                return source
        raise unknown("source of feeds", str(source_id), (source.id for source in sources))

    def _file_of(self, source: Source) -> Path:
        """The source's OPML file; where it names none, one beside the configuration that no other source names."""
        named = source.options.get("opml")
        if isinstance(named, str):
            return Path(named)
        taken = {str(other.options.get("opml")) for other in self._sources()}
        usual = self._folder / "feeds.opml"
        return self._folder / f"{source.id}.opml" if str(usual) in taken else usual

    def _merged(self, path: Path, old: bytes | None, new: Sequence[Subscription], title: str) -> bytes:
        try:
            return self._tools.merged(old, new, title)
        except ConfigError as error:
            raise ConfigError(f"{path} is left as it is: {error}") from error


def _without_file(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != "opml"}


def _replace(path: Path, content: bytes) -> None:
    """Readers see the old file or the new one, never a part. A new one is private: addresses may hold secrets."""
    make_folder(path.resolve().parent)
    with whole_file(path) as part:
        part.write_bytes(content)
