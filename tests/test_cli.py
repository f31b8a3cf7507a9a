import json
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli
from app.actions import audit
from tests.actions.conftest import desk, evening, furnished, make_desk, pytest_generate_tests, url
from tests.actions.evening import Evening, plan
from tests.journeys.processes import Process
from tests.nodes import environment
from tests.services import free_port

__all__ = ["desk", "evening", "furnished", "make_desk", "pytest_generate_tests", "url"]

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def run(*arguments: str, **given: object) -> subprocess.CompletedProcess[str]:
    values = environment(**{"database_url": "", "port": 8000, "sandbox": "http://127.0.0.1:9", **given})
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, env=values, capture_output=True, text=True, check=False, timeout=60)


COMMANDS = (
    *("serve", "migrate", "verify", "audit", "reconcile", "inbox", "replay", "findings", "restored"),
    *("restaurant", "staff", "demo"),
)


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        "serve",
        "migrate",
        "verify",
        "audit",
        "reconcile",
        "inbox",
        "replay",
        "findings",
        "restored",
        "restaurant",
        "staff",
        "demo",
    ):
        with pytest.raises(SystemExit) as caught:
            cli.main([command, "--help"])
        assert caught.value.code == 0
        assert command in capsys.readouterr().out


def test_nothing_asked_is_asked_wrongly() -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([])
    assert caught.value.code == 2


def test_a_database_is_migrated_there_and_back(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}"
    assert run("migrate", database_url=url).returncode == 0
    assert run("verify", database_url=url).stdout.startswith("0 table sessions")
    assert run("migrate", "--to", "base", database_url=url).returncode == 0


def test_a_database_that_is_not_there_is_one_line_and_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    for command in ("verify", "restored"):
        ended = run(command, database_url=f"sqlite+aiosqlite:///{file}")
        assert (ended.returncode, ended.stderr) == (1, f"there is no database at {file}\n")
    assert not file.exists()


def test_a_database_without_our_tables_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "empty.sqlite3"
    file.touch()
    ended = run("verify", database_url=f"sqlite+aiosqlite:///{file}")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "splittable migrate" in ended.stderr


def test_a_revision_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    ended = run("migrate", "--to", "nowhere", database_url=f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("no such revision: nowhere")


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_server_without_that_database_is_one_line(url: str) -> None:
    ended = run("verify", database_url=f"{url}_that_is_not_there")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "does not answer" in ended.stderr


def test_a_server_that_is_not_there_is_one_line_whoever_asks_for_it() -> None:
    url = f"postgresql+asyncpg://nobody:secret@127.0.0.1:{free_port()}/nothing"
    ended = run("migrate", database_url=url)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "the database does not answer" in ended.stderr
    assert "secret" not in ended.stderr


@ON_SQLITE
async def test_the_audit_log_is_exported_and_its_heads_prove_the_database_later(
    evening: Evening, url: str, tmp_path: Path
) -> None:
    await evening.seat("Ana")
    await audit.note(evening.desk, evening.team["manager"], "table.rotated", "t1")
    file = tmp_path / "audit.jsonl"
    assert run("audit", "export", "--to", str(file), database_url=url).returncode == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line.get("what") for line in lines] == ["table.rotated", None, None]
    assert run("audit", "export", "--since", "2999-01-01", database_url=url).stdout.count('"head"') == 2
    clean = run("verify", "--heads", str(file), database_url=url)
    assert (clean.returncode, clean.stdout) == (0, "1 table sessions, 2 events, 1 audit entries: 0 faults\n")
    file.write_text(file.read_text().replace(lines[2]["head"]["hash"], "00" * 32))
    assert run("verify", "--heads", str(file), database_url=url).returncode == 1


def test_a_file_that_holds_no_heads_is_one_line(tmp_path: Path) -> None:
    url, file = f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}", tmp_path / "heads"
    for text in ("nonsense", "[]", '{"head": {}}', '{"head": {"chain": "audit", "id": "a", "seq": 1, "hash": "x"}}'):
        file.write_text(text)
        ended = run("verify", "--heads", str(file), database_url=url)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert run("audit", "export", "--to", str(tmp_path), database_url=url).returncode == 2
    assert run("audit", "export", "--since", "yesterday", database_url=url).returncode == 2


async def test_after_a_restored_backup_every_visit_has_a_new_epoch(evening: Evening, url: str) -> None:
    ana = await evening.seat("Ana")
    before = await evening.desk.log.head(ana.stream)
    ended = run("restored", database_url=url)
    assert (ended.returncode, ended.stderr) == (0, "")
    after = await evening.desk.log.head(ana.stream)
    assert before is not None
    assert after is not None
    assert before.epoch != after.epoch
    assert (after.version, after.hash) == (before.version, before.hash)
    assert run("verify", database_url=url).returncode == 0


def test_a_server_does_not_start_on_an_old_database(tmp_path: Path) -> None:
    ended = run("serve", "--env-file", "", database_url=f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}")
    assert ended.returncode == 2
    assert "splittable migrate" in ended.stderr


def test_a_server_names_every_wrong_setting_and_starts_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}"
    ended = run("serve", "--workers", "2", "--env-file", "", database_url=url, stripe_secret_key="")
    assert ended.returncode == 2
    assert "SQLite serves one worker" in ended.stderr
    assert "STRIPE_SECRET_KEY" in ended.stderr


@ON_SQLITE
def test_a_restaurant_and_its_staff_come_from_the_command_line(tmp_path: Path, url: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(run("restaurant", "--example", database_url=url).stdout)
    made = run("restaurant", str(file), database_url=url)
    assert made.returncode == 0, made.stderr
    restaurant = made.stdout.strip()
    file.write_text("{")
    assert run("restaurant", str(file), database_url=url).returncode == 2
    file.write_text(json.dumps({**plan("Bad", "open"), "currency": "XXZ"}))
    assert "XXZ" in run("restaurant", str(file), database_url=url).stderr
    assert "there is no restaurant" in _staff("nowhere", url).stderr
    added = _staff(restaurant, url).stdout.strip()
    assert len(added) == 26
    told = [json.loads(line) for line in run("audit", "export", database_url=url).stdout.splitlines()]
    assert [(line["by"], line["what"]) for line in told if line.get("subject") == added] == [
        ("operator", "staff.added")
    ]


def _staff(restaurant: str, url: str) -> subprocess.CompletedProcess[str]:
    values = environment(database_url=url, port=8000, sandbox="http://127.0.0.1:9") | {"PASSWORD": "long enough"}
    person = ["--email", "a@x.example", "--name", "A", "--role", "waiter"]
    command = [sys.executable, "-m", "app", "staff", "--restaurant", restaurant, *person]
    return subprocess.run(command, env=values, capture_output=True, text=True, check=False, timeout=60)


@ON_SQLITE
async def test_a_server_ends_politely(tmp_path: Path, url: str) -> None:
    port = free_port()
    given = environment(database_url=url, port=port, sandbox="http://127.0.0.1:9")
    at = f"http://127.0.0.1:{port}/health/live"
    server = Process(["app", "serve", "--env-file", ""], at, tmp_path / "log", given)
    await server.start()
    server.stop()
    assert "Application shutdown complete" in server.log.read_text()
