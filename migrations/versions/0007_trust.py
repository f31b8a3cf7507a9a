"""Reviews of suspicious payments, people's data, and what has been forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_room_for_sealed_names()


def make_room_for_sealed_names() -> None:
    with op.batch_alter_table("guest_names") as names:
        names.alter_column("name", existing_type=sa.String(80), type_=sa.String(600), existing_nullable=False)


def downgrade() -> None:
    # A version before this one would show the sealed text as the name.
    op.execute("DELETE FROM guest_names WHERE name LIKE 's1.%'")
    with op.batch_alter_table("guest_names") as names:
        names.alter_column("name", existing_type=sa.String(600), type_=sa.String(80), existing_nullable=False)
