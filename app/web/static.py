"""The files of the pages, held in memory: one hash over the whole tree names them, so they may be cached for ever."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.web import lean
from app.web.errors import Problem
from app.web.headers import etag, matches

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".map": "application/json",
}
SERVED_COMPRESSED = frozenset({".js", ".mjs", ".css", ".html", ".json", ".webmanifest", ".svg", ".txt", ".map"})
LEANER = {".js": lean.script, ".css": lean.style}
NOT_OURS = "vendor"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it goes over the wire; ``gzipped`` is None where that would not make it smaller."""

    content: bytes
    gzipped: bytes | None
    media_type: str


class Tree:
    """Every servable file under ``root``, read once.

    A page asks for ``/static/<version>/guest/main.js``; because the version is a folder of the address, the relative
    imports of a module stay inside the same version of the tree.
    """

    def __init__(self, root: Path) -> None:
        self.files = {
            path.relative_to(root).as_posix(): _load(path, is_ours=NOT_OURS not in path.relative_to(root).parts)
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.suffix in TYPES
        }
        self.version = _hash(self.files)

    def url(self, name: str) -> str:
        """The address of ``guest/main.js``. Raises KeyError for a file that is not there: a broken template."""
        if name not in self.files:
            raise KeyError(f"no static file {name!r}")
        return f"/static/{self.version}/{name}"

    async def answer(self, request: Request[Any]) -> Response:
        """Answer ``/static/{version}/{path}``. A page from before a deployment gets today's files, uncached."""
        file = self.files.get(request.path_params["path"])
        if file is None:
            raise Problem("not_found")
        tag = etag(self.version)
        is_current = request.path_params["version"] == self.version
        headers = {"etag": tag, "vary": "accept-encoding", "cache-control": FOR_EVER if is_current else "no-cache"}
        if matches(request.headers, tag):
            return Response(status_code=304, headers=headers)
        return _response(request, file, headers)


def _response(request: Request[Any], file: File, headers: dict[str, str]) -> Response:
    if file.gzipped is not None and takes_gzip(request):
        return Response(file.gzipped, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


def takes_gzip(request: Request[Any]) -> bool:
    """Whether the caller says that it reads gzip (and does not take it back with ``q=0``)."""
    for offer in request.headers.get("accept-encoding", "").split(","):
        coding, _, quality = offer.partition(";")
        if coding.strip() in {"gzip", "*"} and quality.replace(" ", "") not in {"q=0", "q=0.0"}:
            return True
    return False


def _load(path: Path, *, is_ours: bool) -> File:
    content = path.read_bytes()
    if is_ours and (leaner := LEANER.get(path.suffix)):
        content = leaner(content.decode()).encode()
    # mtime=0: the same file gives the same bytes on every node.
    squeezed = gzip.compress(content, 9, mtime=0) if path.suffix in SERVED_COMPRESSED else None
    gzipped = squeezed if squeezed is not None and len(squeezed) < len(content) else None
    return File(content, gzipped, TYPES[path.suffix])


def _hash(files: dict[str, File]) -> str:
    digest = hashlib.sha256()
    for name, file in files.items():
        digest.update(f"{name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    return digest.hexdigest()[:12]
