"""Alembic's entry: runs the migrations on the connection that the program hands over."""

from alembic import context
from sqlmodel import SQLModel

import bot.tables  # noqa: F401 (fills the metadata)
from bot.store.engine import NOT_OURS

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=lambda name, kind, _parents: not (kind == "table" and name and name.startswith(NOT_OURS)),
)
context.run_migrations()
