"""Findings of the reconciliation, jobs that one node does for all, raw events, and states that keep their order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

MAY_FOLLOW = (
    "initiated>awaiting",
    "initiated>processing",
    "initiated>authorized",
    "initiated>succeeded",
    "initiated>canceled",
    "initiated>refused",
    "awaiting>processing",
    "awaiting>authorized",
    "awaiting>succeeded",
    "awaiting>canceled",
    "processing>awaiting",
    "processing>authorized",
    "processing>succeeded",
    "processing>canceled",
    "authorized>succeeded",
    "authorized>canceled",
    "canceled>succeeded",
    "refused>succeeded",
)
"""Which state of a payment may follow which: the table of `app.domain.payment.ALLOWED`, as it was at this step."""

OUT_OF_ORDER = "NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN ({})".format(
    ", ".join(f"'{step}'" for step in MAY_FOLLOW)
)
THAWED = (
    "NEW.key <> OLD.key OR NEW.operation <> OLD.operation "
    "OR NEW.parameters <> OLD.parameters OR NEW.parameters_hash <> OLD.parameters_hash"
)


def upgrade() -> None:
    make_findings()
    make_scheduled_jobs()
    op.add_column("inbox", sa.Column("payload", sa.LargeBinary(), nullable=True))
    refuse("payments_keep_their_order", "payments", "state", OUT_OF_ORDER, "this state may not follow that one")
    frozen = "key, operation, parameters, parameters_hash"
    refuse("stripe_calls_are_frozen", "stripe_calls", frozen, THAWED, "a planned call is never edited")


def downgrade() -> None:
    allow("stripe_calls_are_frozen", "stripe_calls")
    allow("payments_keep_their_order", "payments")
    op.drop_column("inbox", "payload")
    op.drop_table("scheduled_jobs")
    op.drop_table("findings")


def make_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=True),
        sa.Column("stream", sa.String(26), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(26), nullable=True),
        sa.Column("note", sa.String(200), nullable=True),
        sa.CheckConstraint("state IN ('open', 'resolved', 'closed')", name=op.f("ck_findings_state")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_findings_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_restaurant_id"), "findings", ["restaurant_id"])
    op.create_index(
        op.f("uq_findings_open"),
        "findings",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def make_scheduled_jobs() -> None:
    op.create_table(
        "scheduled_jobs",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduled_jobs")),
    )


def refuse(name: str, table: str, columns: str, when: str, message: str) -> None:
    """Refuse an update of `columns` that makes `when` true."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} "
            f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
    )


def allow(name: str, table: str) -> None:
    """Take such a trigger away."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}")
