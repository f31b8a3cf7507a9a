import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import development, settings
from app.settings import Settings, SettingsError

SANDBOX = {
    "payments_mode": "sandbox",
    "stripe_secret_key": "sk_test_sandbox",
    "stripe_publishable_key": "pk_test_sandbox",
    "stripe_api_base": "http://127.0.0.1:9000",
    "stripe_js_url": "http://127.0.0.1:9000/stripe.js",
}
LIVE = {
    "environment": "production",
    "public_url": "https://bill.example.com",
    "secret_key": "k" * 32,
    "data_key": "d" * 32,
    "stripe_secret_key": "sk_live_1",
    "stripe_publishable_key": "pk_live_1",
    "stripe_webhook_secrets": "whsec_1",
    "database_url": "postgresql+asyncpg://bill@db/bill",
}


def load(tmp_path: Path, **values: object) -> Settings:
    """Read `values` as an operator gives them: lines of an .env file."""
    path = tmp_path / "env"
    path.write_text("".join(f"SPLITTABLE_{name.upper()}={value}\n" for name, value in values.items()))
    return settings.load(path)


def problems(tmp_path: Path, **values: object) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **values)
    return dict(caught.value.problems)


def test_the_sandbox_starts_when_it_is_asked_for_by_name(tmp_path: Path) -> None:
    assert load(tmp_path, **SANDBOX).payments_mode == "sandbox"


def test_a_live_production_starts(tmp_path: Path) -> None:
    read = load(tmp_path, **LIVE)
    assert (read.production, read.live, read.secure) == (True, True, True)


def test_no_stripe_key_means_no_start(tmp_path: Path) -> None:
    assert set(problems(tmp_path)) == {"stripe_secret_key", "stripe_publishable_key"}


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, port="many", workers=4, log_level="LOUD", database_url="mysql://x", prot=1)
    assert set(found) == {
        "port",
        "log_level",
        "database_url",
        "prot",
        "redis_url",
        "stripe_secret_key",
        "stripe_publishable_key",
    }


def test_the_message_names_the_variables_and_no_value(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SPLITTABLE_STRIPE_SECRET_KEY") as caught:
        load(tmp_path, stripe_secret_key="hunter2", stripe_publishable_key="pk_test_1", workers="hunter2")
    assert "hunter2" not in str(caught.value)


BROKEN_PRODUCTION: list[tuple[str, dict[str, object]]] = [
    ("debug", {"debug": "true"}),
    ("payments_mode", {**SANDBOX}),
    ("stripe_secret_key", {"stripe_secret_key": "sk_test_1", "stripe_publishable_key": "pk_test_1"}),
    ("stripe_secret_key", {"stripe_secret_key": "rk_test_1", "stripe_publishable_key": "pk_test_1"}),
    ("stripe_api_base", {"stripe_api_base": "http://127.0.0.1:9000"}),
    ("stripe_js_url", {"stripe_js_url": "http://127.0.0.1:9000/stripe.js"}),
    ("stripe_webhook_secrets", {"stripe_webhook_secrets": ""}),
    ("secret_key", {"secret_key": development.SECRET}),
    ("secret_key", {"secret_key": "short"}),
    ("secret_key", {"previous_secret_keys": "short"}),
    ("data_key", {"data_key": development.DATA_KEY}),
    ("data_key", {"data_key": "short"}),
    ("data_key", {"previous_data_keys": "short"}),
    ("data_key", {"data_key": "k" * 32}),
    ("public_url", {"public_url": "http://bill.example.com"}),
    ("allowed_origins", {"allowed_origins": "http://menu.example.com"}),
    ("workers", {"workers": 2, "database_url": "sqlite+aiosqlite:///x.sqlite3", "redis_url": "redis://r"}),
    ("redis_url", {"workers": 2}),
]


@pytest.mark.parametrize(("name", "change"), BROKEN_PRODUCTION)
def test_production_refuses(tmp_path: Path, name: str, change: dict[str, object]) -> None:
    assert name in problems(tmp_path, **{**LIVE, **change})


BROKEN_DEVELOPMENT: list[tuple[str, dict[str, object]]] = [
    ("stripe_secret_key", {**LIVE, "environment": "development"}),
    ("stripe_secret_key", {**LIVE, "debug": "true"}),
    ("payments_mode", {**SANDBOX, "stripe_secret_key": "sk_live_1", "stripe_publishable_key": "pk_live_1"}),
    ("stripe_secret_key", {**SANDBOX, "stripe_secret_key": "pk_test_1"}),
    ("stripe_publishable_key", {**SANDBOX, "stripe_publishable_key": "pk_live_1"}),
    ("stripe_publishable_key", {**SANDBOX, "stripe_publishable_key": "sk_test_1"}),
    ("stripe_webhook_secrets", {**SANDBOX, "stripe_webhook_secrets": "secret"}),
    ("stripe_api_base", {**SANDBOX, "payments_mode": "stripe"}),
    ("stripe_api_base", {**SANDBOX, "stripe_api_base": settings.STRIPE_API}),
    ("stripe_js_url", {**SANDBOX, "stripe_js_url": settings.STRIPE_JS}),
    ("public_url", {**SANDBOX, "public_url": "bill.example.com"}),
    ("allowed_origins", {**SANDBOX, "allowed_origins": "https://a.example.com/path"}),
    ("redis_url", {**SANDBOX, "redis_url": "localhost:6379"}),
    ("workers", {**SANDBOX, "workers": 2}),
    ("payment_lifetime_max_s", {**SANDBOX, "payment_lifetime_s": 3000}),
    ("silence_timeout_s", {**SANDBOX, "silence_timeout_s": 20}),
]


@pytest.mark.parametrize(("name", "change"), BROKEN_DEVELOPMENT)
def test_no_environment_accepts(tmp_path: Path, name: str, change: dict[str, object]) -> None:
    assert name in problems(tmp_path, **change)


def test_lists_are_written_with_commas(tmp_path: Path) -> None:
    read = load(tmp_path, **SANDBOX, allowed_origins="https://a.example.com, https://b.example.com")
    assert read.origins == {"http://127.0.0.1:8000", "https://a.example.com", "https://b.example.com"}


def test_an_old_key_is_still_accepted_while_rotating(tmp_path: Path) -> None:
    assert load(tmp_path, **SANDBOX, secret_key="new", previous_secret_keys="old,older").signing_keys == (
        "new",
        "old",
        "older",
    )


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    shown = repr(load(tmp_path, **LIVE))
    assert not any(secret in shown for secret in ("sk_live_1", "whsec_1", "k" * 32, "bill@db"))


def test_what_is_given_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("SPLITTABLE_PORT=9001\nPOSTGRES_PASSWORD=x\n")
    assert settings.load(path, **SANDBOX, port=9002).port == 9002


def test_a_given_name_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match="SPLITTABLE_COLOUR"):
        settings.load(None, **SANDBOX, colour="red")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SPLITTABLE_PORT=9001\n")
    environ = {**os.environ, **{f"SPLITTABLE_{name.upper()}": value for name, value in SANDBOX.items()}}
    read = subprocess.run(
        [sys.executable, "-c", "from app import settings; print(settings.load().port)"],
        cwd=tmp_path,
        env={**environ, "SPLITTABLE_PORT": "9003"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert read.stdout == "9003\n"


def test_every_setting_explains_itself() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []


def test_settings_cannot_be_changed_after_they_were_read(tmp_path: Path) -> None:
    read = load(tmp_path, **SANDBOX)
    with pytest.raises(ValueError, match="frozen"):
        read.port = 1  # type: ignore[misc]
