import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from app.storage.database import Database
from app.storage.log import Add, Log, Put
from app.storage.schema import SCRIPTS, UnknownRevision, configuration, downgrade, go_to, is_current, migrate
from tests.storage.conftest import DIALECTS
from tests.storage.making import append, furnish, opening, payment, seat

MakeDatabase = Callable[[str], Awaitable[str]]


async def _fill(url: str) -> None:
    database = await Database.open(url)
    await furnish(database)
    async with Log(database) as log:
        await log.append(opening("s1", rows=(Add(seat("s1")), Put(payment("s1")))))
        await log.append(append("s1", 1))
    await database.close()


async def _seen(url: str, look: Callable[[sa.Connection], Any]) -> Any:
    database = await Database.open(url)
    async with database.read() as session:
        found = await (await session.connection()).run_sync(look)
    await database.close()
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_scripts_make_the_tables_that_the_code_expects(make_database: MakeDatabase, dialect: str) -> None:
    url = await make_database(dialect)
    await migrate(url)
    await asyncio.to_thread(command.check, configuration(url))


def _shape(sync: sa.Connection) -> dict[str, Any]:
    """Everything about the tables that autogeneration does not compare: checks, keys, and what indexes leave out."""
    look = sa.inspect(sync)
    return {
        table: (
            {check["name"]: check["sqltext"] for check in look.get_check_constraints(table)},
            {index["name"]: (index["unique"], _where(index["dialect_options"])) for index in look.get_indexes(table)},
            sorted(str(key["name"]) for key in look.get_foreign_keys(table)),
            sorted(str(key["name"]) for key in look.get_unique_constraints(table)),
            look.get_pk_constraint(table)["name"],
        )
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def _where(options: dict[str, Any]) -> list[str]:
    return [str(value) for name, value in sorted(options.items()) if name.endswith("_where")]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_scripts_make_every_constraint_that_the_code_names(make_database: MakeDatabase, dialect: str) -> None:
    by_scripts, by_code = await make_database(dialect), await make_database(dialect)
    await migrate(by_scripts)
    database = await Database.open(by_code)
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await database.close()
    made = await _seen(by_scripts, _shape)
    assert made == await _seen(by_code, _shape)
    assert made["table_sessions"][1]["uq_table_sessions_one_open"][0]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_scripts_go_back_with_rows_present_and_forward_again(
    make_database: MakeDatabase, dialect: str
) -> None:
    url = await make_database(dialect)
    await migrate(url)
    await _fill(url)
    await downgrade(url, "base")
    left = set(await _seen(url, lambda sync: sa.inspect(sync).get_table_names()))
    assert left <= {"alembic_version"}
    await migrate(url)
    await _fill(url)


SECOND = """
from alembic import op

revision = "second"
down_revision = "{first}"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE TABLE second (id integer)")


def downgrade():
    op.execute("DROP TABLE second")
"""


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_revision_is_gone_to_by_its_name_forward_and_back(
    make_database: MakeDatabase, dialect: str, tmp_path: Path
) -> None:
    url, scripts = await make_database(dialect), tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (first,) = ScriptDirectory(str(scripts)).get_heads()
    (scripts / "versions" / "second.py").write_text(SECOND.format(first=first))
    for revision, is_there in (("second", True), (first, False), (first, False), ("+1", True), ("-1", False)):
        await go_to(url, revision, scripts)
        tables = await _seen(url, lambda sync: sa.inspect(sync).get_table_names())
        assert ("second" in tables, "events" in tables) == (is_there, True)


@pytest.mark.parametrize("revision", ["nowhere", "-1", "+70"])
async def test_a_revision_that_no_script_leads_to_is_said_to_be_none(
    make_database: MakeDatabase, revision: str
) -> None:
    url = await make_database("sqlite")
    with pytest.raises(UnknownRevision, match="no such revision"):
        await go_to(url, revision)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_migrating_again_changes_nothing(make_database: MakeDatabase, dialect: str) -> None:
    url = await make_database(dialect)
    await migrate(url)
    await _fill(url)
    await migrate(url)
    database = await Database.open(url)
    async with Log(database) as log:
        assert len(await log.since("s1")) == 2
    await database.close()


async def test_nodes_that_start_together_migrate_once(make_database: MakeDatabase) -> None:
    url = await make_database("postgresql")
    command_line = (sys.executable, "-m", "alembic", "upgrade", "head")
    environment = {**os.environ, "DATABASE_URL": url}
    nodes = [
        await asyncio.create_subprocess_exec(*command_line, cwd=SCRIPTS.parent, env=environment, stderr=PIPE)
        for _ in range(3)
    ]
    said = await asyncio.gather(*(node.communicate() for node in nodes))
    assert [node.returncode for node in nodes] == [0, 0, 0], said
    await _fill(url)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_database_knows_whether_it_has_the_newest_shape(make_database: MakeDatabase, dialect: str) -> None:
    url = await make_database(dialect)
    database = await Database.open(url)
    assert not await is_current(database)
    await migrate(url)
    assert await is_current(database)
    await database.close()
