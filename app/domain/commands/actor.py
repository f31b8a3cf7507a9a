"""Who asks."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["owner", "manager", "waiter", "kitchen"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a guest of this visit, a member of staff, or the system itself (jobs, the provider's news)."""

    kind: Literal["guest", "staff", "system"]
    id: str
    role: Role | None = None


SYSTEM = Actor("system", "system")
