"""Rows that travel with an append, as SQL for the raw drivers: no ORM object is made on the way to the disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

from app.storage.appends import (
    Add,
    Change,
    Missing,
    NotAppended,
    Overdrawn,
    Put,
    Row,
    Spend,
    Withdraw,
)
from app.storage.columns import table_of
from app.storage.tables import GiftCard

Bind = Callable[[Any], Any]
KEY = "key_"
"""Stands before the name of a parameter that finds the row, where the same column may be set too."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for one row; `must_find`: it fails unless it meets exactly one. `card`: which gift card that is."""

    sql: str
    parameters: tuple[Any, ...]
    must_find: bool = False
    card: str | None = None

    @property
    def missing(self) -> NotAppended:
        """What it means that no row was met."""
        return Overdrawn(self.card) if self.card else Missing(self.sql)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]
    binds: tuple[Bind | None, ...]

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(
            bind(values[name]) if bind else values[name] for name, bind in zip(self.names, self.binds, strict=True)
        )


class RowWriter:
    """Makes statements for one database; compiles each shape of row once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._shapes: dict[tuple[object, ...], _Compiled] = {}

    def statement(self, row: Row) -> Statement:
        """The SQL that does what `row` says."""
        match row:
            case Put(row=model):
                return self._put(model)
            case Add(row=model):
                compiled = self._shape(
                    (Add, type(model)), lambda: sa.insert(table_of(type(model))).values(_named(model))
                )
                return Statement(compiled.sql, compiled.parameters(_values(model)))
            case Change(table=table, key=key, values=values):
                return self._change(table, key, values)
            case Spend():
                compiled = self._shape((Spend, row.gives_back), lambda: _spending(gives_back=row.gives_back))
                parameters = {"card": row.card, "amount": row.amount, "used": row.uses, "at": row.at}
                return Statement(compiled.sql, compiled.parameters(parameters), must_find=True, card=row.card)
            case Withdraw():
                compiled = self._shape((Withdraw,), _withdrawing)
                return Statement(compiled.sql, compiled.parameters({"card": row.card}), must_find=True, card=row.card)

    def _put(self, model: SQLModel) -> Statement:
        changed = frozenset(model.model_fields_set)
        compiled = self._shape((Put, type(model), changed), lambda: self._upsert(model, changed))
        return Statement(compiled.sql, compiled.parameters(_values(model)))

    def _upsert(self, model: SQLModel, changed: frozenset[str]) -> sa.Insert:
        table = table_of(type(model))
        make = postgresql.insert if self._dialect.name == "postgresql" else sqlite.insert
        insert = make(table).values(_named(model))
        keys = [column.name for column in table.primary_key]
        columns = {name: insert.excluded[name] for name in sorted(changed - set(keys))}
        if not columns:
            return insert.on_conflict_do_nothing(index_elements=keys)
        return insert.on_conflict_do_update(index_elements=keys, set_=columns)

    def _change(self, model: type[SQLModel], key: Mapping[str, Any], values: Mapping[str, Any]) -> Statement:
        compiled = self._shape(
            (Change, model, *sorted(key), None, *sorted(values)), lambda: _update(model, key, values)
        )
        named = {KEY + name: value for name, value in key.items()} | dict(values)
        return Statement(compiled.sql, compiled.parameters(named), must_find=True)

    def _shape(self, shape: tuple[object, ...], make: Callable[[], sa.Insert | sa.Update]) -> _Compiled:
        if shape not in self._shapes:
            self._shapes[shape] = self._compile(make())
        return self._shapes[shape]

    def _compile(self, statement: sa.Insert | sa.Update) -> _Compiled:
        compiled = statement.compile(dialect=self._dialect)
        names = tuple(compiled.positiontup or ())
        types = {name: compiled.binds[name].type for name in names}
        binds = tuple(types[name].dialect_impl(self._dialect).bind_processor(self._dialect) for name in names)
        return _Compiled(str(compiled), names, binds)


def _values(model: SQLModel) -> dict[str, Any]:
    return {column.name: getattr(model, column.name) for column in table_of(type(model)).columns}


def _named(model: SQLModel) -> dict[str, Any]:
    return {column.name: sa.bindparam(column.name, type_=column.type) for column in table_of(type(model)).columns}


CARDS = table_of(GiftCard).c


def _spending(*, gives_back: bool) -> sa.Update:
    """Nothing is taken below zero, whoever else takes something at the same moment: the row itself decides."""
    amount = sa.bindparam("amount", type_=CARDS.balance.type)
    used = sa.bindparam("used", type_=CARDS.uses_left.type)
    at = sa.bindparam("at", type_=CARDS.valid_until.type)
    found = [CARDS.id == sa.bindparam("card", type_=CARDS.id.type)]
    if not gives_back:
        found += [
            CARDS.state == sa.literal_column("'active'"),
            CARDS.balance.is_(None) | (CARDS.balance >= amount),
            CARDS.uses_left.is_(None) | (CARDS.uses_left >= used),
            CARDS.valid_from <= at,
            CARDS.valid_until.is_(None) | (CARDS.valid_until > at),
        ]
    taken = {"balance": CARDS.balance - amount, "uses_left": CARDS.uses_left - used}
    return sa.update(table_of(GiftCard)).where(*found).values(taken)


def _withdrawing() -> sa.Update:
    """Only a card that still holds all it was sold with."""
    card = CARDS.id == sa.bindparam("card", type_=CARDS.id.type)
    whole = CARDS.balance.is_(None) | (CARDS.balance == CARDS.value)
    unused = CARDS.uses_left.is_(None) | (CARDS.uses_left == CARDS.uses)
    return sa.update(table_of(GiftCard)).where(card, whole, unused).values({"state": sa.literal_column("'blocked'")})


def _update(model: type[SQLModel], key: Mapping[str, Any], values: Mapping[str, Any]) -> sa.Update:
    table = table_of(model)
    found = [table.c[name] == sa.bindparam(KEY + name, type_=table.c[name].type) for name in sorted(key)]
    return (
        sa.update(table)
        .where(*found)
        .values({name: sa.bindparam(name, type_=table.c[name].type) for name in sorted(values)})
    )
