"""What reactions teach: a fitted taste a channel."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "taste",
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("fitted_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["channel_pk"], ["channel.pk"], name="fk_taste_channel_pk_channel", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_pk", name="pk_taste"),
    )
