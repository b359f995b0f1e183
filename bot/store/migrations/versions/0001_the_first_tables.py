"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "adapter_fact",
        sa.Column("adapter", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("adapter", "key", name="pk_adapter_fact"),
    )
    op.create_table(
        "handled",
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_key", name="pk_handled"),
    )
    op.create_index("ix_handled_at", "handled", ["at"])
    op.create_table(
        "host_gate",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("free_at", UTCDateTime(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=False),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("host", name="pk_host_gate"),
    )
    op.create_table(
        "paper",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("head_key", sa.String(), nullable=False),
        sa.Column("abstract", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("venue", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=True),
        sa.Column("listed_at", UTCDateTime(), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("citations", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name="pk_paper"),
        sa.UniqueConstraint("id", name="uq_paper_id"),
    )
    op.create_index("ix_paper_head_key", "paper", ["head_key"])
    op.create_index("ix_paper_key", "paper", ["key"])
    op.create_index("ix_paper_listed_at", "paper", ["listed_at"])
    op.create_index("ix_paper_stored_at", "paper", ["stored_at"])
    op.create_table(
        "source_state",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("last_modified", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("last_success_at", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("stale_since", UTCDateTime(), nullable=True),
        sa.Column("next_poll_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("worker", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_source_state"),
    )
    op.create_table(
        "token",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_token"),
    )
    op.create_table(
        "workspace",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name="pk_workspace"),
        sa.UniqueConstraint("platform", "platform_id", name="uq_workspace_platform_platform_id"),
    )
    op.create_table(
        "channel",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("workspace_pk", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("paused_until", UTCDateTime(), nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=False),
        sa.Column("looked_until", UTCDateTime(), nullable=True),
        sa.Column("was_quiet", sa.Boolean(), nullable=False),
        sa.Column("set_up_by", sa.String(), nullable=False),
        sa.Column("managers", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_pk"], ["workspace.pk"], name="fk_channel_workspace_pk_workspace", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_channel"),
        sa.UniqueConstraint("workspace_pk", "kind", "platform_id", name="uq_channel_workspace_pk_kind_platform_id"),
    )
    op.create_table(
        "paper_alias",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("paper_pk", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["paper_pk"], ["paper.pk"], name="fk_paper_alias_paper_pk_paper", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_paper_alias"),
    )
    op.create_index("ix_paper_alias_paper_pk", "paper_alias", ["paper_pk"])
    op.create_table(
        "saved",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("paper_pk", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["paper_pk"], ["paper.pk"], name="fk_saved_paper_pk_paper", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_saved"),
        sa.UniqueConstraint("user", "paper_pk", name="uq_saved_user_paper_pk"),
    )
    op.create_index("ix_saved_user", "saved", ["user"])
    op.create_table(
        "sighting",
        sa.Column("paper_pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("upvotes", sa.Integer(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=True),
        sa.Column("submitter", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["paper_pk"], ["paper.pk"], name="fk_sighting_paper_pk_paper", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("paper_pk", "source", "day", name="pk_sighting"),
    )
    op.create_index("ix_sighting_day", "sighting", ["day"])
    op.create_table(
        "change",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("undo", sa.JSON(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_pk"], ["channel.pk"], name="fk_change_channel_pk_channel", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_change"),
    )
    op.create_index("ix_change_channel_pk", "change", ["channel_pk"])
    op.create_table(
        "digest",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("picks", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("nearest", sa.String(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("composed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_pk"], ["channel.pk"], name="fk_digest_channel_pk_channel", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_digest"),
        sa.UniqueConstraint("channel_pk", "slot", name="uq_digest_channel_pk_slot"),
    )
    op.create_table(
        "feedback",
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("paper_pk", sa.Integer(), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_pk"], ["channel.pk"], name="fk_feedback_channel_pk_channel", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["paper_pk"], ["paper.pk"], name="fk_feedback_paper_pk_paper", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_pk", "user", "paper_pk", name="pk_feedback"),
    )
    op.create_table(
        "follow",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("notify", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_by_name", sa.String(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_pk"], ["channel.pk"], name="fk_follow_channel_pk_channel", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_follow"),
        sa.UniqueConstraint("channel_pk", "kind", "key", name="uq_follow_channel_pk_kind_key"),
    )
    op.create_table(
        "schedule",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("local_time", sa.String(), nullable=False),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("worker", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_pk"], ["channel.pk"], name="fk_schedule_channel_pk_channel", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pk", name="pk_schedule"),
        sa.UniqueConstraint("channel_pk", "kind", name="uq_schedule_channel_pk_kind"),
    )
    op.create_index("ix_schedule_next_due_at", "schedule", ["next_due_at"])
    op.create_table(
        "delivery",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("digest_pk", sa.Integer(), nullable=False),
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_plain", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_pk"], ["channel.pk"], name="fk_delivery_channel_pk_channel", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["digest_pk"], ["digest.pk"], name="fk_delivery_digest_pk_digest", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pk", name="pk_delivery"),
        sa.UniqueConstraint("digest_pk", "part", name="uq_delivery_digest_pk_part"),
        sa.UniqueConstraint("key", name="uq_delivery_key"),
    )
    op.create_index("ix_delivery_channel_pk", "delivery", ["channel_pk"])
    op.create_index("ix_delivery_platform_due", "delivery", ["platform", "due_at"])
    left = sa.text("worker <> '' AND due_at IS NOT NULL")
    op.create_index("ix_delivery_left", "delivery", ["platform", "due_at"], postgresql_where=left, sqlite_where=left)
    op.create_table(
        "profile",
        sa.Column("follow_pk", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("fitted_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["follow_pk"], ["follow.pk"], name="fk_profile_follow_pk_follow", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("follow_pk", name="pk_profile"),
    )
    op.create_table(
        "shown",
        sa.Column("channel_pk", sa.Integer(), nullable=False),
        sa.Column("paper_pk", sa.Integer(), nullable=False),
        sa.Column("digest_pk", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_pk"], ["channel.pk"], name="fk_shown_channel_pk_channel", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["digest_pk"], ["digest.pk"], name="fk_shown_digest_pk_digest", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["paper_pk"], ["paper.pk"], name="fk_shown_paper_pk_paper", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_pk", "paper_pk", name="pk_shown"),
    )
    op.create_index("ix_shown_digest_pk", "shown", ["digest_pk"])
    op.create_index("ix_shown_paper_pk", "shown", ["paper_pk"])
    _tables_of_the_look_up()


def _tables_of_the_look_up() -> None:
    """What `store.search` keeps: words of titles, names and surnames; words of all the text; spellings."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "term",
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("df", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("term", name="pk_term"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "near",
        sa.Column("crc", sa.BigInteger(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("crc", "term", name="pk_near"),
        sqlite_with_rowid=False,
    )
    if postgresql:
        op.execute(
            "CREATE TABLE paper_search (paper_pk integer PRIMARY KEY REFERENCES paper (pk) ON DELETE CASCADE,"
            " words text NOT NULL, authors text NOT NULL, names text NOT NULL,"
            " terms tsvector NOT NULL, said tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_paper_search_terms ON paper_search USING gin (terms)")
        op.execute("CREATE INDEX ix_paper_search_said ON paper_search USING gin (said)")
    else:
        split = "unicode61 remove_diacritics 2"
        op.execute(
            f"CREATE VIRTUAL TABLE paper_search USING fts5(words, authors, names, detail=none, tokenize='{split}')"
        )
        op.execute(
            f"CREATE VIRTUAL TABLE paper_search_text USING fts5(title, authors, abstract, tokenize='porter {split}')"
        )
