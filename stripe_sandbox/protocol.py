"""uvicorn's HTTP protocol with one more ability: an answer may be a broken connection."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stripe_sandbox.web import ABORT


class CuttableProtocol(HttpToolsProtocol):
    """Hands the transport's `abort` and `close` to the application as an ASGI extension."""

    def on_message_begin(self) -> None:
        """Called for each request before its headers are read."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"abort": self.transport.abort, "close": self.transport.close}}
