"""State: the only SQL of the project. Values go in and come out; no live row leaves."""

from bot.store.store import Store

__all__ = ["Store"]
