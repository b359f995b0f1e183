"""What a language model made of papers: a summary a paper, where the operator has set one up."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "summary",
        sa.Column("paper_pk", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["paper_pk"], ["paper.pk"], name="fk_summary_paper_pk_paper", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("paper_pk", name="pk_summary"),
    )
