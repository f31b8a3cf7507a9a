"""What columns are made of: moments, JSON, words of a list, and the names of constraints."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import CheckConstraint, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(sa.types.TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out, on SQLite too."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back the zone that SQLite cannot keep."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """A CHECK that admits the given words and nothing else; its name ends in the column's."""
    admitted = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({admitted})", name=column)


def table_of(model: type[SQLModel]) -> sa.Table:
    """The table behind a class."""
    table: sa.Table = model.__table__  # type: ignore[attr-defined]  # SQLModel declares it on table classes only
    return table


def columns_of(model: type[SQLModel], *names: str) -> list[sa.Column[Any]]:
    """Some columns of a table, for queries that make no objects."""
    return [table_of(model).c[name] for name in names]
