"""Reviews of suspicious payments, people's data sealed, the audit log, and what has been forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

TABLES = (
    "reviews",
    "card_tries",
    "buckets",
    "audit_heads",
    "audit_entries",
    "audit_forgotten",
    "forgotten",
)

SQLITE_TRIGGERS = (
    # Events go only with a visit whose end is kept in `forgotten`.
    """CREATE TRIGGER events_are_kept_DELETE BEFORE DELETE ON events
    WHEN NOT EXISTS (SELECT 1 FROM forgotten WHERE stream = OLD.stream)
    BEGIN SELECT RAISE(ABORT, 'events are never edited'); END""",
    # Only what has ended may be forgotten, and only with its own head.
    """CREATE TRIGGER forgotten_is_true BEFORE INSERT ON forgotten
    WHEN NOT EXISTS (SELECT 1 FROM table_sessions WHERE id = NEW.stream AND version = NEW.version
        AND head_hash = NEW.head_hash AND status IN ('closed', 'abandoned'))
    BEGIN SELECT RAISE(ABORT, 'only a visit that has ended is forgotten'); END""",
    """CREATE TRIGGER forgotten_is_kept_UPDATE BEFORE UPDATE ON forgotten
    BEGIN SELECT RAISE(ABORT, 'forgotten visits are never edited'); END""",
    """CREATE TRIGGER forgotten_is_kept_DELETE BEFORE DELETE ON forgotten
    BEGIN SELECT RAISE(ABORT, 'forgotten visits are never edited'); END""",
    """CREATE TRIGGER audit_is_kept_UPDATE BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is never edited'); END""",
    """CREATE TRIGGER audit_is_kept_DELETE BEFORE DELETE ON audit_entries
    WHEN NOT EXISTS (SELECT 1 FROM audit_forgotten WHERE chain = OLD.chain AND seq >= OLD.seq)
    BEGIN SELECT RAISE(ABORT, 'the audit log is never edited'); END""",
    """CREATE TRIGGER audit_forgotten_is_kept_UPDATE BEFORE UPDATE ON audit_forgotten
    BEGIN SELECT RAISE(ABORT, 'the audit log is never edited'); END""",
    """CREATE TRIGGER audit_forgotten_is_kept_DELETE BEFORE DELETE ON audit_forgotten
    BEGIN SELECT RAISE(ABORT, 'the audit log is never edited'); END""",
)

POSTGRES_FUNCTIONS = {
    "events_are_kept": """
        IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM forgotten WHERE stream = OLD.stream) THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'events are never edited';""",
    "forgotten_is_true": """
        IF NOT EXISTS (SELECT 1 FROM table_sessions WHERE id = NEW.stream AND version = NEW.version
            AND head_hash = NEW.head_hash AND status IN ('closed', 'abandoned'))
        THEN RAISE EXCEPTION 'only a visit that has ended is forgotten'; END IF;
        RETURN NEW;""",
    "audit_is_kept": """
        IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM audit_forgotten WHERE chain = OLD.chain AND seq >= OLD.seq)
        THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'the audit log is never edited';""",
    "trust_is_kept": """
        RAISE EXCEPTION 'what is kept here is never edited';""",
}

POSTGRES_TRIGGERS = (
    ("forgotten_is_true", "BEFORE INSERT ON forgotten FOR EACH ROW", "forgotten_is_true"),
    ("forgotten_is_kept", "BEFORE UPDATE OR DELETE ON forgotten FOR EACH ROW", "trust_is_kept"),
    ("audit_is_kept", "BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW", "audit_is_kept"),
    ("audit_forgotten_is_kept", "BEFORE UPDATE OR DELETE ON audit_forgotten FOR EACH ROW", "trust_is_kept"),
    # A trigger for rows does not see a table that is emptied as a whole.
    ("events_are_not_emptied", "BEFORE TRUNCATE ON events FOR EACH STATEMENT", "trust_is_kept"),
    ("audit_is_not_emptied", "BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT", "trust_is_kept"),
    ("forgotten_is_not_emptied", "BEFORE TRUNCATE ON forgotten FOR EACH STATEMENT", "trust_is_kept"),
)

EVENTS_SAY = "events are never edited"


def upgrade() -> None:
    make_room_for_sealed_names()
    make_reviews()
    make_limits()
    make_the_audit_log()
    make_forgotten()
    keep()


def downgrade() -> None:
    let_go()
    op.drop_index(op.f("ix_guest_sessions_device_hash"), "guest_sessions")
    for table in reversed(TABLES):
        op.drop_table(table)
    # A version before this one would show the sealed text as the name.
    op.execute("DELETE FROM guest_names WHERE name LIKE 's1.%'")
    with op.batch_alter_table("guest_names") as names:
        names.alter_column("name", existing_type=sa.String(600), type_=sa.String(80), existing_nullable=False)


def make_room_for_sealed_names() -> None:
    with op.batch_alter_table("guest_names") as names:
        names.alter_column("name", existing_type=sa.String(80), type_=sa.String(600), existing_nullable=False)


def make_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("table_id", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=False),
        sa.Column("payment_id", sa.String(26), nullable=False),
        sa.Column("request_id", sa.String(26), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("signals", JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.CheckConstraint("verdict IN ('allow', 'challenge', 'block')", name=op.f("ck_reviews_verdict")),
        sa.CheckConstraint("state IN ('open', 'allowed', 'blocked', 'expired')", name=op.f("ck_reviews_state")),
        sa.ForeignKeyConstraint(
            ["restaurant_id"], ["restaurants.id"], name=op.f("fk_reviews_restaurant_id_restaurants")
        ),
        sa.ForeignKeyConstraint(["stream"], ["table_sessions.id"], name=op.f("fk_reviews_stream_table_sessions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_guest_id"), "reviews", ["guest_id"])
    op.create_index(op.f("ix_reviews_queue"), "reviews", ["restaurant_id", "state", "id"])
    op.create_index(op.f("ix_reviews_stream"), "reviews", ["stream"])
    op.create_index(
        op.f("uq_reviews_one_open"),
        "reviews",
        ["stream", "guest_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def make_limits() -> None:
    op.create_table(
        "card_tries",
        sa.Column("payment_id", sa.String(26), nullable=False),
        sa.Column("attempt", sa.String(120), nullable=False),
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("table_id", sa.String(26), nullable=False),
        sa.Column("guest_id", sa.String(26), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("card", sa.String(32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('declined', 'succeeded')", name=op.f("ck_card_tries_outcome")),
        sa.PrimaryKeyConstraint("payment_id", "attempt", name=op.f("pk_card_tries")),
    )
    op.create_index(op.f("ix_card_tries_card"), "card_tries", ["card", "at"])
    op.create_index(op.f("ix_card_tries_guest_id"), "card_tries", ["guest_id"])
    op.create_index(op.f("ix_card_tries_house"), "card_tries", ["restaurant_id", "at"])
    op.create_index(op.f("ix_card_tries_stream"), "card_tries", ["stream"])
    op.create_index(op.f("ix_card_tries_table"), "card_tries", ["table_id", "at"])
    op.create_index(op.f("ix_guest_sessions_device_hash"), "guest_sessions", ["device_hash"])
    op.create_table(
        "buckets",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_buckets")),
    )
    op.create_index(op.f("ix_buckets_full_at"), "buckets", ["full_at"])


def make_the_audit_log() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("chain", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"])
    op.create_table(
        "audit_forgotten",
        sa.Column("chain", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_forgotten")),
    )


def make_forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("stream", sa.String(26), nullable=False),
        sa.Column("restaurant_id", sa.String(26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_forgotten")),
    )
    op.create_index(op.f("ix_forgotten_restaurant_id"), "forgotten", ["restaurant_id"])


def keep() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_are_kept_DELETE")
        for trigger in SQLITE_TRIGGERS:
            op.execute(trigger)
        return
    for name, body in POSTGRES_FUNCTIONS.items():
        op.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    for name, when, function in POSTGRES_TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()")


def let_go() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_are_kept_DELETE")
        op.execute(
            f"CREATE TRIGGER events_are_kept_DELETE BEFORE DELETE ON events "
            f"BEGIN SELECT RAISE(ABORT, '{EVENTS_SAY}'); END"
        )
        return
    op.execute("DROP TRIGGER events_are_not_emptied ON events")
    op.execute(
        "CREATE OR REPLACE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{EVENTS_SAY}'; END $$"
    )
    for table in ("audit_entries", "audit_forgotten", "forgotten"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for function in ("forgotten_is_true", "audit_is_kept", "trust_is_kept"):
        op.execute(f"DROP FUNCTION {function} CASCADE")
