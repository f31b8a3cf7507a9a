from pathlib import Path

from stripe_sandbox.store import Store


def test_what_was_committed_survives_and_the_rest_does_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    store.put("intent", "a", {"n": 1})
    store.put("intent", "b", {"n": 2})
    store.commit()
    store.put("intent", "c", {"n": 3})
    again = Store(tmp_path / "state")
    assert again.all("intent") == [{"n": 1}, {"n": 2}]


def test_order_survives_changes(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    for name in "abc":
        store.put("event", name, {"id": name})
    store.put("event", "a", {"id": "a", "changed": True})
    store.close()
    assert [one["id"] for one in Store(tmp_path / "state").all("event")] == ["a", "b", "c"]


def test_removed_and_cleared_documents_are_gone_from_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    store.put("a", "1", {})
    store.put("b", "1", {})
    store.commit()
    store.remove("a", "1")
    store.commit()
    assert Store(tmp_path / "state").count("a") == 0
    store.clear()
    store.close()
    assert Store(tmp_path / "state").count("b") == 0


def test_without_a_file_it_lives_in_memory() -> None:
    store = Store()
    store.put("a", "1", {"x": 1})
    store.commit()
    store.remove("a", "none")
    assert store.get("a", "1") == {"x": 1}
    store.close()
