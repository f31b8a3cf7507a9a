"""Every table of the database, as SQLModel classes without behaviour.

Amounts are BIGINT in the currency's minor unit, rates are integers in parts per million, times are aware and UTC,
ids are sortable strings of 26 characters. A stream is a table session: both names mean the same id.
"""

from app.storage.tables.findings import (
    FINDING_STATES,
    Finding,
    ScheduledJob,
)
from app.storage.tables.house import (
    JOIN_POLICIES,
    SURPLUS_POLICIES,
    DiningTable,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Restaurant,
)
from app.storage.tables.money import (
    CALL_STATES,
    PAYMENT_METHODS,
    PAYMENT_STATES,
    IdempotencyKey,
    InboxRow,
    Payment,
    StripeCall,
    StripeRef,
)
from app.storage.tables.people import (
    ROLES,
    GuestName,
    GuestSession,
    Staff,
    StaffSession,
)
from app.storage.tables.stream import (
    OPEN_STATUSES,
    SESSION_STATUSES,
    StoredCommand,
    StoredEvent,
    TableSession,
)

__all__ = [
    "CALL_STATES",
    "FINDING_STATES",
    "JOIN_POLICIES",
    "OPEN_STATUSES",
    "PAYMENT_METHODS",
    "PAYMENT_STATES",
    "ROLES",
    "SESSION_STATUSES",
    "SURPLUS_POLICIES",
    "DiningTable",
    "Finding",
    "GuestName",
    "GuestSession",
    "IdempotencyKey",
    "InboxRow",
    "MenuCategory",
    "MenuItem",
    "Modifier",
    "ModifierGroup",
    "Payment",
    "Restaurant",
    "ScheduledJob",
    "Staff",
    "StaffSession",
    "StoredCommand",
    "StoredEvent",
    "StripeCall",
    "StripeRef",
    "TableSession",
]
