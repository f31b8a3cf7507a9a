"""What the API tells the house's pages: one answer for each section, as docs/api.md has them."""

from app.domain.view import JSON

AT = "2026-11-21T19:04:00Z"
MARA, WIM = {"id": "mara", "name": "Mara"}, {"id": "wim", "name": "Wim"}

REFUNDS: JSON = {"refunds": [
    {"id": "R1", "paymentId": "P1", "tableSessionId": "S1", "table": "7", "paymentMethod": "card", "card": "visa 4242",
     "currency": "EUR", "amount": 1200, "tipAmount": 100, "rounding": 0, "state": "asked", "cause": "staff",
     "reason": "cold soup", "owedAgain": False, "askedBy": WIM, "askedAt": AT},
    {"id": "R2", "paymentId": "P2", "tableSessionId": "S1", "table": "12", "paymentMethod": "card", "currency": "EUR",
     "amount": 300, "tipAmount": 0, "rounding": 0, "state": "asked", "cause": "staff", "owedAgain": True, "askedAt": AT,
     "reason": "Maximiliane-Charlotte von und zu Hohenstein-Unteruhldingen had the wrong dish", "askedBy": MARA},
    {"id": "R3", "paymentId": "P3", "tableSessionId": "S1", "table": "3", "paymentMethod": "cash", "currency": "EUR",
     "amount": 500, "tipAmount": 0, "rounding": 2, "state": "failed", "cause": "credit", "reason": "",
     "owedAgain": False, "askedAt": AT, "failureReason": "The card was closed", "checking": True},
], "next": "R3"}  # fmt: skip
DISPUTES: JSON = {"disputes": [
    {"id": "dp_1", "paymentId": "P1", "tableSessionId": "S1", "table": "7", "currency": "EUR", "amount": 4200,
     "withdrawn": 4200, "reason": "fraudulent", "state": "open", "providerStatus": "needs_response", "openedAt": AT,
     "respondBy": "2026-11-28T00:00:00Z", "evidenceUrl": "/api/v1/disputes/dp_1/evidence"},
]}  # fmt: skip
REVIEWS: JSON = {"reviews": [
    {"id": "V1", "state": "open", "verdict": "challenge", "score": 65, "tableSessionId": "S1", "tableId": "T1",
     "table": "12", "guestId": "g1", "guest": "Ana", "amount": 4200, "tipAmount": 500, "currency": "EUR",
     "signals": [{"name": "table_declines", "value": 7, "usual": 3, "points": 30,
                  "text": "7 cards were declined at this table in 10 minutes"},
                 {"name": "amount", "value": 4700, "usual": 2000, "points": 35, "text": ""}], "createdAt": AT},
]}  # fmt: skip
FINDINGS: JSON = {"findings": [
    {"id": "F1", "kind": "mismatch", "title": "The provider's object is not what we asked for",
     "advice": "Compare the two amounts with the bill of the table.", "subject": "pi_3QeRfGhIjKlMnOpQrStUvWxYz",
     "tableSessionId": "S1", "state": "open", "seen": 3, "firstSeenAt": AT, "lastSeenAt": AT,
     "facts": {"problem": "amount", "expected": 1579, "found": 1500, "currency": "EUR"}},
], "open": {"mismatch": 1}}  # fmt: skip
DRAWER: JSON = {
    "id": "D1", "openedAt": AT, "openedBy": "Mara", "opening": 20_000, "carried": 500, "cashIn": 12_000,
    "change": 2_000, "handedBack": 500, "expected": 30_000,
}  # fmt: skip
COUNTED = DRAWER | {"countedAt": AT, "countedBy": "Mara", "counted": 29_900, "difference": -100}
DAY: JSON = {
    "date": "2026-11-21", "from": "2026-11-21T04:00:00Z", "to": "2026-11-22T04:00:00Z", "timezone": "Europe/Berlin",
    "currency": "EUR", "isOver": True, "visits": 12,
    "sales": {"gross": 52_000, "discounts": 1500, "comps": 800, "voids": 900, "net": 48_800, "service": 4880,
              "tax": 3900, "total": 57_580},
    "taxes": [{"ratePpm": 88_750, "net": 40_000, "tax": 3550}, {"ratePpm": 190_000, "net": 1_842, "tax": 350}],
    "tips": {"collected": 5200, "refunded": 100},
    "methods": [
        {"method": "card", "payments": 9, "amount": 51_000, "refunds": 1, "refunded": 1200, "net": 49_800},
        {"method": "cash", "payments": 2, "amount": 12_000, "refunds": 1, "refunded": 500, "net": 11_500},
    ],
    "payments": {"count": 11, "base": 57_580, "tips": 5200, "rounding": -2, "total": 62_778},
    "refunds": {"count": 1, "amount": 1200, "onTheirWay": 300}, "fees": {"provider": 1500, "application": 20},
    "open": {"receivable": 1200, "credits": 0, "refundsOnTheirWay": 300, "disputed": 4200}, "writtenOff": 100,
    "drawers": [COUNTED], "balanced": True,
    "stripe": {"reachable": True, "captured": 51_000, "refunded": 1200, "ours": {"captured": 51_000, "refunded": 1},
               "differences": [{"kind": "amount", "stripeId": "ch_1", "paymentId": "P1", "ours": 1, "theirs": 1100}]},
}  # fmt: skip
PAYOUTS: JSON = {"account": "acct_1", "payouts": [
    {"id": "po_1", "amount": 40_000, "currency": "eur", "status": "in_transit", "arrivesOn": "2026-11-23",
     "createdAt": AT},
]}  # fmt: skip
STATEMENT: JSON = {
    "staffId": "mara", "name": "Mara", "role": "manager", "from": "2026-11-15", "to": "2026-11-21", "currency": "EUR",
    "minutes": 480, "amount": 1300,
    "days": [{"date": "2026-11-21", "by": "hours", "minutes": 480, "pool": 5100, "amount": 1300}],
}  # fmt: skip
POOL: JSON = {
    "from": "2026-11-15", "to": "2026-11-21", "currency": "EUR", "pool": 5100, "distributed": 5000,
    "undistributed": 100, "days": [],
    "staff": [{"staffId": "wim", "name": "Wim", "role": "waiter", "minutes": 990, "amount": 2600}],
}  # fmt: skip
SHIFTS: JSON = {"shifts": [
    {"id": "H1", "staffId": "wim", "name": "Wim", "role": "waiter", "date": "2026-11-21", "minutes": 480},
]}  # fmt: skip
TEAM: JSON = {"team": [{"id": "wim", "name": "Wim", "role": "waiter", "active": True}]}
RULE: JSON = {"by": "points", "points": {"waiter": 10, "kitchen": 6, "manager": 0, "owner": 0}, "from": "2026-11-01"}
ANALYTICS: JSON = {
    "restaurantId": "R1", "dateFrom": "2026-10-23", "dateTo": "2026-11-21", "currency": "EUR",
    "totalTransactions": 120, "totalAmount": 512_000, "avgTipPercentage": 14.2, "splitPaymentRate": 0.62,
    "paymentMethods": {"card": {"count": 100, "amount": 450_000}, "cash": {"count": 20, "amount": 62_000}},
    "totalTips": 61_000, "refundedAmount": 1200, "refundRate": 0.01, "successRate": 0.985, "averageAmount": 4267,
    "declines": {"insufficient_funds": 3}, "averageSeconds": 18.2,
    "byDay": [{"date": f"2026-11-{day:02}", "count": day, "amount": day * 3_000 % 41_000, "tips": day * 200}
              for day in range(1, 22)],
    "byHour": [{"hour": hour, "count": 3, "amount": 20_000 - abs(20 - hour) * 2_500} for hour in range(12, 24)],
}  # fmt: skip
PRODUCTS: JSON = {"products": [
    {"menuItemId": "i1", "name": "Gift card 50", "price": 5000, "available": True,
     "grants": {"kind": "giftCard", "value": 5000, "validDays": 365}},
    {"menuItemId": "i2", "name": "Ten coffees", "price": 2500, "available": False,
     "grants": {"kind": "pass", "uses": 10}},
]}  # fmt: skip
GIFT_CARDS: JSON = {"giftCards": [
    {"id": "c1", "kind": "giftCard", "currency": "EUR", "value": 5000, "balance": 3200, "validFrom": AT,
     "validUntil": "2027-11-21T00:00:00Z", "state": "active", "last4": "9F2K", "soldAt": AT, "uses": []},
]}  # fmt: skip
BOOKINGS: JSON = {"bookings": [
    {"id": "B1", "state": "booked", "at": "2026-11-21T20:00:00Z", "until": "2026-11-21T22:00:00Z", "people": 4,
     "table": {"id": "T1", "label": "7"}, "name": "Ana Lindt", "contact": "+49 30 1234567", "holdId": "H1",
     "holdStatus": "authorized", "noShowAmount": 8000, "currency": "EUR"},
    {"id": "B2", "state": "no_show", "at": "2026-11-21T18:00:00Z", "until": "2026-11-21T20:00:00Z", "people": 1,
     "name": "Ben", "contact": "ben@example.com", "charged": 2000, "currency": "EUR"},
]}  # fmt: skip
TIMES: JSON = {"times": ["2026-11-21T18:00:00Z", "2026-11-21T18:30:00Z"]}
POLICY: JSON = {
    "tabPpm": 1_200_000, "tabEstimate": 5000, "bookable": True, "noShowAmount": 2000, "cancelHours": 24,
    "bookingMinutes": 120, "daysAhead": 30, "peopleMax": 8,
}  # fmt: skip
AUDIT: JSON = {"entries": [
    {"seq": 2, "at": AT, "by": "mara", "role": "manager", "what": "refund.approved", "subject": "01J8ZK3MBPFN6NN6ZY1Z"},
    {"seq": 1, "at": AT, "by": "wim", "role": "waiter", "what": "staff.login", "where": "203.0.113.9"},
]}  # fmt: skip

ANSWERS: dict[str, JSON] = {
    "refunds": REFUNDS, "disputes": DISPUTES, "reviews": REVIEWS, "findings": FINDINGS, "drawer": {"drawer": DRAWER},
    "reports/day": DAY, "payouts": PAYOUTS, "tips": POOL, "tips/statement": STATEMENT, "tips/rule": RULE,
    "shifts": SHIFTS, "team": TEAM, "analytics/payments": ANALYTICS, "gift-card-products": PRODUCTS,
    "gift-cards": GIFT_CARDS, "bookings": BOOKINGS, "restaurants/R1/booking": TIMES, "booking-policy": POLICY,
    "audit": AUDIT,
}  # fmt: skip
"""By path below /api/v1."""

EMPTY: dict[str, JSON] = {
    "refunds": {"refunds": []}, "disputes": {"disputes": []}, "reviews": {"reviews": []}, "findings": {"findings": []},
    "drawer": {}, "payouts": {"payouts": []}, "gift-card-products": {"products": []}, "gift-cards": {"giftCards": []},
    "bookings": {"bookings": []}, "audit": {"entries": []}, "shifts": {"shifts": []},
    "analytics/payments": ANALYTICS | {"totalTransactions": 0}, "tips": POOL | {"staff": []},
    "tips/statement": STATEMENT | {"days": []}, "reports/day": DAY | {"drawers": [], "methods": [], "taxes": []},
}  # fmt: skip
