from collections import Counter

from app.web.access import Who
from app.web.routes import API, PAGES, V1

NOT_YET = (".pdf", "merge")
OUTSIDE = ("/health", "/metrics")


def test_an_address_and_method_has_one_handler() -> None:
    assert not [
        where for where, times in Counter((one.method, one.path) for one in [*API, *PAGES]).items() if times > 1
    ]


def test_the_api_lies_under_its_version() -> None:
    assert all(one.path.startswith((V1, *OUTSIDE)) for one in API)


def test_what_comes_later_is_not_routed() -> None:
    assert not [one.path for one in API if any(word in one.path for word in NOT_YET)]


def test_whatever_changes_a_table_is_limited_and_not_for_everybody() -> None:
    changing = [one for one in API if "{session}" in one.path and one.method != "GET"]
    assert all(one.limits and one.who is not Who.ANYONE for one in changing)


def test_exactly_what_starts_or_moves_money_needs_a_key() -> None:
    keyed = {one.path.removeprefix(f"{V1}/table-sessions/{{session}}") for one in API if one.keyed}
    assert keyed == {
        "/payment",
        "/group-payments",
        f"{V1}/payments/{{payment}}/pay",
        "/payments/{payment}/confirm",
        "/holds",
        f"{V1}/holds/{{hold}}/raise",
        f"{V1}/holds/{{hold}}/capture",
        "/refunds",
        f"{V1}/payments/{{payment}}/refunds",
        f"{V1}/refunds/{{refund}}/approve",
        f"{V1}/drawer/open",
        f"{V1}/drawer/count",
    }


def test_only_these_are_open_to_everybody() -> None:
    everybodys = {
        one.path.removeprefix(V1) for one in API if one.who is Who.ANYONE and not one.path.startswith(OUTSIDE)
    }
    assert everybodys == {
        "/guest-sessions",
        "/menus/{restaurant}",
        "/restaurants/{restaurant}/booking",
        "/restaurants/{restaurant}/bookings",
        "/webhooks/stripe",
        "/staff/login",
        "/staff/logout",
    }
