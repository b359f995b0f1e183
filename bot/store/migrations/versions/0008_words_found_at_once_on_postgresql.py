"""Words of new papers go straight into PostgreSQL's index, not onto a list that each question reads from end to end."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for index in ("ix_paper_search_terms", "ix_paper_search_said"):
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{index}')")
