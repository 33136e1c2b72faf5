"""A SciCat asked over HTTP: datasets by when they changed, published data whole.

Of version 3 of the interface come the datasets (its filters read dates, those of
version 4 do not), of version 4 the published data (version 3 loses ORCIDs and
affiliations); where there is no version 4, version 3 has to do. Every list is asked for
with a limit, sorted, and read until a page is empty: limits of servers differ.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from panharvest.catalogued import CataloguePage, Entry, Position, Refused
from panharvest.errors import RetryError, StopError
from panharvest.sources.catalogues import scicat
from panharvest.sources.catalogues.files import entries_of, identity, texts
from panharvest.sources.catalogues.http import Client, base_url, compact, rows
from panharvest.transport import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from panharvest.sources.catalogues.options import SourceOptions

LIMIT = 100
ENDLESS = 100_000  # pages of a list
OVERLAP = timedelta(minutes=10)  # clocks of several servers behind one address

Document = dict[str, Any]


def api_of(place: str) -> str:
    """Give the address of the interface, whichever part of it was named."""
    base = base_url(place)
    base = re.sub(r"/v[34](/.*)?$", "", base)
    return base if base.endswith("/api") else f"{base}/api"


@dataclass(slots=True)
class Place:
    """How far the datasets are read: behind a date, and so many of that date."""

    since: str | None = None
    skip: int = 0

    def behind(self, page: Sequence[Mapping[str, Any]]) -> Place:
        """Give the place behind a page."""
        last = scicat.changed(page[-1]) if page else ""
        if not last or last == self.since:
            return Place(self.since, self.skip + len(page))
        return Place(last, 0)


class SciCat:
    """A SciCat of any version (its interface 3, and 4 where it is).

    Options: ``published-only=yes`` reads no datasets, ``datasets-only=yes`` no
    published data, ``files=no`` leaves the lists of files out.
    """

    def __init__(self, place: str, options: SourceOptions) -> None:
        api = api_of(place)
        self.name = api
        self._client = Client(api, options)
        self._extra = options.extra
        self._instruments: dict[str, Document] | None = None
        self._version4: bool | None = None
        self._loopback = False  # whether filters are those of servers before 4
        self._notes: list[str] = []
        self._access = options.access
        if options.access.token:
            self._client.headers["Authorization"] = f"Bearer {options.access.token}"

    # --- the seam ---------------------------------------------------------------------

    def pages(self, position: Position, now: float) -> Iterator[CataloguePage]:  # noqa: ARG002  (the seam's)
        """Give datasets that changed, and all published data."""
        self._log_in()
        held = json.loads(position.checkpoint or "{}")
        bookmark = json.loads(position.bookmark or "{}")
        newest = held.get("newest") or bookmark.get("updatedAt") or ""
        if held.get("phase") != "published" and not self._only("published"):
            start = Place(_before(bookmark.get("updatedAt")))
            if held.get("phase") == "datasets":
                start = Place(held.get("since"), int(held.get("skip", 0)))
            for page, place in self._datasets(start):
                newest = max([newest, *(scicat.changed(one) for one in page)])
                entries, refused = self._dataset_entries(page)
                checkpoint = {
                    "phase": "datasets",
                    "since": place.since,
                    "skip": place.skip,
                    "newest": newest,
                }
                yield self._page(entries, refused, checkpoint)
            held = {}
        if not self._only("datasets"):
            after = held.get("after") or ""
            for page in self._published(after):
                entries = self._published_entries(page)
                after = scicat.published_id(page[-1]) or after
                checkpoint = {"phase": "published", "after": after, "newest": newest}
                yield self._page(entries, (), checkpoint)
        mark = json.dumps({"updatedAt": newest}) if newest else position.bookmark
        yield CataloguePage(bookmark=mark, last=True, notes=tuple(self._notes))

    def identifiers(self) -> Iterator[str]:
        """Give all datasets and published data that are listed."""
        self._log_in()
        if not self._only("published"):
            for page, _ in self._datasets(Place()):
                for one in page:
                    if (key := scicat.dataset_id(one)) and scicat.is_public(one):
                        yield f"Dataset:{key}"
        if not self._only("datasets"):
            for page in self._published(""):
                for one in page:
                    if key := scicat.published_id(one):
                        yield f"PublishedData:{key}"

    def fetch(self, id: str) -> Entry | None:  # noqa: A002  (the seam's word)
        """Give one; published data that was amended is in no list, but is there."""
        self._log_in()
        kind, _, key = id.partition(":")
        at = quote(key, safe="")
        if kind == "Dataset":
            found = self._client.get(f"/v3/datasets/{at}", absent=True, names=[key])
            if not isinstance(found, dict) or not scicat.is_public(found):
                return None
            return next(iter(self._dataset_entries([found])[0]), None)
        found = None
        for version in (4, 3) if self._has_version4() else (3,):
            place = f"/v{version}/publisheddata/{at}"
            found = self._client.get(place, absent=True, names=[key])
            if found:
                break
        if not isinstance(found, dict):
            return None
        return next(iter(self._published_entries([found])), None)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    # --- what the catalogue is asked -------------------------------------------------

    def _only(self, what: str) -> bool:
        return self._extra.get(f"{what}-only", "no") == "yes"

    def _log_in(self) -> None:
        access = self._access
        if access.token or not access.user or "Authorization" in self._client.headers:
            return
        body = compact({"username": access.user, "password": access.password or ""})
        try:
            held = self._client.post(
                "/v3/auth/login", body.encode(), "application/json"
            )
        except StopError as error:
            if "HTTP 404" not in str(error):
                raise
            held = self._client.post(
                "/v3/users/login", body.encode(), "application/json"
            )
        token = (
            held.get("access_token") or held.get("id") if isinstance(held, dict) else ""
        )
        if not isinstance(token, str) or not token:
            raise StopError(f"{self.name}: logging in gave no token")
        self._client.secrets.add(token)
        self._client.headers["Authorization"] = f"Bearer {token}"

    def _datasets(self, place: Place) -> Iterator[tuple[list[Document], Place]]:
        """Give pages of datasets by when they changed, each with the place behind it.

        The first rows of a page may be the last of the page before: those of the same
        instant are asked for again, for their order among themselves is not certain.
        """
        seen: set[tuple[str | None, str]] = set()
        path, same, ours = "/v3/datasets", 0, False
        before: list[Document] = []
        for _ in range(ENDLESS):
            where: Document = {"isPublished": True}  # an empty one would be an error
            if place.since:
                where["updatedAt"] = {"gte": place.since}
            page = self._ask(path, where, LIMIT, place.skip, "updatedAt")
            if not page:
                if ours and not place.skip:  # the row that the date is of has to come
                    told = f"{self.name}{path}: it does not compare dates"
                    raise RetryError(told)
                return
            new = [one for one in page if _version(one) not in seen]
            same = same + 1 if page == before else 0
            if same > 1:  # once is a date with one row, asked for again
                self._other_filters(path)
                same, before = 0, []
                continue
            seen, before = {_version(one) for one in page}, page
            place = place.behind(page)
            ours = place.since is not None
            if new:
                yield new, place
        raise RetryError(f"{self.name}: its list of datasets does not end")

    def _ask(
        self, path: str, where: Document, limit: int, skip: int, order: str
    ) -> list[Document]:
        """Ask interface 3 for a part of a list; its filters are of two kinds."""
        while True:
            asked: Document = {"where": where} if where else {}
            if self._loopback:
                asked |= {"limit": limit, "skip": skip, "order": f"{order} ASC"}
            else:
                limits = {"limit": limit, "skip": skip, "order": f"{order}:asc"}
                asked["limits"] = limits
            answer = self._client.get(path, [("filter", compact(asked))])
            page = [dict(one) for one in rows(answer, f"{self.name}{path}")]
            if len(page) <= limit:
                return page
            self._other_filters(path)

    def _other_filters(self, path: str) -> None:
        """Write filters as servers before SciCat 4 read them (LoopBack's)."""
        if self._loopback:
            raise RetryError(f"{self.name}{path}: it does not give its list in parts")
        self._loopback = True

    def _published(self, after: str) -> Iterator[list[Document]]:
        """Give pages of published data, in the order of their DOIs."""
        for _ in range(ENDLESS):
            if self._has_version4():
                where: Document = {"doi": {"$gt": after}} if after else {}
                limits = {"limit": LIMIT, "sort": {"doi": "asc"}}
                asked = {"limits": limits, **({"where": where} if where else {})}
                path = "/v4/publisheddata"
                answer = self._client.get(path, [("filter", compact(asked))])
                page = [dict(one) for one in rows(answer, f"{self.name}{path}")]
            else:
                where = {"status": "registered"}
                if after:
                    where["doi"] = {"gt": after}
                page = self._ask("/v3/publisheddata", where, LIMIT, 0, "doi")
            page = [one for one in page if (scicat.published_id(one) or "") > after]
            if not page:
                return
            page.sort(key=lambda one: scicat.published_id(one) or "")
            after = scicat.published_id(page[-1]) or after
            yield page
        raise RetryError(f"{self.name}: its list of published data does not end")

    def _has_version4(self) -> bool:
        if self._version4 is None:
            asked = compact({"limits": {"limit": 1}})
            found = self._client.get(
                "/v4/publisheddata", [("filter", asked)], absent=True
            )
            self._version4 = isinstance(found, list)
            if not self._version4:
                self._notes.append(
                    "it has no interface of version 4: published data comes without "
                    "ORCIDs and affiliations"
                )
        return self._version4

    # --- what belongs together -------------------------------------------------------

    def _dataset_entries(
        self, page: Sequence[Document]
    ) -> tuple[list[Entry], list[Refused]]:
        keyed = [key for one in page if (key := scicat.dataset_id(one))]
        blocks = self._blocks(keyed)
        beside = scicat.Beside(
            self._all_instruments(),
            self._referred(page, "sample", scicat.sample_id),
            self._referred(page, "proposal", scicat.proposal_id),
        )

        def make(one: Mapping[str, Any]) -> Entry | None:
            if (key := scicat.dataset_id(one)) is None:
                return None
            return scicat.dataset_entry(key, one, beside, blocks.get(key, ()))

        return entries_of(page, make, f"{self.name}: a dataset without identifier")

    def _blocks(self, keys: Sequence[str]) -> dict[str, list[Document]]:
        if self._extra.get("files") == "no" or not keys:
            return {}
        where = {"datasetId": {"inq": list(keys)}}
        found: dict[str, list[Document]] = {}
        for one in self._beside("/v3/origdatablocks", where, "lists of files"):
            if owner := identity(one, "datasetId"):
                found.setdefault(owner, []).append(dict(one))
        return found

    def _referred(
        self,
        page: Sequence[Document],
        kind: str,
        key_of: Callable[[Mapping[str, Any]], str | None],
    ) -> dict[str, Document]:
        """Ask for the samples or proposals of a page, unless they came with it."""
        wanted = {
            key
            for one in page
            if not (one.get(kind) or one.get(f"{kind}s"))
            for name in (f"{kind}Ids", f"{kind}Id")
            for key in texts(one.get(name))
        }
        known = {}
        for part in parts_of(sorted(wanted), LIMIT):  # an address has an end
            where = {f"{kind}Id": {"inq": part}}
            for one in self._beside(f"/v3/{kind}s", where, f"{kind}s"):
                if key := key_of(one):
                    known[key] = one
        return known

    def _all_instruments(self) -> dict[str, Document]:
        if self._instruments is None:
            found = self._beside("/v3/instruments", {}, "instruments")
            self._instruments = {
                key: one for one in found if (key := scicat.instrument_id(one))
            }
        return self._instruments

    def _beside(self, path: str, where: Document, what: str) -> list[Document]:
        """Ask for what completes datasets; they are read without it all the same."""
        try:
            return list(self._whole(path, where))
        except StoppedError:
            raise
        except StopError:
            pass
        note = f"it does not give {what}: records come without them"
        if note not in self._notes:
            self._notes.append(note)
        return []

    def _whole(self, path: str, where: Document) -> Iterator[Document]:
        """Give a list that is not long, whatever the server's own limit is."""
        skip, before = 0, None
        for _ in range(ENDLESS):
            page = self._ask(path, where, 1000, skip, "_id")
            if page and page == before:  # it gives the same whatever is skipped
                self._other_filters(path)
                continue
            before = page
            yield from page
            if not page:
                return
            skip += len(page)
        raise RetryError(f"{self.name}: its list of {path} does not end")

    def _published_entries(self, page: Sequence[Document]) -> list[Entry]:
        wanted = sorted({pid for one in page for pid in scicat.members_of(one)})
        known: dict[str, Document] = {}
        for part in parts_of(wanted, 50):
            where = {"pid": {"inq": part}, "isPublished": True}
            for one in self._whole("/v3/datasets", where):
                if key := scicat.dataset_id(one):
                    known[key] = one
        beside = scicat.Beside(self._all_instruments())
        return [
            scicat.published_entry(key, one, known, beside)
            for one in page
            if (key := scicat.published_id(one))
        ]

    def _page(
        self,
        entries: Sequence[Entry],
        refused: Sequence[Refused],
        checkpoint: Mapping[str, Any],
    ) -> CataloguePage:
        return CataloguePage(entries, refused, checkpoint=json.dumps(dict(checkpoint)))


def parts_of(keys: Sequence[str], most: int) -> Iterator[list[str]]:
    """Give a list in parts."""
    for start in range(0, len(keys), most):
        yield list(keys[start : start + most])


def _version(one: Mapping[str, Any]) -> tuple[str | None, str]:
    return scicat.dataset_id(one), scicat.changed(one)


def _before(text: str | None) -> str | None:
    """Give an instant a little before another one."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text) - OVERLAP
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
