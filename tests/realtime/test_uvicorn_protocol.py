"""What our wires lean on in uvicorn, by name and signature; what they promise is in `test_wires`.

The everyday run looks at the release that is installed. The thorough one fetches the newest there is and proves the
wires on it too, so that a pin in `pyproject.toml` is lifted knowingly.
"""

import inspect
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import uvicorn.server
from hypothesis import settings
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from realtime.entrance import Entrance

IS_THOROUGH = settings.get_current_profile_name() == "thorough"
ROOT = Path(__file__).resolve().parents[2]
FETCH_S, PROVE_S = 120, 300

HOOKS = {
    "connection_made": ["transport"],
    "connection_lost": ["exc"],
    "data_received": ["data"],
    "pause_writing": [],
    "resume_writing": [],
    "shutdown": [],
    "handle_connect": ["event"],
    "handle_close": ["event"],
    "handle_parser_exception": [],
    "send_receive_event_to_app": [],
    "send_500_response": [],
    "run_asgi": [],
    "stop_keepalive": [],
}
ATTRIBUTES = {"queue", "conn", "transport", "close_sent", "close_timer", "disconnected", "read_paused", "frames"}


def asked(of: type, name: str) -> list[str]:
    return list(inspect.signature(getattr(of, name)).parameters)[1:]


@pytest.mark.parametrize(("name", "parameters"), HOOKS.items())
def test_a_hook_of_uvicorns_class_is_what_we_override_or_call(name: str, parameters: list[str]) -> None:
    assert asked(WebSocketsSansIOProtocol, name) == parameters


def test_uvicorns_class_has_the_attributes_that_we_touch() -> None:
    assert set(WebSocketsSansIOProtocol.__init__.__code__.co_names) >= ATTRIBUTES


def test_the_http_class_hands_over_as_the_lean_wire_expects() -> None:
    handing_over = inspect.getsource(HttpToolsProtocol.handle_websocket_upgrade)
    for step in ("config=self.config", "server_state=self.server_state", "app_state=self.app_state"):
        assert step in handing_over
    steps = ["protocol.connection_made(self.transport)", "protocol.data_received(", "self.transport.set_protocol("]
    assert sorted(steps, key=handing_over.index) == steps
    assert {"server", "client", "parser"} <= set(HttpToolsProtocol.__init__.__code__.co_names)


def test_the_entrance_is_made_as_uvicorns_http_class_is_and_hands_over_to_it() -> None:
    made = asked(HttpToolsProtocol, "__init__")
    assert made == asked(Entrance, "__init__") == ["config", "server_state", "app_state", "_loop"]
    making = inspect.getsource(uvicorn.server)
    assert "config.http_protocol_class(" in making
    assert all(f"{name}=" in making for name in made)


def test_the_configuration_and_the_state_of_the_server_have_what_the_wires_read() -> None:
    assert {"ws", "ws_max_size", "root_path", "app"} <= set(inspect.signature(Config.__init__).parameters)
    assert {"connections", "tasks"} <= vars(ServerState()).keys()


def test_uvicorn_knows_which_proxies_to_trust_as_the_short_way_asks() -> None:
    trusted = ProxyHeadersMiddleware(lambda *_: None, trusted_hosts="10.0.0.0/8").trusted_hosts  # type: ignore[arg-type]
    assert "10.1.2.3" in trusted
    assert "203.0.113.9" not in trusted
    assert trusted.get_trusted_client_address("203.0.113.9, 10.1.2.3")[0] == "203.0.113.9"


@pytest.mark.skipif(not IS_THOROUGH, reason="asks the package index; `./run test --all` does")
def test_the_wires_keep_their_promises_on_the_newest_release(tmp_path: Path) -> None:
    fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), "uvicorn"]
    fetched = subprocess.run(fetch, check=False, capture_output=True, text=True, timeout=FETCH_S)
    if fetched.returncode:
        pytest.skip(f"the newest release cannot be fetched: {fetched.stderr.strip()[-200:]}")
    newest = next(tmp_path.glob("uvicorn-*.dist-info")).name.removeprefix("uvicorn-").removesuffix(".dist-info")
    if newest == version("uvicorn"):
        return  # The tests beside this one prove it.
    prove = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", __file__]
    prove += [str(Path(__file__).with_name(name)) for name in ("test_wires.py", "test_socket.py", "test_entrance.py")]
    path = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    proved = subprocess.run(
        prove, cwd=ROOT, check=False, capture_output=True, text=True, timeout=PROVE_S, env=os.environ | path
    )
    assert proved.returncode == 0, f"uvicorn {newest}:\n{proved.stdout[-4000:]}"
