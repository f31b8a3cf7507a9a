"""Holds and bookings."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("holds", "booking_rules", "bookings", "booking_people")
HOLD_STATES = ("placed", "authorized", "capturing", "captured", "releasing", "released", "expired", "refused")
BOOKING_STATES = ("booked", "seated", "canceled", "no_show")


def upgrade() -> None:
    make_holds()
    make_rules()
    make_bookings()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def make_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("intent_id", sa.String(64)),
        sa.Column("client_secret", sa.String(200)),
        sa.Column("charge_id", sa.String(64)),
        sa.Column("account", sa.String(64)),
        sa.Column("destination", sa.String(64)),
        sa.Column("fee_ppm", sa.Integer(), nullable=False),
        sa.Column("fee_fixed", sa.BigInteger(), nullable=False),
        sa.Column("card_brand", sa.String(40)),
        sa.Column("card_last4", sa.String(4)),
        sa.Column("provider_status", sa.String(64)),
        sa.Column("decline_code", sa.String(64)),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("expires_at", moment()),
        sa.Column("capture_before", moment()),
        sa.Column("next_at", moment()),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name="fk_holds_stream_table_sessions"),
        sa.ForeignKeyConstraint(["restaurant_id"], ["restaurants.id"], name="fk_holds_restaurant_id_restaurants"),
        sa.UniqueConstraint("intent_id", name="uq_holds_intent_id"),
        one_of("holds", "state", HOLD_STATES),
        sa.CheckConstraint("amount > 0 AND captured >= 0", name=op.f("ck_holds_amount")),
    )
    for column in ("stream", "restaurant_id", "next_at"):
        op.create_index(f"ix_holds_{column}", "holds", [column])


def make_rules() -> None:
    op.create_table(
        "booking_rules",
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("tab_ppm", sa.Integer(), nullable=False),
        sa.Column("tab_estimate", sa.BigInteger(), nullable=False),
        sa.Column("bookable", sa.Boolean(), nullable=False),
        sa.Column("no_show_amount", sa.BigInteger(), nullable=False),
        sa.Column("cancel_hours", sa.Integer(), nullable=False),
        sa.Column("booking_minutes", sa.Integer(), nullable=False),
        sa.Column("days_ahead", sa.Integer(), nullable=False),
        sa.Column("people_max", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("restaurant_id", name="pk_booking_rules"),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name="fk_booking_rules_restaurant_id_restaurants"
        ),
        sa.CheckConstraint("tab_ppm >= 1000000 AND tab_estimate >= 0", name=op.f("ck_booking_rules_tab")),
        sa.CheckConstraint(
            "0 <= opens_at AND opens_at <= last_at AND last_at < 1440", name=op.f("ck_booking_rules_hours")
        ),
        sa.CheckConstraint("no_show_amount >= 0 AND cancel_hours >= 0", name=op.f("ck_booking_rules_no_show")),
        sa.CheckConstraint(
            "booking_minutes > 0 AND days_ahead > 0 AND people_max > 0", name=op.f("ck_booking_rules_booking")
        ),
    )


def make_bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("table_id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("starts_at", moment(), nullable=False),
        sa.Column("ends_at", moment(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("hold_id", sa.String(26)),
        sa.Column("no_show_amount", sa.BigInteger(), nullable=False),
        sa.Column("cancel_before", moment(), nullable=False),
        sa.Column("charged", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("ended_at", moment()),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.ForeignKeyConstraint(["restaurant_id"], ["restaurants.id"], name="fk_bookings_restaurant_id_restaurants"),
        sa.ForeignKeyConstraint(["table_id"], ["dining_tables.id"], name="fk_bookings_table_id_dining_tables"),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name="fk_bookings_stream_table_sessions"),
        sa.UniqueConstraint("stream", name="uq_bookings_stream"),
        sa.UniqueConstraint("token_hash", name="uq_bookings_token_hash"),
        one_of("bookings", "state", BOOKING_STATES),
        sa.CheckConstraint("people > 0", name=op.f("ck_bookings_people")),
    )
    op.create_table(
        "booking_people",
        sa.Column("booking_id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("booking_id", name="pk_booking_people"),
    )
    for column in ("restaurant_id", "table_id", "starts_at"):
        op.create_index(f"ix_bookings_{column}", "bookings", [column])
    for column in ("stream", "guest_id"):
        op.create_index(f"ix_booking_people_{column}", "booking_people", [column])


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def one_of(table: str, column: str, words: Iterable[str]) -> sa.CheckConstraint:
    admitted = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({admitted})", name=op.f(f"ck_{table}_{column}"))
