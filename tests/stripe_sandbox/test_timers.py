from stripe_sandbox import timers
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Obj
from tests.stripe_sandbox.bench import Bench


def test_steps_happen_when_due_in_the_order_of_their_times(bench: Bench) -> None:
    done: list[str] = []

    def step(_sandbox: Sandbox, about: Obj) -> None:
        done.append(about["id"])

    for name, wait in (("b", 2.0), ("a", 1.0), ("c", 5.0)):
        timers.plan(bench.sandbox, "step", bench.sandbox.keep("thing", {"id": name, "object": "thing"}), wait)
    bench.time += 2
    assert timers.run_due(bench.sandbox, {"step": step}) == 2
    assert done == ["a", "b"]
    assert timers.next_due(bench.sandbox) == bench.time + 3


def test_one_subject_can_be_hastened(bench: Bench) -> None:
    done: list[str] = []
    for name in "ab":
        timers.plan(bench.sandbox, "step", bench.sandbox.keep("thing", {"id": name, "object": "thing"}), 60)
    timers.run_due(bench.sandbox, {"step": lambda _, about: done.append(about["id"])}, subject="b")
    assert done == ["b"]
