"""Double entry, the drawer, shares of tips, and restaurants with an account of their own at the provider."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

KEEP_ON_SQLITE = """
CREATE TRIGGER ledger_entries_are_kept_{event} BEFORE {event} ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'what is booked is never changed'); END
"""

KEEP_ON_POSTGRES = """
CREATE FUNCTION ledger_entries_are_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what is booked is never changed'; END $$
"""

IS_CASH = sa.text("account IN ('cash_drawer', 'cash_drawer:change')")
IS_OPEN = sa.text("counted_at IS NULL")


def upgrade() -> None:
    make_the_ledger()
    make_the_drawer()
    make_the_tips()
    op.add_column("restaurants", sa.Column("day_starts_minutes", sa.Integer(), nullable=False, server_default="240"))
    op.add_column("restaurants", sa.Column("application_fee_ppm", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "restaurants", sa.Column("application_fee_fixed", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("payments", sa.Column("destination", sa.String(64), nullable=True))
    op.add_column("payments", sa.Column("application_fee", sa.BigInteger(), nullable=True))
    op.create_index("ix_payments_day", "payments", ["restaurant_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_payments_day", "payments")
    for table, columns in (
        ("payments", ("application_fee", "destination")),
        ("restaurants", ("application_fee_fixed", "application_fee_ppm", "day_starts_minutes")),
    ):
        for column in columns:
            op.drop_column(table, column)
    for table in ("shifts", "tip_rules", "drawers", "ledger_entries"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_entries_are_kept")


def make_the_ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("cause", sa.String(80), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_amount")),
        sa.PrimaryKeyConstraint("cause", "account", name=op.f("pk_ledger_entries")),
    )
    op.create_index(op.f("ix_ledger_entries_stream"), "ledger_entries", ["stream"])
    op.create_index("ix_ledger_entries_day", "ledger_entries", ["restaurant_id", "at"])
    op.create_index(
        "ix_ledger_entries_cash", "ledger_entries", ["restaurant_id"], sqlite_where=IS_CASH, postgresql_where=IS_CASH
    )
    keep_what_is_booked()


def keep_what_is_booked() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(KEEP_ON_SQLITE.format(event=event))
        return
    op.execute(KEEP_ON_POSTGRES)
    op.execute(
        "CREATE TRIGGER ledger_entries_are_kept BEFORE UPDATE OR DELETE ON ledger_entries "
        "FOR EACH ROW EXECUTE FUNCTION ledger_entries_are_kept()"
    )


def make_the_drawer() -> None:
    op.create_table(
        "drawers",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("carried", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(200), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", sa.String(64), nullable=True),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("opening >= 0", name=op.f("ck_drawers_opening")),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_drawers_counted")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_drawers_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawers")),
    )
    op.create_index("ix_drawers_opened", "drawers", ["restaurant_id", "opened_at"])
    op.create_index(
        "uq_drawers_one_open",
        "drawers",
        ["restaurant_id"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )


def make_the_tips() -> None:
    op.create_table(
        "tip_rules",
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("shared_by", sa.String(16), nullable=False),
        sa.Column("points", JSON, nullable=False),
        sa.CheckConstraint("shared_by IN ('hours', 'points', 'served')", name=op.f("ck_tip_rules_shared_by")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_tip_rules_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("restaurant_id", "starts_on", name=op.f("pk_tip_rules")),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("staff_id", sa.String(26), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0 AND minutes <= 1440", name=op.f("ck_shifts_minutes")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_shifts_restaurant_id_restaurants")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_shifts_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("staff_id", "date", name=op.f("uq_shifts_staff_id_date")),
    )
    op.create_index("ix_shifts_day", "shifts", ["restaurant_id", "date"])
