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
from app.storage.tables.ledger import (
    TIP_RULES,
    Drawer,
    LedgerEntry,
    Shift,
    TipRule,
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
from app.storage.tables.refunds import (
    DISPUTE_STATES,
    REFUND_CAUSES,
    REFUND_STATES,
    Dispute,
    Refund,
    Remedy,
)
from app.storage.tables.stream import (
    OPEN_STATUSES,
    SESSION_STATUSES,
    StoredCommand,
    StoredEvent,
    TableSession,
)
from app.storage.tables.trust import (
    REVIEW_STATES,
    VERDICTS,
    AuditEntry,
    AuditForgotten,
    AuditHead,
    Bucket,
    CardTry,
    Forgotten,
    Review,
)

__all__ = [
    "CALL_STATES",
    "DISPUTE_STATES",
    "FINDING_STATES",
    "JOIN_POLICIES",
    "OPEN_STATUSES",
    "PAYMENT_METHODS",
    "PAYMENT_STATES",
    "REVIEW_STATES",
    "REFUND_CAUSES",
    "REFUND_STATES",
    "ROLES",
    "SESSION_STATUSES",
    "SURPLUS_POLICIES",
    "TIP_RULES",
    "VERDICTS",
    "AuditEntry",
    "AuditForgotten",
    "AuditHead",
    "Bucket",
    "CardTry",
    "DiningTable",
    "Dispute",
    "Drawer",
    "Finding",
    "Forgotten",
    "GuestName",
    "GuestSession",
    "IdempotencyKey",
    "InboxRow",
    "LedgerEntry",
    "MenuCategory",
    "MenuItem",
    "Modifier",
    "ModifierGroup",
    "Payment",
    "Refund",
    "Remedy",
    "Restaurant",
    "Review",
    "ScheduledJob",
    "Shift",
    "Staff",
    "StaffSession",
    "StoredCommand",
    "StoredEvent",
    "StripeCall",
    "StripeRef",
    "TableSession",
    "TipRule",
]
