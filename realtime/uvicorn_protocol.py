"""The `ws=` class for uvicorn whose connections can be written to directly: `uvicorn.Config(ws=FastWebSocketProtocol)`.

uvicorn's own class does the handshake, control frames, fragments and everything unusual. On top of it:

- it offers itself in `scope["extensions"]["realtime.wire"]`; after `attach` messages go to the connection by callback,
  the endpoint returns, and an idle socket holds no task;
- prebuilt frames go straight to the transport;
- whole text frames are unmasked here, in one loop over what was read; every other frame takes uvicorn's path, one
  whole frame at a time, and both ways end in the same method;
- kernel and transport buffers are small, and a peer that does not read can be cut.

It leans on attributes of uvicorn's class that are not its public interface; tests/realtime/test_uvicorn_protocol.py
holds the contract.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.utils import apply_mask

from realtime.channel import Limits
from realtime.connection import Connection
from realtime.errors import CloseCode, retry_ms
from realtime.frames import Bye, text_frame
from realtime.socket import EXTENSION

WHOLE_TEXT = 0x81
MASKED = 0x80
SIZE_IN_16_BITS, SIZE_IN_64_BITS = 126, 127
MASK_BYTES = 4
NO_LINGER = struct.pack("ii", 1, 0)


class FastWebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection, and the wire under a `Connection`."""

    limits = Limits()
    farewell_s = 5.0  # How long a peer may take to answer our close.

    _connection: Connection | None = None
    _rest = b""
    _is_open = False
    _is_beyond_us = False

    # --- the wire ----------------------------------------------------------------------------------------------------

    @property
    def write(self) -> Callable[[bytes], None]:
        """The transport's own method: complete frames, no copy, no waiting."""
        return self.transport.write

    def attach(self, connection: Connection) -> None:
        """Send messages to `connection` from now on, those that are waiting first."""
        self._connection = connection
        while not self.queue.empty():
            message = self.queue.get_nowait()
            if message["type"] == "websocket.receive":
                self._deliver(connection, message.get("text"))
            elif message["type"] == "websocket.disconnect":
                connection.lost()
        self._read_on()

    def close(self, code: int) -> None:
        """Send a close frame behind everything that waits, and end the connection soon, whatever the peer does."""
        if self.close_sent or self.disconnected:
            return
        try:
            self.conn.send_close(code)
        except InvalidState:
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._expect_end()
        self._read_on()

    def abort(self) -> None:
        """Cut the connection and drop what waits; a plain close would wait behind unsent bytes for ever."""
        if self.disconnected:
            return
        if (sock := self.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()

    def _deliver(self, connection: Connection, text: str | None) -> None:
        if self.close_sent:
            return
        if text is None:
            connection.received_binary()
        else:
            connection.received(text)

    def _expect_end(self) -> None:
        self.close_sent = True
        self.stop_keepalive()
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.farewell_s, self.abort)

    def _read_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    # --- what comes in -----------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take whole text frames apart here; give everything else to uvicorn, whole frame by whole frame."""
        if not self._is_open or self._is_beyond_us or self.close_sent:
            super().data_received(data)
            return
        if self._rest:
            data, self._rest = self._rest + data, b""
        start, size = 0, len(data)
        while start < size:
            end = self._end_of_frame(data, start)
            if end is None:
                self._rest = data[start:]
                return
            self._take_frame(data, start, end)
            start = end

    def _end_of_frame(self, data: bytes, start: int) -> int | None:
        """Return where the frame at `start` ends; None if it is not whole yet, the end of data if it is too big."""
        head = start + 2
        if len(data) < head:
            return None
        size = data[start + 1] & 0x7F
        width = 2 if size == SIZE_IN_16_BITS else 8 if size == SIZE_IN_64_BITS else 0
        if len(data) < head + width:
            return None
        if width:
            size = int.from_bytes(data[head : head + width], "big")
        if size > self.config.ws_max_size:
            self._is_beyond_us = True
            return len(data)
        end = head + width + (MASK_BYTES if data[start + 1] & MASKED else 0) + size
        return end if end <= len(data) else None

    def _take_frame(self, data: bytes, start: int, end: int) -> None:
        second = data[start + 1]
        size = second & 0x7F
        is_simple = data[start] == WHOLE_TEXT and second & MASKED and size < SIZE_IN_64_BITS and not self._is_beyond_us
        if not is_simple or self._connection is None or self.close_sent or self.conn.current_size is not None:
            super().data_received(data[start:end])
            return
        mask_at = start + (4 if size == SIZE_IN_16_BITS else 2)
        payload_at = mask_at + MASK_BYTES
        try:
            text = apply_mask(data[payload_at:end], data[mask_at:payload_at]).decode()
        except UnicodeDecodeError:
            super().data_received(data[start:end])  # uvicorn closes with 1007.
            return
        self._deliver(self._connection, text)

    def send_receive_event_to_app(self) -> None:
        """Take a message that came uvicorn's way."""
        if self._connection is None:
            super().send_receive_event_to_app()
            return
        message, self.frames = b"".join(self.frames), []
        if self.curr_msg_data_type != "text":
            self._deliver(self._connection, None)
            return
        try:
            text = message.decode()
        except UnicodeDecodeError:
            self.conn.fail(CloseCode.BAD_UTF8)
            self.handle_parser_exception()
            return
        self._deliver(self._connection, text)

    # --- hooks of uvicorn's class ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the buffers small: megabytes hide in default ones before a stuck peer is noticed."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=self.limits.write_buffer_bytes)
        if (sock := self.transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.limits.send_buffer_bytes)

    def handle_connect(self, event: Request) -> None:
        """Offer the wire to the endpoint."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self._is_open = True
            cast("dict[str, object]", self.scope["extensions"])[EXTENSION] = self

    def handle_ping(self) -> None:
        """Answer a ping, unless so much waits that nobody reads: the answers would pile up without an end."""
        if self.conn.state is State.OPEN and self.transport.get_write_buffer_size() > self.limits.write_buffer_bytes:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    def handle_close(self, event: Frame) -> None:
        """The peer closes, or answers our close."""
        super().handle_close(event)
        self.close_timer = None
        self._expect_end()
        if self._connection is not None:
            self._connection.lost()

    def handle_parser_exception(self) -> None:
        """The peer broke the protocol: say bye and why, and leave it time to read that before the connection ends."""
        if self._connection is None or self.conn.close_sent is None:
            super().handle_parser_exception()
            return
        code = self.conn.close_sent.code
        if not self.close_sent:
            output = b"".join(self.conn.data_to_send())
            self.transport.write(text_frame(Bye(code, retry_ms(code)).encode()) + output)
            if self.transport.can_write_eof():
                self.transport.write_eof()
        self._expect_end()
        self._connection.lost()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more."""
        super().connection_lost(exc)
        if self._connection is not None:
            self._connection.lost()

    def pause_writing(self) -> None:
        """The transport holds more than it should."""
        super().pause_writing()
        if self._connection is not None:
            self._connection.paused()

    def resume_writing(self) -> None:
        """The transport has room again."""
        super().resume_writing()
        if self._connection is not None:
            self._connection.resumed()

    def shutdown(self) -> None:
        """The server stops: the connection is asked to leave in its own time."""
        if self._connection is None or self.close_sent:
            super().shutdown()
        else:
            self._connection.shutdown()

    async def run_asgi(self) -> None:
        """Run the application; when it has handed the connection over, its return ends nothing."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except Exception:
            self.logger.exception("Exception in ASGI application\n")
            self.send_500_response()
            self.abort()
        if not self.handshake_complete:
            self.logger.error("ASGI callable returned without completing handshake.")
            self.send_500_response()
        if self._connection is None and self.close_timer is None:
            self.transport.close()
