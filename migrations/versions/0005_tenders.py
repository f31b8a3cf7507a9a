"""Gift cards and passes, and payments of a group."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OPEN_GROUPS = sa.text("state = 'open'")


def upgrade() -> None:
    make_groups()
    make_products()
    make_gift_cards()
    make_uses()


def downgrade() -> None:
    for table in ("gift_card_uses", "gift_cards", "products", "group_payments"):
        op.drop_table(table)


def make_groups() -> None:
    op.create_table(
        "group_payments",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'capturing', 'succeeded', 'released')", name=op.f("ck_group_payments_state")
        ),
        sa.ForeignKeyConstraint(
            ["stream"], ["table_sessions.id"], name=op.f("fk_group_payments_stream_table_sessions")
        ),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_group_payments_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_payments")),
    )
    op.create_index(op.f("ix_group_payments_stream"), "group_payments", ["stream"])
    op.create_index(op.f("ix_group_payments_restaurant_id"), "group_payments", ["restaurant_id"])
    op.create_index(
        "ix_group_payments_remind",
        "group_payments",
        ["remind_at"],
        sqlite_where=OPEN_GROUPS,
        postgresql_where=OPEN_GROUPS,
    )


def make_products() -> None:
    op.create_table(
        "products",
        sa.Column("item_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("items", JSON, nullable=False),
        sa.CheckConstraint("kind IN ('giftCard', 'pass')", name=op.f("ck_products_kind")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_products_value")),
        sa.CheckConstraint("uses > 0", name=op.f("ck_products_uses")),
        sa.CheckConstraint("valid_days > 0", name=op.f("ck_products_valid_days")),
        sa.ForeignKeyConstraint(["item_id"], ["menu_items.id"], name=op.f("fk_products_item_id_menu_items")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_products")),
    )


def make_gift_cards() -> None:
    op.create_table(
        "gift_cards",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("sold_in", sa.String(26), nullable=False),
        sa.Column("payment_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("item_ids", JSON, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last4", sa.String(4), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('giftCard', 'pass')", name=op.f("ck_gift_cards_kind")),
        sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f("ck_gift_cards_state")),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_gift_cards_balance")),
        sa.CheckConstraint("uses_left >= 0", name=op.f("ck_gift_cards_uses_left")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_gift_cards_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_cards")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_gift_cards_code_hash")),
    )
    op.create_index(op.f("ix_gift_cards_restaurant_id"), "gift_cards", ["restaurant_id"])
    op.create_index(op.f("ix_gift_cards_payment_id"), "gift_cards", ["payment_id"])


def make_uses() -> None:
    op.create_table(
        "gift_card_uses",
        sa.Column("payment_id", sa.String(26), nullable=False),
        sa.Column("card_id", sa.String(40), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0 AND returned >= 0", name=op.f("ck_gift_card_uses_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_gift_card_uses_payment_id_payments")),
        sa.ForeignKeyConstraint(["card_id"], ["gift_cards.id"], name=op.f("fk_gift_card_uses_card_id_gift_cards")),
        sa.ForeignKeyConstraint(
            ["stream"], ["table_sessions.id"], name=op.f("fk_gift_card_uses_stream_table_sessions")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_gift_card_uses")),
    )
    op.create_index(op.f("ix_gift_card_uses_card_id"), "gift_card_uses", ["card_id"])
