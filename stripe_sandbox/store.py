"""Everything the sandbox knows, by kind and id: in memory, and in an SQLite file too when one is named.

Objects are plain JSON documents as Stripe shows them. Members that begin with an underscore are the sandbox's own
and never leave it. Whoever changes a document puts it again; `commit` writes what was put since the last time.
"""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

Obj = dict[str, Any]


class Store:
    """Documents by kind and id, oldest first. A file makes them outlive the process, even one that is killed."""

    def __init__(self, path: Path | None = None) -> None:
        self._kinds: dict[str, dict[str, Obj]] = {}
        self._changed: set[tuple[str, str]] = set()
        self._file = _open(path) if path else None
        if self._file:
            for kind, name, body in self._file.execute("SELECT kind, id, body FROM documents ORDER BY n"):
                self._kinds.setdefault(kind, {})[name] = json.loads(body)

    def get(self, kind: str, id: str) -> Obj | None:
        """The document itself, not a copy."""
        return self._kinds.get(kind, {}).get(id)

    def put(self, kind: str, id: str, body: Obj) -> Obj:
        """Keep a document, new or changed, and hand it back."""
        self._kinds.setdefault(kind, {})[id] = body
        self._changed.add((kind, id))
        return body

    def remove(self, kind: str, id: str) -> None:
        """Forget a document; nothing happens when there is none."""
        if self._kinds.get(kind, {}).pop(id, None) is not None:
            self._changed.add((kind, id))

    def all(self, kind: str) -> list[Obj]:
        """Every document of a kind, oldest first."""
        return list(self._kinds.get(kind, {}).values())

    def count(self, kind: str) -> int:
        """How many documents of a kind there are."""
        return len(self._kinds.get(kind, {}))

    def clear(self) -> None:
        """Forget everything, in the file too."""
        self._kinds.clear()
        self._changed.clear()
        if self._file:
            self._file.execute("DELETE FROM documents")
            self._file.commit()

    def commit(self) -> None:
        """Write what was put or removed since the last commit, all of it or nothing."""
        if self._file and self._changed:
            for kind, name in sorted(self._changed):
                self._write(self._file, kind, name)
            self._file.commit()
        self._changed.clear()

    def _write(self, file: sqlite3.Connection, kind: str, id: str) -> None:
        body = self.get(kind, id)
        if body is None:
            file.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id))
            return
        file.execute(
            "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, id, json.dumps(body, separators=(",", ":"))),
        )

    def close(self) -> None:
        """Write what is left and close the file."""
        self.commit()
        if self._file:
            self._file.close()
            self._file = None


def _open(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path)
    with contextlib.closing(file.cursor()) as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
        # The state must outlive the process, not the machine.
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS documents (n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, "
            "id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id))"
        )
    file.commit()
    return file
