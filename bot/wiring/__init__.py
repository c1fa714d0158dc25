"""The composition root: the only place that builds adapters from settings."""

from bot.wiring.app import App

__all__ = ["App"]
