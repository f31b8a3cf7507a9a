"""Child processes of the demo: started, watched until they answer, and ended with it, whatever happens."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 12
POLL_S = 0.05
LOG_LINES = 15


class ChildFailed(Exception):
    """A process of the demo ended by itself or never answered; the message has the end of its log."""


@dataclass(slots=True)
class Child:
    """A process that writes to a log file."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    @classmethod
    async def start(cls, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> "Child":
        """Start `python -m …` in a session of its own, so that a Ctrl-C reaches it through us and in order."""
        log = folder / f"{name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                env={**os.environ, **environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, process, log)

    async def until_it_answers(self, url: str) -> None:
        """Wait until `url` is answered with success. Raises `ChildFailed`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S), httpx.AsyncClient() as client:
                while self.process.returncode is None:
                    with contextlib.suppress(httpx.HTTPError):
                        if (await client.get(url)).is_success:
                            return
                    await asyncio.sleep(POLL_S)
        raise ChildFailed(f"{self.name} did not start:\n{self.last_words()}")

    async def until_it_ends(self) -> None:
        """Wait until the process is gone, which nobody wants: raises `ChildFailed`."""
        status = await self.process.wait()
        raise ChildFailed(f"{self.name} ended with status {status}:\n{self.last_words()}")

    async def stop(self) -> None:
        """End it: politely, then not."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def free_port(host: str, wanted: int = 0) -> int:
    """`wanted`, if it is free on `host`, else a port that is."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, wanted))
        except OSError:
            return free_port(host)
        return int(one.getsockname()[1])


def lan_address() -> str:
    """The address under which phones of the same network find this machine; no packet is sent to learn it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("10.255.255.255", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"
