"""Who works in the restaurants under test."""

from app.actions.desk import Desk
from app.actions.staff import hash_password
from app.domain.commands import Role
from app.storage import staff
from app.storage.tables import Staff

PASSWORD = "correct horse battery"
ROLES: tuple[Role, ...] = ("owner", "manager", "waiter", "kitchen")
_hashes: dict[str, str] = {}


async def employ(desk: Desk, restaurant: str) -> dict[str, str]:
    """Somebody of every role, with `PASSWORD`; answers with their addresses by role."""
    people = {str(role): f"{role}@{restaurant.lower()}.example" for role in ROLES}
    for role in ROLES:
        account = Staff(
            id=desk.new_id(), restaurant_id=restaurant, email=people[role], name=role.title(), role=role,
            password_hash=await _hashed(), created_at=desk.now(),
        )  # fmt: skip
        await staff.save(desk.database, account)
    return people


async def _hashed() -> str:
    # Hashing is slow on purpose: once for all houses of a run.
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = await hash_password(PASSWORD)
    return _hashes[PASSWORD]
