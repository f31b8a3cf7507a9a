"""Staff and guests."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from app.storage.columns import Utc, one_of

ROLES = ("owner", "manager", "waiter", "kitchen")


class Staff(SQLModel, table=True):
    """Somebody who works here and may log in. `email` is stored in lower case; the password only as argon2."""

    __tablename__ = "staff"
    __table_args__ = (one_of("role", ROLES),)

    id: str = Field(primary_key=True, max_length=26)
    restaurant_id: str = Field(foreign_key="restaurants.id", index=True, max_length=26)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=80)
    role: str = Field(max_length=16)
    password_hash: str = Field(max_length=200)
    active: bool = True
    created_at: datetime = Field(sa_type=Utc)


class StaffSession(SQLModel, table=True):
    """A login of a member of staff, known by the hash of its token."""

    __tablename__ = "staff_sessions"

    id: str = Field(primary_key=True, max_length=26)
    staff_id: str = Field(foreign_key="staff.id", index=True, max_length=26)
    token_hash: bytes = Field(unique=True)
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class GuestSession(SQLModel, table=True):
    """A device at a table session: one row per device and visit, so several tabs are one guest."""

    __tablename__ = "guest_sessions"
    __table_args__ = (UniqueConstraint("stream", "device_hash"),)

    id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(foreign_key="table_sessions.id", index=True, max_length=26)
    guest_id: str = Field(index=True, max_length=26)
    token_hash: bytes = Field(unique=True)
    device_hash: bytes = Field(index=True)
    approved: bool = True
    created_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class GuestName(SQLModel, table=True):
    """What a guest is called, sealed: beside the log, where it can be erased."""

    __tablename__ = "guest_names"

    guest_id: str = Field(primary_key=True, max_length=26)
    stream: str = Field(index=True, max_length=26)
    name: str = Field(max_length=600)
