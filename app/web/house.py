"""What the routes of one application share: the site, its files and pages, its figures, and who is waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.web.metrics import Metrics
from app.web.rendering import Pages
from app.web.site import Site
from app.web.static import Tree


@dataclass(slots=True)
class Turnstile:
    """Counts who is inside and lets at most ``places`` in."""

    places: int
    inside: int = 0

    @contextmanager
    def admit(self) -> Iterator[bool]:
        """Give a place for the time of the block; False where all are taken."""
        if self.inside >= self.places:
            yield False
            return
        self.inside += 1
        try:
            yield True
        finally:
            self.inside -= 1


@dataclass(frozen=True, slots=True)
class Heard:
    """How something we depend on was at a moment of the monotonic clock."""

    at: float
    status: str


@dataclass(frozen=True, slots=True)
class House:
    """Made once for each application, before the first request."""

    site: Site
    files: Tree
    pages: Pages
    metrics: Metrics
    long_polls: Turnstile = field(repr=False)
    heard: dict[str, Heard] = field(default_factory=dict, repr=False)

    @classmethod
    def at(cls, site: Site, metrics: Metrics) -> "House":
        """Read the files and templates of ``site``."""
        files = Tree(site.static_root)
        return cls(site, files, Pages(files), metrics, Turnstile(site.long_polls_max))
