"""What the engine is to reach, as ratios to peers measured in the same run."""

from loadtests.tables import Goal

PRODUCT = "the whole product"  # A connection stands for a guest of a bill.


def _cpu(scenario: str, peer: str, must: float, stretch: float) -> Goal:
    return Goal(scenario, "cpu", peer, must, stretch)


def _above_floor(scenario: str, peer: str, must: float, stretch: float) -> Goal:
    return Goal(scenario, "cpu", peer, must, stretch, at_most=True, inverted=True)


FAN_OUT = (
    _cpu("S1", "node ws", 3.3, 4),
    _cpu("S1", "socket.io", 4.2, 5),
    _cpu("S1", "naive Starlette", 5, 6),
    _cpu("S1", "python-socketio", 25, 30),
    _cpu("S1", "Django Channels", 60, 75),
    _above_floor("S1", "C coalescing", 1.55, 1.25),
    _cpu("S2", "node ws", 1.6, 2),
    _cpu("S2", "socket.io", 2.4, 3),
    _cpu("S2", "websockets broadcast", 2.1, 2.6),
    _cpu("S2", "naive Starlette", 2.8, 3.4),
    _cpu("S2", "python-socketio", 11, 14),
    _cpu("S2", "Django Channels", 20, 25),
    _above_floor("S2", "C", 1.3, 1.1),
    Goal("S2 at 2000/s", "p50", "C", 1.2, 1.15, at_most=True, inverted=True),
    Goal("S2 at 2000/s", "p50", "node ws", 0.9, 0.87, at_most=True, inverted=True),
    Goal("S2 at 2000/s", "p99", "node ws", 1.0, 0.5, at_most=True, inverted=True),
    _cpu("S3", "node ws", 1.9, 2.3),
    _cpu("S3", "socket.io", 3.6, 4.5),
    _cpu("S3", "naive Starlette", 4, 5),
    _cpu("S3", "python-socketio", 10, 13),
    Goal("S4", "KiB", "", 4, 3, at_most=True, unit="KiB", ours=PRODUCT),
    Goal("S4", "KiB", "socket.io", 4, 5, ours=PRODUCT),
    Goal("S4", "KiB", "naive Starlette", 6, 8, ours=PRODUCT),
    Goal("S4", "KiB", "node ws", 2, 2.5, ours=PRODUCT),
    Goal("S5", "rate", "node ws", 0.7, 0.85, inverted=True, ours=PRODUCT),
    Goal("S5", "rate", "socket.io", 1.8, 2.2, inverted=True, ours=PRODUCT),
    Goal("S5", "rate", "naive Starlette", 3.3, 4, inverted=True, ours=PRODUCT),
    Goal("slow reader", "held", "", 1, 0.5, at_most=True, unit="MiB"),
    Goal("slow reader", "p99 ratio", "", 1.2, 1.1, at_most=True),
)

COMMANDS = (
    Goal("postgresql, spread", "rate", "SQLAlchemy ORM + asyncpg", 8, 11, inverted=True),
    Goal("postgresql, hot", "rate", "SQLAlchemy ORM + asyncpg", 15, 22, inverted=True),
    Goal("postgresql, hot", "p99", "SQLAlchemy ORM + asyncpg", 1 / 20, 1 / 50, at_most=True, inverted=True),
    Goal("postgresql, spread", "rate", "asyncpg, 5 round trips", 2, 2.7, inverted=True),
    Goal("postgresql, hot", "rate", "asyncpg, 5 round trips", 10, 15, inverted=True),
    Goal("sqlite, spread", "rate", "SQLAlchemy ORM + aiosqlite", 10, 14, inverted=True),
    Goal("sqlite, hot", "rate", "SQLAlchemy ORM + aiosqlite", 20, 28, inverted=True),
)
