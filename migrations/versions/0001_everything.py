"""Everything: the house, its menu and staff, the log, and money beside it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

TABLES = (
    "restaurants",
    "dining_tables",
    "menu_categories",
    "menu_items",
    "modifier_groups",
    "modifiers",
    "staff",
    "staff_sessions",
    "table_sessions",
    "events",
    "commands",
    "guest_sessions",
    "guest_names",
    "payments",
    "stripe_calls",
    "stripe_refs",
    "inbox",
    "idempotency_keys",
)
"""In the order in which they can be made; the other way round they can be dropped."""

KEEP_EVENTS_ON_SQLITE = """
CREATE TRIGGER events_are_kept_{event} BEFORE {event} ON events
BEGIN SELECT RAISE(ABORT, 'events are never edited'); END
"""

KEEP_EVENTS_ON_POSTGRES = """
CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are never edited'; END $$
"""


def upgrade() -> None:
    make_the_house()
    make_the_menu()
    make_the_staff()
    make_the_log()
    make_the_guests()
    make_payments()
    make_what_goes_to_the_provider()
    make_what_comes_in()
    keep_events()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_are_kept")


def keep_events() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(KEEP_EVENTS_ON_SQLITE.format(event=event))
        return
    op.execute(KEEP_EVENTS_ON_POSTGRES)
    op.execute(
        "CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE ON events "
        "FOR EACH ROW EXECUTE FUNCTION events_are_kept()"
    )


def make_the_house() -> None:
    op.create_table(
        "restaurants",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("tax_number", sa.String(60), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("tax_inclusive", sa.Boolean(), nullable=False),
        sa.Column("service_ppm", sa.Integer(), nullable=False),
        sa.Column("service_tax_ppm", sa.Integer(), nullable=True),
        sa.Column("service_from_covers", sa.Integer(), nullable=False),
        sa.Column("tip_presets", JSON, nullable=False),
        sa.Column("join_policy", sa.String(16), nullable=False),
        sa.Column("surplus_policy", sa.String(16), nullable=False),
        sa.Column("stripe_account", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("join_policy IN ('open', 'approve', 'pin')", name=op.f("ck_restaurants_join_policy")),
        sa.CheckConstraint("surplus_policy IN ('refund', 'credit', 'ask')", name=op.f("ck_restaurants_surplus_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restaurants")),
    )
    op.create_table(
        "dining_tables",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("area", sa.String(60), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(16), nullable=False),
        sa.Column("code_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("service IN ('free', 'to_clean')", name=op.f("ck_dining_tables_service")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_dining_tables_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dining_tables")),
        sa.UniqueConstraint("restaurant_id", "label", name=op.f("uq_dining_tables_restaurant_id_label")),
    )
    op.create_index(op.f("ix_dining_tables_restaurant_id"), "dining_tables", ["restaurant_id"])


def make_the_menu() -> None:
    op.create_table(
        "menu_categories",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_menu_categories_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_categories")),
    )
    op.create_index(op.f("ix_menu_categories_restaurant_id"), "menu_categories", ["restaurant_id"])
    op.create_table(
        "menu_items",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("category_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("tax_ppm", sa.Integer(), nullable=True),
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("portions", sa.Integer(), nullable=True),
        sa.Column("table_limit", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("portions >= 0", name=op.f("ck_menu_items_portions")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_menu_items_price")),
        sa.CheckConstraint("table_limit > 0", name=op.f("ck_menu_items_table_limit")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["menu_categories.id"], name=op.f("fk_menu_items_category_id_menu_categories")
        ),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_menu_items_restaurant_id_restaurants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_items")),
    )
    op.create_index(op.f("ix_menu_items_category_id"), "menu_items", ["category_id"])
    op.create_index(op.f("ix_menu_items_restaurant_id"), "menu_items", ["restaurant_id"])
    op.create_table(
        "modifier_groups",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("item_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 <= least AND least <= most", name=op.f("ck_modifier_groups_choices")),
        sa.ForeignKeyConstraint(["item_id"], ["menu_items.id"], name=op.f("fk_modifier_groups_item_id_menu_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modifier_groups")),
    )
    op.create_index(op.f("ix_modifier_groups_item_id"), "modifier_groups", ["item_id"])
    op.create_table(
        "modifiers",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("group_id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["modifier_groups.id"], name=op.f("fk_modifiers_group_id_modifier_groups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modifiers")),
    )
    op.create_index(op.f("ix_modifiers_group_id"), "modifiers", ["group_id"])


def make_the_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'manager', 'waiter', 'kitchen')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["restaurant_id"], ["restaurants.id"], name=op.f("fk_staff_restaurant_id_restaurants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_index(op.f("ix_staff_restaurant_id"), "staff", ["restaurant_id"])
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("staff_id", sa.String(26), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"])


def make_the_log() -> None:
    op.create_table(
        "table_sessions",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("table_id", sa.String(26), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("epoch", sa.String(26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pin", sa.String(8), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'settling', 'settled', 'closed', 'abandoned')", name=op.f("ck_table_sessions_status")
        ),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_table_sessions_restaurant_id_restaurants")
        ),
        sa.ForeignKeyConstraint(
            ["table_id"], ["dining_tables.id"], name=op.f("fk_table_sessions_table_id_dining_tables")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_sessions")),
    )
    op.create_index(
        op.f("ix_table_sessions_idle"),
        "table_sessions",
        ["last_at"],
        sqlite_where=sa.text("status IN ('open', 'settling', 'settled')"),
        postgresql_where=sa.text("status IN ('open', 'settling', 'settled')"),
    )
    op.create_index(op.f("ix_table_sessions_restaurant_id"), "table_sessions", ["restaurant_id"])
    op.create_index(op.f("ix_table_sessions_table_id"), "table_sessions", ["table_id"])
    op.create_index(
        op.f("uq_table_sessions_one_open"),
        "table_sessions",
        ["table_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('open', 'settling', 'settled')"),
        postgresql_where=sa.text("status IN ('open', 'settling', 'settled')"),
    )
    op.create_table(
        "events",
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("v", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(100), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_events")),
    )
    op.create_table(
        "commands",
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("cid", sa.String(64), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "cid", "id", name=op.f("pk_commands")),
    )


def make_the_guests() -> None:
    op.create_table(
        "guest_sessions",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["stream"], ["table_sessions.id"], name=op.f("fk_guest_sessions_stream_table_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_sessions")),
        sa.UniqueConstraint("stream", "device_hash", name=op.f("uq_guest_sessions_stream_device_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_guest_sessions_token_hash")),
    )
    op.create_index(op.f("ix_guest_sessions_guest_id"), "guest_sessions", ["guest_id"])
    op.create_index(op.f("ix_guest_sessions_stream"), "guest_sessions", ["stream"])
    op.create_table(
        "guest_names",
        sa.Column("guest_id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("guest_id", name=op.f("pk_guest_names")),
    )
    op.create_index(op.f("ix_guest_names_stream"), "guest_names", ["stream"])


def make_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=True),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("surplus", sa.BigInteger(), nullable=False),
        sa.Column("intent_id", sa.String(64), nullable=True),
        sa.Column("client_secret", sa.String(200), nullable=True),
        sa.Column("charge_id", sa.String(64), nullable=True),
        sa.Column("account", sa.String(64), nullable=True),
        sa.Column("card_brand", sa.String(40), nullable=True),
        sa.Column("card_last4", sa.String(4), nullable=True),
        sa.Column("decline_code", sa.String(64), nullable=True),
        sa.Column("provider_status", sa.String(64), nullable=True),
        sa.Column("evidence", JSON, nullable=True),
        sa.Column("receipt_token", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("capture_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("method IN ('card', 'cash', 'terminal', 'giftCard')", name=op.f("ck_payments_method")),
        sa.CheckConstraint(
            "state IN ('initiated', 'awaiting', 'processing', 'authorized', 'succeeded', 'canceled', 'refused')",
            name=op.f("ck_payments_state"),
        ),
        sa.CheckConstraint("amount >= 0 AND tip >= 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_payments_restaurant_id_restaurants")
        ),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name=op.f("fk_payments_stream_table_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payments_intent_id")),
        sa.UniqueConstraint("receipt_token", name=op.f("uq_payments_receipt_token")),
    )
    op.create_index(op.f("ix_payments_expires_at"), "payments", ["expires_at"])
    op.create_index(op.f("ix_payments_next_look_at"), "payments", ["next_look_at"])
    op.create_index(op.f("ix_payments_restaurant_id"), "payments", ["restaurant_id"])
    op.create_index(op.f("ix_payments_stream"), "payments", ["stream"])


def make_what_goes_to_the_provider() -> None:
    op.create_table(
        "stripe_calls",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("operation", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("account", sa.String(64), nullable=True),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("parameters_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", JSON, nullable=True),
        sa.Column("error", sa.String(200), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'answered', 'refused', 'looked_up')", name=op.f("ck_stripe_calls_state")
        ),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name=op.f("fk_stripe_calls_stream_table_sessions")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stripe_calls")),
    )
    op.create_index(
        op.f("ix_stripe_calls_open"),
        "stripe_calls",
        ["next_at"],
        sqlite_where=sa.text("state IN ('planned', 'sent')"),
        postgresql_where=sa.text("state IN ('planned', 'sent')"),
    )
    op.create_index(op.f("ix_stripe_calls_stream"), "stripe_calls", ["stream"])
    op.create_index(op.f("ix_stripe_calls_subject"), "stripe_calls", ["subject"])
    op.create_table(
        "stripe_refs",
        sa.Column("stripe_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("our_id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("stripe_id", name=op.f("pk_stripe_refs")),
    )
    op.create_index(op.f("ix_stripe_refs_our_id"), "stripe_refs", ["our_id"])


def make_what_comes_in() -> None:
    op.create_table(
        "inbox",
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(120), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=True),
        sa.Column("account", sa.String(64), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(500), nullable=True),
        sa.CheckConstraint("state IN ('received', 'done', 'dead')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        op.f("ix_inbox_due"),
        "inbox",
        ["next_at"],
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(120), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(26), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done')", name=op.f("ck_idempotency_keys_state")),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_expires_at"), "idempotency_keys", ["expires_at"])
