"""An ICAT over REST: sessions, queries, and rules that decide who sees what.

Of its query language what a reader needs: objects or one attribute of them, conditions
with AND, INCLUDE and LIMIT. What it does not understand it refuses, as ICAT does.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from panharvest.testing.catalogues.base import Answer, Asked, CatalogueServer, Document

if TYPE_CHECKING:
    from collections.abc import Callable

_QUERY = re.compile(
    r"SELECT o(?:\.(?P<attribute>\w+))? FROM (?P<entity>\w+) o"
    r"(?: WHERE (?P<where>.*?))? ORDER BY o\.id"
    r"(?: INCLUDE (?P<include>[\w. ,]+?))? LIMIT 0, (?P<limit>\d+)"
)
_CONDITION = re.compile(
    r"o\.(?P<name>[\w.]+) (?P<operator>>=|<=|=|>|<) "
    r"(?:'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+)|\{ts (?P<at>[\d :-]+)\}"
    r"|(?P<now>CURRENT_TIMESTAMP))"
    r"|o\.id IN \((?P<ids>\d+(?:, \d+)*)\)"
)
# Relations that came with a version of the schema.
LATER = {
    "datasetInstruments": (5, 0),
    "datasetTechniques": (5, 0),
    "fundingReferences": (5, 0),
    "subjects": (6, 2),
}


@dataclass(slots=True)
class IcatServer(CatalogueServer):
    """An ICAT with objects of yours, whole: what is included is taken from them.

    Parameters
    ----------
    objects
        By entity (``Investigation``, ``Dataset``, ``DataPublication``), with ids.
    clock
        Seconds since the epoch: anonymous visitors see what is released by then.
    users
        Names with their passwords; they see everything.
    lifetime
        Requests that a session lasts for; None: it does not end.
    anonymous
        Whether it lets anonymous visitors in.
    visitors
        What the authenticator of these is called.
    most_included
        A limit for objects and all that is included with them.
    kept_back
        Entities with ids that its rules show nobody but its users, whatever the date.
    """

    objects: dict[str, list[Document]] = field(default_factory=dict)
    clock: Callable[[], float] = field(default=lambda: datetime.now(UTC).timestamp())
    version: str = "6.2.0"
    most: int = 10_000
    users: dict[str, str] = field(default_factory=lambda: {"reader": "a-password"})
    lifetime: int | None = None
    anonymous: bool = True
    visitors: str = "anon"
    most_included: int | None = None
    kept_back: set[tuple[str, int]] = field(default_factory=set)
    _sessions: dict[str, list[Any]] = field(default_factory=dict, init=False)

    def answer(self, asked: Asked) -> object:
        """Answer as ICAT does."""
        match (asked.method, asked.path.rstrip("/")):
            case ("GET", "/icat/version"):
                return {"version": self.version}
            case ("GET", "/icat/properties"):
                known = [{"mnemonic": "db"}, {"mnemonic": self.visitors}]
                return {
                    "maxEntities": self.most,
                    "lifetimeMinutes": 120,
                    "authenticators": known,
                }
            case ("POST", "/icat/session"):
                return self._log_in(asked)
            case ("GET", "/icat/entityManager"):
                return self._query(asked)
            case _:
                raise Answer(
                    404, {"code": "NO_SUCH_OBJECT_FOUND", "message": "Not Found"}
                )

    def _log_in(self, asked: Asked) -> Document:
        given = json.loads(parse_qs(asked.body.decode())["json"][0])
        held = {k: v for one in given.get("credentials", []) for k, v in one.items()}
        anonymous = given.get("plugin") == self.visitors
        if anonymous and not self.anonymous:
            message = "Authenticator mnemonic anon not recognised"
            raise Answer(403, {"code": "SESSION", "message": message})
        if not anonymous and self.users.get(str(held.get("username"))) != held.get(
            "password"
        ):
            message = "The username and password do not match"
            raise Answer(403, {"code": "SESSION", "message": message})
        session = f"session-{len(self._sessions) + 1}"
        self._sessions[session] = [anonymous, self.lifetime]
        return {"sessionId": session}

    def _query(self, asked: Asked) -> list[Any]:
        session = self._sessions.get(asked.query.get("sessionId", ""))
        if session is None or session[1] == 0:
            message = "Unable to find user by sessionid"
            raise Answer(403, {"code": "SESSION", "message": message})
        if session[1] is not None:
            session[1] -= 1
        text = asked.query.get("query", "")
        found = _QUERY.fullmatch(text)
        if found is None:
            raise _bad(f"cannot parse {text[:80]}")
        limit = int(found["limit"])
        if limit > self.most:
            message = f"attempt to return more than {self.most} entities"
            raise Answer(400, {"code": "VALIDATION", "message": message})
        conditions = read_conditions(found["where"] or "", self.clock)
        objects = [
            one
            for one in sorted(
                self.objects.get(found["entity"], []), key=lambda one: int(one["id"])
            )
            if (not session[0] or self._released(found["entity"], one))
            and all(test(one) for test in conditions)
        ][:limit]
        if found["attribute"]:
            return [one.get(found["attribute"]) for one in objects]
        wanted = self._included(found["include"] or "")
        given = [kept(one, wanted) for one in objects]
        if sum(map(count_of, given)) > (self.most_included or sys.maxsize):
            message = f"attempt to return more than {self.most_included} entities"
            raise Answer(400, {"code": "VALIDATION", "message": message})
        return [{found["entity"]: one} for one in given]

    def _released(self, entity: str, one: Document) -> bool:
        """Apply the rule that the documentation of ICAT has as an example."""
        held = {
            "Dataset": lambda: (one.get("investigation") or {}).get("releaseDate"),
            "DataPublication": lambda: one.get("publicationDate"),
        }.get(entity, lambda: one.get("releaseDate"))()
        if not held or (entity, one["id"]) in self.kept_back:
            return False
        return bool(datetime.fromisoformat(held).timestamp() < self.clock())

    def _included(self, text: str) -> dict[str, Any]:
        """Read INCLUDE as a tree of names."""
        tree: dict[str, Any] = {}
        named: dict[str, dict[str, Any]] = {"o": tree}
        numbers = tuple(int(part) for part in self.version.split(".")[:2])
        for part in filter(None, (one.strip() for one in text.split(","))):
            path, _, alias = part.partition(" AS ")
            above, _, name = path.partition(".")
            if above not in named or LATER.get(name, (0, 0)) > numbers:
                raise _bad(f"cannot include {path}")
            named[alias or path] = named[above].setdefault(name, {})
        return tree


def _bad(message: str) -> Answer:
    return Answer(400, {"code": "BAD_PARAMETER", "message": message})


def read_conditions(
    text: str, clock: Callable[[], float] = lambda: 0.0
) -> list[Callable[[Document], bool]]:
    """Read what stands behind WHERE; what cannot be read whole is refused."""
    tests: list[Callable[[Document], bool]] = []
    position = 0
    while position < len(text):
        found = _CONDITION.match(text, position)
        if found is None:
            raise _bad(f"cannot parse {text[position : position + 60]}")
        tests.append(_test(found, clock))
        position = found.end()
        if position < len(text):
            if not text.startswith(" AND ", position):
                raise _bad(f"cannot parse {text[position : position + 60]}")
            position += len(" AND ")
    return tests


def _test(
    found: re.Match[str], clock: Callable[[], float]
) -> Callable[[Document], bool]:
    name, operator = found["name"], found["operator"]
    wanted: Any
    if found["ids"] is not None:
        ids = {int(one) for one in found["ids"].split(", ")}
        return lambda one: one["id"] in ids
    if found["text"] is not None:
        wanted = found["text"].replace("''", "'")
    elif found["number"] is not None:
        wanted = int(found["number"])
    elif found["now"] is not None:
        wanted = datetime.fromtimestamp(clock(), UTC)
    else:
        wanted = datetime.strptime(found["at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

    def test(one: Document) -> bool:
        value: Any = one
        for step in name.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return False
        if isinstance(wanted, datetime):
            value = datetime.fromisoformat(value)
        elif type(value) is not type(wanted):
            raise _bad(f"{name} is of another type")
        compared = {
            "=": lambda: value == wanted,
            ">": lambda: value > wanted,
            "<": lambda: value < wanted,
            ">=": lambda: value >= wanted,
            "<=": lambda: value <= wanted,
        }
        return bool(compared[operator]())

    return test


def count_of(value: object) -> int:
    """Count an object with all that is included, as ICAT does for its limit."""
    if isinstance(value, list):
        return sum(map(count_of, value))
    return 1 + sum(map(count_of, value.values())) if isinstance(value, dict) else 0


def kept(one: Document, wanted: dict[str, Any]) -> Document:
    """Give an object with what is included of its relations, and no more."""
    made: Document = {}
    for name, value in one.items():
        if isinstance(value, dict):
            if name in wanted:
                made[name] = kept(value, wanted[name])
        elif isinstance(value, list):
            if name in wanted:
                made[name] = [kept(item, wanted[name]) for item in value]
        else:
            made[name] = value
    return made
