"""Serving: one process, or several on one port that are replaced one after another without anybody noticing.

The process that was started keeps the listening sockets, one for each worker, and lends them: a connection that waits
in a socket's queue while its worker is replaced is taken by the next one. SIGHUP replaces all workers, one after
another, each only when its successor answers; a worker that dies is started again; SIGTERM ends all.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

import structlog
import uvicorn

from app.main import create_app, door, limits
from app.settings import Settings
from realtime.entrance import entrance
from realtime.lean_protocol import LeanWebSocketProtocol
from realtime.uvicorn_protocol import FastWebSocketProtocol

__all__ = ["Server", "config", "serve_alone", "serve_together"]

log = structlog.get_logger()

PROTOCOLS: Mapping[str, type] = {"lean": LeanWebSocketProtocol, "uvicorn": FastWebSocketProtocol}
RESTART_PAUSE_S = 1.0
READY_WITHIN_S = 60.0
BACKLOG = 2048
YOUNG_OBJECTS = 10_000  # So many are made between two looks at the new ones; Python's own figure is 700.


def config(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves us: our own class for sockets, no compression, patience on shutdown."""
    own = {"__slots__": (), "limits": limits(settings), "door": door(settings)}
    protocol = type("Protocol", (PROTOCOLS[settings.socket_protocol],), own)
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=entrance(protocol) if issubclass(protocol, LeanWebSocketProtocol) else "httptools",
        ws=protocol,
        ws_max_size=settings.frame_bytes_max,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="on",
        backlog=BACKLOG,
        timeout_graceful_shutdown=int(settings.shutdown_timeout_s),
    )


def settle() -> None:
    """Keep the collector of cycles away from what stays: modules and routes are a hundred times what a request makes.

    Without this one in fifteen cycles of the processor goes into looking at them while phones come in, and a full
    look stops every socket for as long as it takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


class Server(uvicorn.Server):
    """Serves as ours does: what stays is out of the collector's way, and sockets come with small buffers.

    It says on the pipe `ready`, if there is one, that it takes requests now.
    """

    def __init__(self, config: uvicorn.Config, ready: int | None = None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        settle()
        await super().startup(sockets)
        wire = self.config.ws_protocol_class
        if wire is not None and issubclass(wire, LeanWebSocketProtocol):
            wire.narrow(listener for server in self.servers for listener in server.sockets)
        if self._ready is not None and self.started:
            os.write(self._ready, b"\n")
            os.close(self._ready)


def serve_alone(settings: Settings, *, listener: int | None = None, ready: int | None = None) -> bool:
    """Serve in this process until a signal ends it. False if it could not even begin.

    `listener` is an inherited socket to serve on, `ready` an inherited pipe to say so on.
    """
    server = Server(config(settings), ready)
    server.run(sockets=[socket.socket(fileno=listener)] if listener is not None else None)
    return server.started


def serve_together(settings: Settings, command: Sequence[str]) -> None:
    """Serve with as many workers as the settings say until a signal ends them.

    `command` starts one; `--listener` and `--ready` with the numbers of the inherited files are added to it.
    """
    asyncio.run(_Workers(settings, command).run())


class _Worker:
    """One process of ours on an inherited socket, with the end of the pipe on which it says that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: int) -> None:
        self.process = process
        self._pipe = pipe

    @classmethod
    async def start(cls, command: Sequence[str], listener: socket.socket) -> Self:
        """Start it; it does not take part in the signals of our terminal."""
        answer, ready = os.pipe()
        given = ["--listener", str(listener.fileno()), "--ready", str(ready)]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, *given, start_new_session=True, pass_fds=(listener.fileno(), ready)
            )
        finally:
            os.close(ready)
        return cls(process, answer)

    async def is_ready(self) -> bool:
        """Whether it says so in time; one that dies closes the pipe without a word."""
        loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        loop.add_reader(self._pipe, heard.set)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await heard.wait()
            return bool(os.read(self._pipe, 1))
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self._pipe)

    async def end(self) -> None:
        """Ask it to end, and wait until it has."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        await self.gone()

    async def gone(self) -> None:
        """Wait until it has ended."""
        await self.process.wait()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


class _Workers:
    def __init__(self, settings: Settings, command: Sequence[str]) -> None:
        self._command = command
        self._listeners = [_listener(settings) for _ in range(settings.workers)]
        self._stopping = asyncio.Event()
        self._workers: dict[int, _Worker] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Keep all workers running until a signal says otherwise."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._renew)
        await asyncio.gather(*(self._keep(slot) for slot in range(len(self._listeners))))
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        for listener in self._listeners:
            listener.close()

    async def _keep(self, slot: int) -> None:
        """Start the worker of a slot again whenever it ends by itself."""
        while not self._stopping.is_set():
            self._workers[slot] = await _Worker.start(self._command, self._listeners[slot])
            await self._until_missed(slot)
            if not self._stopping.is_set():
                log.warning("a worker ended and is started again", worker=slot)
                await asyncio.sleep(RESTART_PAUSE_S)
        await self._workers[slot].end()

    async def _until_missed(self, slot: int) -> None:
        """Wait until the slot's worker has ended, or all shall; one that was replaced by another is not missed."""
        stopping = asyncio.create_task(self._stopping.wait())
        while not self._stopping.is_set():
            worker = self._workers[slot]
            gone = asyncio.create_task(worker.gone())
            await asyncio.wait([stopping, gone], return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if self._workers[slot] is worker:
                break
        stopping.cancel()

    def _renew(self) -> None:
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew_all())

    async def _renew_all(self) -> None:
        """Replace one worker after another; stop where a new one does not come up: the old ones go on."""
        for slot, listener in enumerate(self._listeners):
            worker = await _Worker.start(self._command, listener)
            try:
                is_ready = await worker.is_ready()
            except asyncio.CancelledError:
                await worker.end()
                raise
            if not is_ready:
                log.error("a new worker does not come up; the old ones go on", worker=slot)
                await worker.end()
                return
            old, self._workers[slot] = self._workers[slot], worker
            await old.end()
        log.info("all workers are new", workers=len(self._listeners))


def _listener(settings: Settings) -> socket.socket:
    """A socket that shares its port with those of the other workers; the kernel spreads connections over them."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((settings.host, settings.port))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
