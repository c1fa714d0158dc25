"""What every process that a test forks would load anew: loaded once, before the first is forked."""

from __future__ import annotations

import scipy.special

import bot.notify.email
import bot.notify.file
import connectors.rss
from bot import plugins
from bot.engines.heard import engine
from bot.engines.language import identifier
from bot.model import Genre
from bot.ports import Passage
from bot.web import server
from bot.wiring.tell import picturing
from tests.kills import victim as victim_of_kills
from tests.walk import rescorer, test_import_observations, test_kill_deliver, test_kill_notices, till
from tests.watch import test_alarm_faults

for group in (plugins.CONNECTORS, plugins.ENGINES, plugins.NOTIFIERS):
    plugins.names(group)
engine({}).read([Passage("Velvet Crumb is lovely", 0)], {}, Genre.ARTICLE)
identifier().identify("Velvet Crumb is lovely chocolate")

__all__ = [
    "bot",
    "connectors",
    "picturing",
    "rescorer",
    "scipy",
    "server",
    "test_alarm_faults",
    "test_import_observations",
    "test_kill_deliver",
    "test_kill_notices",
    "till",
    "victim_of_kills",
]
