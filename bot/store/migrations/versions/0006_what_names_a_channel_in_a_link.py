"""What names a channel in the secret link to its digests; the link itself is signed, and in nobody's database."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("channel", sa.Column("link", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_channel_link", "channel", ["link"])
