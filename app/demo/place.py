"""Where the demo keeps its things and how its parts find each other."""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.demo.processes import free_port, lan_address
from app.settings import Settings, load, origin

FOLDER = Path(".demo")
PORT = 8000
ANYWHERE = "0.0.0.0"  # noqa: S104 - asked for on the command line, so that phones get in
SANDBOX_KEYS = {"secret": "sk_test_demo", "publishable": "pk_test_demo"}


@dataclass(frozen=True, slots=True)
class Place:
    """The addresses of one run. Phones use `public`; the processes use the loopback among themselves."""

    folder: Path
    host: str
    port: int
    sandbox_port: int
    public: str
    secret_key: str
    webhook_secret: str

    @property
    def api(self) -> str:
        """Base of the API: `api + "/guest-sessions"` is an address."""
        return f"{self.public}/api/v1"

    @property
    def here(self) -> str:
        """The server, from this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> str:
        """The sandbox, from this machine and (where asked for) from the phones."""
        return self.public.rpartition(":")[0] + f":{self.sandbox_port}"

    def settings(self) -> Settings:
        """The server's settings."""
        return load(None, **self.given())

    def given(self) -> dict[str, str]:
        """The server's settings as text."""
        local = {f"http://{name}:{self.port}" for name in ("127.0.0.1", "localhost")} - {origin(self.public)}
        return {
            "host": self.host,
            "port": str(self.port),
            "public_url": self.public,
            "allowed_origins": ",".join(sorted(local)),
            "database_url": f"sqlite+aiosqlite:///{(self.folder / 'demo.sqlite3').resolve()}",
            "secret_key": self.secret_key,
            "payments_mode": "sandbox",
            "stripe_secret_key": SANDBOX_KEYS["secret"],
            "stripe_publishable_key": SANDBOX_KEYS["publishable"],
            "stripe_webhook_secrets": self.webhook_secret,
            "stripe_api_base": f"http://127.0.0.1:{self.sandbox_port}",
            "stripe_js_url": f"{self.sandbox}/stripe.js",
            # A few test cards are in all hands, and two guests come back the whole evening: that is no crime here.
            "risk_challenge_score": "130",
            "risk_block_score": "200",
        }

    def environment(self) -> dict[str, str]:
        """The server's settings as environment variables."""
        return {f"SPLITTABLE_{name.upper()}": value for name, value in self.given().items()}

    def sandbox_arguments(self) -> list[str]:
        """The sandbox's command line."""
        return [
            "stripe_sandbox",
            *("--host", self.host, "--port", str(self.sandbox_port)),
            *("--webhook-url", f"{self.here}/api/v1/webhooks/stripe", "--webhook-secret", self.webhook_secret),
            *("--secret-key", SANDBOX_KEYS["secret"], "--publishable-key", SANDBOX_KEYS["publishable"]),
            *("--state", str(self.folder / "sandbox.state")),
        ]


def find(*, host: str, port: int | None, reset: bool) -> Place:
    """Choose ports and read (or make) what outlives a run: the database, the sandbox's state and the secrets."""
    if reset:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    chosen = free_port(host, PORT if port is None else port)
    name = lan_address() if host == ANYWHERE else host
    return Place(
        folder=FOLDER,
        host=host,
        port=chosen,
        sandbox_port=free_port(host),
        public=f"http://{name}:{chosen}",
        secret_key=_kept("secret", lambda: secrets.token_urlsafe(48)),
        webhook_secret=_kept("webhook_secret", lambda: f"whsec_{secrets.token_hex(24)}"),
    )


def _kept(name: str, make: Callable[[], str]) -> str:
    file = FOLDER / name
    if not file.exists():
        file.write_text(make())
        file.chmod(0o600)
    return file.read_text()
