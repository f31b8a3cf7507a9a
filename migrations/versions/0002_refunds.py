"""Refunds and disputes beside the log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    make_refunds()
    make_remedies()
    make_disputes()


def downgrade() -> None:
    for table in ("disputes", "remedies", "refunds"):
        op.drop_table(table)


def make_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("batch", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("payment_id", sa.String(26), nullable=True),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("cause_reference", sa.String(64), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("what", JSON, nullable=False),
        sa.Column("owed_again", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.BigInteger(), nullable=False),
        sa.Column("stripe_id", sa.String(64), nullable=True),
        sa.Column("provider_status", sa.String(64), nullable=True),
        sa.Column("failure_reason", sa.String(64), nullable=True),
        sa.Column("asked_by", sa.String(26), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(26), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'declined', 'withdrawn', 'planned', 'pending', 'succeeded', 'failed')",
            name=op.f("ck_refunds_state"),
        ),
        sa.CheckConstraint(
            "cause IN ('staff', 'credit', 'surplus', 'provider', 'dispute')", name=op.f("ck_refunds_cause")
        ),
        sa.CheckConstraint("amount >= 0 AND tip >= 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name=op.f("fk_refunds_stream_table_sessions")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_refunds_restaurant_id_restaurants")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("cause", "cause_reference", name=op.f("uq_refunds_cause_cause_reference")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refunds_stripe_id")),
    )
    op.create_index(op.f("ix_refunds_list"), "refunds", ["restaurant_id", "id"])
    for column in ("batch", "stream", "payment_id", "next_look_at"):
        op.create_index(op.f(f"ix_refunds_{column}"), "refunds", [column])


def make_remedies() -> None:
    op.create_table(
        "remedies",
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name=op.f("fk_remedies_stream_table_sessions")),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_remedies")),
    )
    op.create_index(op.f("ix_remedies_due_at"), "remedies", ["due_at"])


def make_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("payment_id", sa.String(26), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("provider_status", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'won', 'lost', 'withdrawn', 'unknown')", name=op.f("ck_disputes_state")),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name=op.f("fk_disputes_stream_table_sessions")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_disputes_restaurant_id_restaurants")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_list"), "disputes", ["restaurant_id", "opened_at"])
    for column in ("stream", "payment_id"):
        op.create_index(op.f(f"ix_disputes_{column}"), "disputes", [column])
