"""What of the newest papers has changed: told from an index alone, without reading the papers."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_paper_listed_at_pk_fingerprint", "paper", ["listed_at", "pk", "fingerprint"])
    op.drop_index("ix_paper_listed_at", "paper")
