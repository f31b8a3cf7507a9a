"""Who is asking: what a seat's or a staff member's token stands for, and the names of the cookies that carry them."""

from dataclasses import dataclass, field

from app.domain.commands import Actor, Role

SEAT_COOKIE = "splittable_seat_"
"""Start of the cookie's name of a guest session; the table session's id follows. `__Host-` goes in front on https."""

STAFF_COOKIE = "splittable_staff"
"""Name of the cookie of a staff session."""

DEVICE_COOKIE = "splittable_device"
"""Name of the cookie that makes several tabs of one phone one guest."""

HOST_PREFIX = "__Host-"
"""Goes before a cookie's name where the public address is https."""


def bare_cookie(name: str) -> str:
    """A cookie's name without the prefix that https adds."""
    return name.removeprefix(HOST_PREFIX)


@dataclass(frozen=True, slots=True)
class GuestAccess:
    """A phone at a table: `guest_id` in the visit `stream`."""

    guest_id: str
    stream: str
    restaurant_id: str
    device: str | None = None

    @property
    def actor(self) -> Actor:
        """The one who asks, as the bill knows it."""
        return Actor("guest", self.guest_id)


@dataclass(frozen=True, slots=True)
class StaffAccess:
    """A member of staff of one restaurant, signed in. `address` is where they are, for the audit log."""

    staff_id: str
    restaurant_id: str
    role: Role
    name: str
    address: str = field(default="", compare=False)

    @property
    def actor(self) -> Actor:
        """The one who asks, as the bill knows it."""
        return Actor("staff", self.staff_id, self.role)


Access = GuestAccess | StaffAccess
