"""Django Channels with its Redis layer (pub/sub), a consumer for each member of a room, as its tutorial shows.

`python -m loadtests.servers.django_channels PORT REDIS`, under uvicorn like the other peers. The packages are no
dependency of the product: the benchmark installs them into `python_modules` beside this file.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import uvicorn

# At the end: what both have (redis-py) is the product's, so that all peers use the same.
sys.path.append(str(Path(__file__).with_name("python_modules")))

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from loadtests.servers.rooms import HELLO

NUMBERS: Counter[str] = Counter()


class Member(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One member of one room."""

    async def connect(self) -> None:
        """Enter the room that the address names."""
        self.room = self.scope["path"].rpartition("/")[2]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()
        await self.send(text_data=HELLO)

    async def disconnect(self, code: int) -> None:
        """Leave it."""
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Number the message and send it to the group."""
        message: dict[str, Any] = orjson.loads(text_data or "")
        NUMBERS[self.room] += 1
        message["seq"] = NUMBERS[self.room]
        await self.channel_layer.group_send(self.room, {"type": "said", "text": orjson.dumps(message).decode()})

    async def said(self, event: dict[str, Any]) -> None:
        """Hand on what somebody said."""
        await self.send(text_data=event["text"])


def main() -> None:
    """Serve until killed."""
    port, redis = sys.argv[1:]
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis]}}
    settings.configure(INSTALLED_APPS=["channels"], CHANNEL_LAYERS={"default": layer})
    django.setup()
    uvicorn.run(
        Member.as_asgi(),
        port=int(port),
        lifespan="off",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_config=None,
        backlog=4096,
    )


if __name__ == "__main__":
    main()
