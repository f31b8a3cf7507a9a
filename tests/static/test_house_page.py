"""The house's pages in a real browser: every section readable by everybody, in every state an answer can have."""

import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, expect

from app.domain.view import JSON
from app.web.headers import content_policy
from app.web.rendering import Pages
from app.web.site import Site
from app.web.static import Tree
from tests.browser import measures
from tests.static.conftest import STATIC
from tests.static.house_scenes import ANALYTICS, ANSWERS, AT, EMPTY, REFUNDS

pytestmark = pytest.mark.browser

V1 = "/api/v1/"
SECTIONS = (
    "day", "drawer", "refunds", "disputes", "payouts", "reviews", "findings", "audit", "bookings", "gifts", "tips",
    "analytics",
)  # fmt: skip


@dataclass
class Office:
    """A member of staff at the house's page, and a server that answers by hand."""

    page: Page
    address: str
    role: str = "manager"
    answers: dict[str, JSON] = field(default_factory=lambda: dict(ANSWERS))
    problems: dict[str, JSON] = field(default_factory=dict)
    calls: list[tuple[str, str, Any, str | None]] = field(default_factory=list)
    held: list[Route] = field(default_factory=list)
    holds: bool = False
    complaints: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        """Answer a call of the API, or keep it waiting."""
        request = route.request
        path = urlsplit(request.url).path.removeprefix(V1)
        if request.method != "GET":
            body = request.post_data_json if request.post_data else None
            self.calls.append((request.method, path, body, request.headers.get("idempotency-key")))
        if self.holds and request.method != "GET":
            self.held.append(route)
            return
        await self.let_go(route)

    async def let_go(self, route: Route) -> None:
        """Give a call its answer."""
        path = urlsplit(route.request.url).path.removeprefix(V1)
        if problem := self.problems.get(path):
            await route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))
        else:
            await route.fulfill(content_type="application/json", body=json.dumps(self.answers.get(path, {})))

    async def open(self, section: str) -> None:
        """Go to a section, from a fresh page."""
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.address}#{section}")
        await expect(self.page.locator("body")).to_have_attribute("data-ready", "yes")
        await expect(self.page.locator("#section-title")).to_be_visible()
        await expect(self.page.get_by_text("Loading…", exact=True)).to_have_count(0)

    def press(self, name: str) -> Awaitable[None]:
        """A button, by its name."""
        return self.page.get_by_role("button", name=name).first.click()


@pytest.fixture(scope="module")
async def _office(browser: Browser, site: str, tree: Tree) -> AsyncIterator[Office]:
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-US", reduced_motion="reduce"
    )
    page = await context.new_page()
    office = Office(page, f"{site}/staff/house")
    headers = {"content-security-policy": content_policy(Site(public_url=site, static_root=STATIC))}
    place = {"id": "R1", "name": "Gasthaus zum Goldenen Hirschen", "currency": "EUR", "timezone": "Europe/Berlin"}

    async def serve(route: Route) -> None:
        staff = {"id": "mara", "name": "Mara", "role": office.role}
        html = Pages(tree).text("house.html", {"staff": staff, "restaurant": place, "now": AT})
        await route.fulfill(body=html, content_type="text/html", headers=headers)

    page.on("pageerror", lambda error: office.complaints.append(str(error)))
    await context.add_init_script(measures.SHIFTS)
    await page.route("**/staff/house", serve)
    await page.route(f"**{V1}**", office.answer)
    yield office
    await context.close()


@pytest.fixture
async def office(_office: Office) -> AsyncIterator[Office]:
    """The house's page with everything in it; the one page of all these tests."""
    yield _office
    assert _office.complaints == []
    _office.answers, _office.problems, _office.role = dict(ANSWERS), {}, "manager"
    _office.calls, _office.held, _office.holds = [], [], False


async def is_good(page: Page) -> None:
    flaws = [*await measures.violations(page), *await measures.small_targets(page), *await measures.overflows(page)]
    assert not flaws, "\n".join(flaws)


@pytest.mark.parametrize("section", SECTIONS)
async def test_every_section_is_readable_by_everybody(office: Office, section: str) -> None:
    await office.open(section)
    await is_good(office.page)


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_focus_is_never_under_a_bar(office: Office, width: int) -> None:
    await office.page.set_viewport_size({"width": width, "height": 500})
    for section in ("refunds", "tips"):
        await office.open(section)
        hidden = await measures.covered(office.page, 45)
        assert not hidden, "\n".join(hidden)
    await office.page.set_viewport_size({"width": 1280, "height": 800})


async def test_the_audit_log_says_who_it_was_on_a_phone_too(office: Office) -> None:
    await office.page.set_viewport_size({"width": 390, "height": 844})
    await office.open("audit")
    login = office.page.get_by_role("row").filter(has_text="staff login")
    await expect(login).to_contain_text("Wim")
    assert not await measures.overflows(office.page)
    width = await office.page.locator("main .table").evaluate(
        "(one) => one.scrollWidth - one.parentElement.clientWidth"
    )
    await office.page.set_viewport_size({"width": 1280, "height": 800})
    assert width <= 0


async def test_a_chart_of_one_hour_names_it_once(office: Office) -> None:
    office.answers["analytics/payments"] = ANALYTICS | {"byHour": [{"hour": 16, "count": 1, "amount": 1450}]}
    await office.open("analytics")
    chart = office.page.get_by_role("figure").filter(has_text="Paid by hour")
    await expect(chart.locator(".chart-axis")).to_have_text("16:00")


async def test_every_section_says_that_there_is_nothing(office: Office) -> None:
    office.answers |= EMPTY
    for section in SECTIONS:
        await office.open(section)
        words = await office.page.get_by_role("main").inner_text()
        assert "undefined" not in words
        assert "NaN" not in words


async def test_an_answer_that_fails_is_said_and_asked_again(office: Office) -> None:
    office.problems["findings"] = {"code": "unavailable", "detail": "Not available right now"}
    await office.open("findings")
    await expect(office.page.get_by_role("alert")).to_contain_text("Not available right now")
    await is_good(office.page)
    office.problems.clear()
    await office.press("Try again")
    await expect(office.page.get_by_text("The provider's object is not what we asked for", exact=True)).to_be_visible()


DIALOGS: dict[str, tuple[str, ...]] = {
    "refunds": ("Decline",), "reviews": ("Allow Ana",), "findings": ("Close with a note",), "gifts": ("New product",),
    "bookings": ("New booking",),
}  # fmt: skip


@pytest.mark.parametrize("section", DIALOGS)
async def test_every_question_is_readable_by_everybody(office: Office, section: str) -> None:
    await office.open(section)
    for button in DIALOGS[section]:
        await office.press(button)
    await expect(office.page.get_by_role("dialog")).to_be_visible()
    await is_good(office.page)


async def test_a_second_person_approves_once_however_often_they_press(office: Office) -> None:
    await office.open("refunds")
    office.holds = True
    button = office.page.get_by_role("button", name="Approve €13.00")
    await button.dblclick()
    await expect(button).to_be_disabled()
    ((method, path, _, key),) = office.calls
    assert (method, path) == ("POST", "refunds/R1/approve")
    assert key
    office.answers["refunds"] = {"refunds": REFUNDS["refunds"][2:]}
    await office.let_go(office.held[0])
    await expect(office.page.get_by_text("cold soup")).to_have_count(0)


async def test_nobody_approves_what_they_asked_for_themselves(office: Office) -> None:
    await office.open("refunds")
    own = office.page.get_by_role("listitem").filter(has_text="had the wrong dish")
    await expect(own).to_contain_text("Somebody else has to approve it.")
    await expect(own.get_by_role("button")).to_have_text(["Take it back"])


async def test_a_decision_carries_its_reason(office: Office) -> None:
    await office.open("reviews")
    await office.press("Block Ana")
    dialog = office.page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Block")).to_be_disabled()
    await dialog.get_by_label("Reason").fill("tries one card after another")
    await dialog.get_by_role("button", name="Block").click()
    await expect(dialog).to_be_hidden()
    assert [call[:3] for call in office.calls] == [
        ("POST", "reviews/V1/block", {"reason": "tries one card after another"})
    ]


async def test_a_refusal_keeps_the_question_open_and_says_why(office: Office) -> None:
    office.problems["reviews/V1/allow"] = {"code": "review_decided", "detail": "Wim has decided already"}
    await office.open("reviews")
    await office.press("Allow Ana")
    dialog = office.page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("known guest")
    await dialog.get_by_role("button", name="Allow").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Wim has decided already")
    await expect(dialog.get_by_label("Reason")).to_have_value("known guest")


async def test_a_drawer_that_is_counted_says_the_difference(office: Office) -> None:
    await office.open("drawer")
    await office.page.get_by_label("Counted").fill("299.00")
    await expect(office.page.get_by_role("main")).to_contain_text("Difference -€1.00")
    await office.press("Close the drawer")
    await expect(office.page.get_by_text("Counted.", exact=True)).to_be_visible()
    assert [call[:3] for call in office.calls] == [("POST", "drawer/count", {"counted": 29_900})]
    assert office.calls[0][3]


async def test_the_day_is_a_table_for_spreadsheets_too(office: Office) -> None:
    await office.open("day")
    async with office.page.expect_download() as saving:
        await office.press("CSV")
    saved = await saving.value
    assert saved.suggested_filename == "day-2026-11-21.csv"
    text = (await saved.path()).read_text("utf-8-sig")
    assert '"sales","total",57580' in text.splitlines()
    assert '"drawer","difference",-100' in text.splitlines()


@pytest.mark.parametrize(("role", "sections"), [("waiter", 5), ("kitchen", 1), ("owner", len(SECTIONS))])
async def test_a_role_sees_the_sections_that_are_its_own(office: Office, role: str, sections: int) -> None:
    office.role = role
    await office.open("tips")
    await expect(office.page.locator(".house-nav a")).to_have_count(sections)
