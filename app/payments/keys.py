"""What a payment provider knows this server by."""

from dataclasses import dataclass

_LIVE = ("sk_live_", "rk_live_")


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """What Stripe knows us by. Every webhook secret is accepted, so that one can be replaced by another."""

    secret_key: str
    webhook_secrets: tuple[str, ...]

    @property
    def livemode(self) -> bool:
        """Whether real money moves with this key."""
        return self.secret_key.startswith(_LIVE)

    def __repr__(self) -> str:
        return f"StripeKeys(livemode={self.livemode})"
