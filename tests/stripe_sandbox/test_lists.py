import pytest

from tests.stripe_sandbox.bench import Bench


def test_pages_run_from_the_newest_to_the_oldest_and_back(bench: Bench) -> None:
    ids = [bench.intent()["id"] for _ in range(5)][::-1]
    first = bench.get("payment_intents", {"limit": "2"})
    second = bench.get("payment_intents", {"limit": "2", "starting_after": ids[1]})
    last = bench.get("payment_intents", {"limit": "2", "starting_after": ids[3]})
    back = bench.get("payment_intents", {"limit": "2", "ending_before": ids[4]})
    assert [[one["id"] for one in page["data"]] for page in (first, second, last, back)] == [
        ids[:2],
        ids[2:4],
        ids[4:],
        ids[2:4],
    ]
    assert [page["has_more"] for page in (first, second, last, back)] == [True, True, False, True]


def test_lists_filter_by_time(bench: Bench) -> None:
    bench.intent()
    bench.time += 10
    newer = bench.intent()["id"]
    found = bench.get("payment_intents", {"created": {"gte": str(int(bench.time))}})["data"]
    assert [one["id"] for one in found] == [newer]
    assert len(bench.get("payment_intents", {"created": str(int(bench.time) - 10)})["data"]) == 1
    assert len(bench.get("payment_intents", {"created": {"lt": str(int(bench.time))}})["data"]) == 1


@pytest.mark.parametrize(
    "params",
    [{"limit": "101"}, {"limit": "0"}, {"starting_after": "pi_no"}, {"created": {"around": "1"}}, {"colour": "red"}],
)
def test_a_list_refuses_what_it_does_not_know(bench: Bench, params: dict[str, str]) -> None:
    assert bench.call("GET", "payment_intents", params).status == 400


def test_search_finds_by_metadata_status_and_amount(bench: Bench) -> None:
    paid = bench.intent("pm_card_visa", metadata={"payment": "P1"})["id"]
    bench.intent(metadata={"payment": "P1"})
    bench.intent(metadata={"payment": "P2"})
    by_payment = bench.get("payment_intents/search", {"query": "metadata['payment']:'P1'"})
    paid_one = bench.get("payment_intents/search", {"query": 'metadata["payment"]:"P1" AND status:"succeeded"'})
    dear = bench.get("payment_intents/search", {"query": "amount>1250"})
    assert len(by_payment["data"]) == 2
    assert [one["id"] for one in paid_one["data"]] == [paid]
    assert dear["data"] == []


def test_search_goes_on_from_a_page(bench: Bench) -> None:
    ids = [bench.intent()["id"] for _ in range(3)][::-1]
    first = bench.get("payment_intents/search", {"query": "currency:'eur'", "limit": "2"})
    rest = bench.get("payment_intents/search", {"query": "currency:'eur'", "limit": "2", "page": first["next_page"]})
    assert [one["id"] for one in first["data"] + rest["data"]] == ids
    assert (rest["has_more"], rest["next_page"]) == (False, None)


def test_a_query_that_cannot_be_read_is_refused(bench: Bench) -> None:
    assert bench.call("GET", "payment_intents/search", {"query": "what?"}).status == 400
