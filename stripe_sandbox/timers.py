"""What happens by itself when a time has come: slow cards, slow refunds, settled charges, holds that lapse."""

from collections.abc import Callable, Mapping

from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Obj

Step = Callable[[Sandbox, Obj], None]


def plan(sandbox: Sandbox, what: str, subject: Obj, wait_s: float) -> None:
    """Let `what` happen to `subject` after `wait_s` seconds."""
    timer = {"id": sandbox.new_id("timer"), "what": what, "subject": subject["id"], "due": sandbox.clock() + wait_s}
    sandbox.keep("timer", {**timer, "kind": subject["object"]})


def run_due(sandbox: Sandbox, steps: Mapping[str, Step], *, subject: str | None = None) -> int:
    """Do what is due, or everything planned for one subject at once; answers how many steps that was."""
    ready = [timer for timer in sandbox.store.all("timer") if _is_ready(sandbox, timer, subject)]
    for timer in sorted(ready, key=lambda one: float(one["due"])):
        sandbox.store.remove("timer", timer["id"])
        about = sandbox.store.get(timer["kind"], timer["subject"])
        if about:
            steps[timer["what"]](sandbox, about)
    return len(ready)


def _is_ready(sandbox: Sandbox, timer: Obj, subject: str | None) -> bool:
    return timer["subject"] == subject if subject else bool(timer["due"] <= sandbox.clock())


def next_due(sandbox: Sandbox) -> float | None:
    """When the next step is due; None when nothing is planned."""
    return min((timer["due"] for timer in sandbox.store.all("timer")), default=None)
