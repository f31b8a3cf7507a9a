"""The command line: `splittable serve`, and what an operator does beside it; `splittable --help` names all of it."""

import argparse
import asyncio
import contextlib
import getpass
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import orjson

from app import ids, serving, telemetry
from app.actions import audit, backlog, house, operating, proof, reconciling
from app.actions.desk import Desk
from app.actions.rounds import COMPARED
from app.demo import main as demo
from app.demo.menu import PLAN
from app.main import OutdatedSchema, open_desk
from app.payments.gateway import GatewayError
from app.settings import Settings, SettingsError, load
from app.storage import heads, schema
from app.storage.appends import Unavailable
from app.storage.database import Database, file_of
from app.storage.heads import ChainHead
from app.storage.log import EPOCH_CHARS
from app.storage.verify import verify

OK, FAULTY, MISUSED = 0, 1, 2

Made = TypeVar("Made")


class NotAFile(Exception):
    """A file that was named is not there, or is not what it must be."""


class NoDatabase(Exception):
    """There is no database of ours where the settings say, or it has not the newest shape."""


def main(given: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit status: 0 good, 1 not good, 2 asked wrongly."""
    arguments = parser().parse_args(given)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except (SettingsError, OutdatedSchema, house.BadHouse, NotAFile) as error:
        print(error, file=sys.stderr)
        return MISUSED
    except (NoDatabase, schema.UnknownRevision) as error:
        print(error, file=sys.stderr)
        return FAULTY
    except Unavailable as error:
        print(f"the database does not answer: {error}", file=sys.stderr)
        return FAULTY
    except KeyboardInterrupt:
        return OK


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(prog="splittable", description="A live, shared bill for every table.")
    commands = top.add_subparsers(required=True, metavar="command")
    _serve_options(_command(commands, "serve", serve, "serve guests, staff and webhooks"))
    migrating = _command(commands, "migrate", migrate, "bring the database to the newest shape, or back")
    migrating.add_argument(
        "--to", default="head", help="a revision, or `-1` for a step back; `base` is before the first"
    )
    verifying = _command(
        commands, "verify", verify_log, "replay every bill and check hashes, numbers and everything beside them"
    )
    verifying.add_argument("--heads", type=Path, help="a file of `audit export`: the chains must still have its heads")
    _audit_options(
        _command(commands, "audit", export_audit, "take the audit log and the heads of all chains elsewhere")
    )
    comparing = _command(commands, "reconcile", reconcile, "compare the payments of some days with the provider")
    comparing.add_argument("--since", type=audit.since, help="a day or a moment; three days ago otherwise")
    _command(commands, "inbox", show_inbox, "list the provider's events that wait or were given up")
    _replay_options(_command(commands, "replay", replay, "have events worked on again, once a node runs"))
    _command(commands, "findings", show_findings, "list what the books and the provider do not agree about")
    _command(commands, "restored", say_restored, "after a restored backup, with no node running: phones start afresh")
    making = _command(commands, "restaurant", create_restaurant, "make a restaurant from a JSON file")
    making.add_argument("file", type=Path, nargs="?", help="tables, menu, taxes and charges")
    making.add_argument("--example", action="store_true", help="print the demo's restaurant, to begin with")
    _staff_options(_command(commands, "staff", add_staff, "add a member of staff; the password is asked for"))
    demo.options(_command(commands, "demo", demo.run, "a restaurant to play with: server, sandbox, guests"))
    return top


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    about: str,
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    made.set_defaults(run=run)
    return made


def _serve_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("--host", help="address to listen on")
    made.add_argument("--port", type=int, help="port to listen on")
    made.add_argument("--workers", type=int, help="processes; more than one needs PostgreSQL and Redis")
    made.add_argument("--migrate", action="store_true", help="bring the database to the newest shape first")
    made.add_argument("--env-file", default=".env", help="a file with settings")
    made.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    made.add_argument("--ready", type=int, help=argparse.SUPPRESS)


def _staff_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("--restaurant", required=True, help="its id")
    made.add_argument("--email", required=True)
    made.add_argument("--name", required=True)
    made.add_argument("--role", required=True, choices=["owner", "manager", "waiter", "kitchen"])


def _audit_options(made: argparse.ArgumentParser) -> None:
    actions = made.add_subparsers(required=True, metavar="action")
    exporting = actions.add_parser("export", help="lines of JSON: entries, then the head of every chain")
    exporting.add_argument("--since", type=audit.since, default=audit.since("1970-01-01"), help="a day or a moment")
    exporting.add_argument("--to", type=Path, help="a file; the terminal otherwise")


def _replay_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("events", nargs="*", metavar="event", help="their ids at the provider: evt_…")
    made.add_argument("--dead", action="store_true", help="all that were given up")


# serve


def serve(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it; with more than one worker, one process each on the same port."""
    given = {name: getattr(arguments, name) for name in ("host", "port", "workers")}
    settings = load(arguments.env_file, **{name: value for name, value in given.items() if value is not None})
    telemetry.configure(settings.log_level, settings.log_format)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # It greets at every look at the database's shape.
    if arguments.migrate:
        asyncio.run(_migrate(settings.database_url, "head"))
    asyncio.run(_check_schema(settings))
    if settings.workers > 1 and arguments.listener is None:
        command = [sys.executable, "-m", "app", "serve", "--env-file", arguments.env_file]
        command += ["--host", settings.host, "--port", str(settings.port), "--workers", str(settings.workers)]
        serving.serve_together(settings, command)
        return OK
    started = serving.serve_alone(settings, listener=arguments.listener, ready=arguments.ready)
    return OK if started else FAULTY


async def _check_schema(settings: Settings) -> None:
    """Say it in one line before any worker starts, not in a traceback of each."""
    database = await Database.open(settings.database_url)
    try:
        if not await schema.is_current(database):
            raise OutdatedSchema("the database has not the newest shape: run `splittable migrate` first")
    finally:
        await database.close()


# Commands on the database


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the database to a revision, forward or back."""
    asyncio.run(_migrate(_database_url(), arguments.to))
    return OK


async def _migrate(url: str, revision: str) -> None:
    """The shape first; then the books of what happened before the newest shape had any."""
    await schema.go_to(url, revision)
    database = await Database.open(url)
    try:
        if await schema.is_current(database):
            await backlog.book_missing(database)
    finally:
        await database.close()


def verify_log(arguments: argparse.Namespace) -> int:
    """Print what is wrong with the books, and how much was looked at."""
    return asyncio.run(_verify(_database_url(), _kept_heads(arguments.heads)))


def _kept_heads(file: Path | None) -> list[ChainHead]:
    """Heads that were kept earlier. Raises `NotAFile`."""
    if file is None:
        return []
    try:
        return list(audit.heads_in(file.read_bytes().splitlines()))
    except (OSError, KeyError, ValueError) as error:
        raise NotAFile(f"{file} holds no heads of ours: {error}") from None


def export_audit(arguments: argparse.Namespace) -> int:
    """Write the audit log since a day, and where every chain stands, as lines of JSON."""
    return asyncio.run(_export(_database_url(), arguments.since, arguments.to))


async def _export(url: str, since: datetime, to: Path | None) -> int:
    try:
        opened = to.open("wb") if to else contextlib.nullcontext(sys.stdout.buffer)
    except OSError as error:
        raise NotAFile(f"{to} cannot be written: {error.strerror}") from None
    with opened as out:
        async with _standing(url) as database:
            async for line in audit.export(database, since):
                out.write(line)
    return OK


def _database_url() -> str:
    """Where the database is; for this nobody needs the keys of a payment provider."""
    return Settings.without_rules(Path(".env"), {}).database_url


@asynccontextmanager
async def _standing(url: str) -> AsyncIterator[Database]:
    """A database that is there already, with the newest shape. Raises `NoDatabase`, `Unavailable`."""
    file = file_of(url)
    if file is not None and not file.exists():
        raise NoDatabase(f"there is no database at {file}")
    database = await Database.open(url)
    try:
        if not await schema.is_current(database):
            raise NoDatabase("the database has not the newest shape: run `splittable migrate` first")
        yield database
    finally:
        await database.close()


async def _verify(url: str, kept: Sequence[ChainHead]) -> int:
    async with _standing(url) as database:
        report = await verify(database, proof.replay)
        report.faults += await heads.differences(database, kept)
    for fault in report.faults:
        print(f"{fault.stream} event {fault.seq}: {fault.what}", file=sys.stderr)
    seen = f"{report.streams} table sessions, {report.events} events, {report.entries} audit entries"
    print(f"{seen}: {len(report.faults)} faults")
    return OK if report.is_clean else FAULTY


def say_restored(_: argparse.Namespace) -> int:
    """Give every visit a new epoch, take every open call for sent, and have the next node compare with the provider."""
    streams, calls = asyncio.run(_restored(_database_url()))
    print(f"{streams} table sessions: phones take a fresh look when they come back; {calls} calls are looked up")
    return OK


async def _restored(url: str) -> tuple[int, int]:
    async with _standing(url) as database:
        return await operating.restored(database, ids.short_code(EPOCH_CHARS), ids.utc_now())


def show_inbox(_: argparse.Namespace) -> int:
    """Print a line for each event that waits or was given up."""
    return asyncio.run(_print_each(_database_url(), operating.waiting))


def show_findings(_: argparse.Namespace) -> int:
    """Print a line for each open finding."""
    return asyncio.run(_print_each(_database_url(), operating.found))


async def _print_each(url: str, lines: Callable[[Database], AsyncIterator[str]]) -> int:
    async with _standing(url) as database:
        async for line in lines(database):
            print(line)
    return OK


def replay(arguments: argparse.Namespace) -> int:
    """Have events worked on again; what there is not is an error."""
    revived = asyncio.run(_replay(_database_url(), arguments))
    for event in sorted(set(arguments.events) - set(revived)):
        print(f"there is no event {event}", file=sys.stderr)
    print(f"{len(revived)} events are worked on again")
    return OK if set(arguments.events) <= set(revived) else FAULTY


async def _replay(url: str, arguments: argparse.Namespace) -> list[str]:
    async with _standing(url) as database:
        return await operating.replay(database, arguments.events, ids.utc_now(), all_dead=arguments.dead)


def reconcile(arguments: argparse.Namespace) -> int:
    """Compare with the provider, repair what a look repairs, and print what came of it."""
    since = arguments.since or ids.utc_now() - COMPARED
    try:
        report = _with_desk(lambda desk: reconciling.reconcile(desk, since))
    except GatewayError as error:
        print(f"the payment provider does not answer: {error}", file=sys.stderr)
        return FAULTY
    print(report)
    return FAULTY if report.differences else OK


def create_restaurant(arguments: argparse.Namespace) -> int:
    """Make a restaurant with its tables and menu; print its id."""
    if arguments.example or arguments.file is None:
        print(orjson.dumps(PLAN, option=orjson.OPT_INDENT_2).decode())
        return OK
    try:
        plan = orjson.loads(arguments.file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return MISUSED
    print(_with_desk(lambda desk: house.create(desk, house.read(plan))))
    return OK


def add_staff(arguments: argparse.Namespace) -> int:
    """Add a member of staff; the password comes from PASSWORD or is asked for."""
    password = os.environ.get("PASSWORD") or getpass.getpass("Password: ")
    person = house.Person(arguments.email, arguments.name, arguments.role, password)
    print(_with_desk(lambda desk: _staff_added(desk, arguments.restaurant, person)))
    return OK


async def _staff_added(desk: Desk, restaurant: str, person: house.Person) -> str:
    added = await house.add_staff(desk, restaurant, person)
    await audit.note_operator(desk, restaurant, "staff.added", added, {"role": person.role})
    return added


def _with_desk(work: Callable[[Desk], Awaitable[Made]]) -> Made:
    async def run() -> Made:
        settings = load()
        async with AsyncExitStack() as stack:
            return await work(await open_desk(settings, stack))

    return asyncio.run(run())
