"""What every process of a kill test would load anew: loaded once, before it is forked."""

from __future__ import annotations

import bot.notify.email
import connectors.rss
from bot.engines.heard import engine
from bot.engines.language import identifier
from bot.model import Genre
from bot.ports import Passage
from tests.walk import victim

engine({}).read([Passage("Velvet Crumb is lovely", 0)], {}, Genre.ARTICLE)
identifier().identify("Velvet Crumb is lovely chocolate")

__all__ = ["bot", "connectors", "victim"]
