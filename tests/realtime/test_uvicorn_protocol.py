"""What the wire over uvicorn's class leans on in it; what it promises is in `test_wires`."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


def test_uvicorns_class_has_what_we_lean_on() -> None:
    for name in [
        "connection_made",
        "connection_lost",
        "data_received",
        "pause_writing",
        "resume_writing",
        "shutdown",
        "handle_connect",
        "handle_close",
        "handle_parser_exception",
        "send_receive_event_to_app",
        "send_500_response",
        "run_asgi",
        "stop_keepalive",
    ]:
        assert callable(getattr(WebSocketsSansIOProtocol, name)), name
    needed = {"queue", "conn", "transport", "close_sent", "close_timer", "disconnected", "read_paused", "frames"}
    assert needed <= set(WebSocketsSansIOProtocol.__init__.__code__.co_names)
