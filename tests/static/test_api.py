"""static/shared/api.js: errors with a code, and money calls that may be sent again."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.static.conftest import Run

pytestmark = pytest.mark.browser

PAY = """
    return await (await use('shared/api.js')).post('table-sessions/1/payment', {a: 1}, {key: 'k-1'})
        .catch((why) => [why.status, why.code, why.figures.amount])
"""


class Till:
    """Answers calls one after the other and remembers what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.keys: list[str | None] = []

    async def __call__(self, route: Route) -> None:
        self.keys.append(route.request.headers.get("idempotency-key"))
        answer = self.answers.pop(0)
        if answer is None:
            await route.abort()
            return
        status, body = answer
        media = "application/json" if status < 400 else "application/problem+json"
        await route.fulfill(status=status, content_type=media, body=json.dumps(body), headers={"retry-after": "0"})


async def at_till(page: Page, *answers: Any) -> Till:
    till = Till(*answers)
    await page.route("**/api/v1/**", till)
    return till


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(page: Page, run: Run) -> None:
    till = await at_till(page, None, (502, {}), (409, {"code": "duplicate_in_progress"}), (201, {"id": "p"}))
    assert await run(PAY) == {"id": "p"}
    assert till.keys == ["k-1"] * 4


async def test_a_refusal_is_final_and_carries_its_figures(page: Page, run: Run) -> None:
    till = await at_till(page, (409, {"code": "amount_changed", "detail": "It is 12.00 now", "amount": 1200}))
    assert await run(PAY) == [409, "amount_changed", 1200]
    assert len(till.keys) == 1


async def test_a_call_without_a_key_is_never_repeated(page: Page, run: Run) -> None:
    till = await at_till(page, None)
    script = (
        "return await (await use('shared/api.js')).post('guest-sessions', {}).catch((why) => [why.status, why.code])"
    )
    assert await run(script) == [0, "offline"]
    assert till.keys == [None]


async def test_an_intent_keeps_its_key_until_it_is_settled(run: Run) -> None:
    assert await run("""
        const {keyOf, settle} = await use("shared/api.js")
        const first = keyOf("pay", {a: 1}), again = keyOf("pay", {a: 1}), other = keyOf("pay", {a: 2})
        settle("pay")
        return [first === again, first !== other, keyOf("pay", {a: 2}) !== other]
    """) == [True, True, True]
