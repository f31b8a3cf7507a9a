"""What the web rooms need to know about the house they stand in: addresses, origins and bounds, read once at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The public face of this installation.

    ``public_url`` is what phones type, without a trailing slash; ``origins`` are further origins whose pages may call
    us with cookies (our own always may). ``payment_origin`` is where the card form comes from when it is not Stripe
    itself, ``pay`` is handed to the guest page as it is (publishable key, addresses of the card form).
    """

    public_url: str
    static_root: Path
    origins: frozenset[str] = frozenset()
    payment_origin: str | None = None
    pay: Mapping[str, str] = field(default_factory=dict)
    version: str = "0"
    body_bytes_max: int = 64 * 1024
    webhook_bytes_max: int = 512 * 1024
    guest_cookie_days: int = 2
    staff_cookie_hours: int = 14
    long_poll_s_max: int = 25
    long_polls_max: int = 500

    @property
    def is_https(self) -> bool:
        """Whether cookies may be Secure: phones on a restaurant's LAN reach the demo over plain http."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """The origin of ``public_url``: ``https://bill.example``."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"
