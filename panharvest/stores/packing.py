"""Documents packed with a dictionary of what the documents of their format share.

Records of one format differ little in their bytes: with a dictionary trained on some
hundred of them the rest take an eighth of their size, and come back several times
faster than by deflate, which is most of what a page costs. Dictionaries are rows of the
database. The codec of a document names its dictionary, which never changes and stays.

In the documents stands a mark for our public address. Those that were written before
the mark was one byte have codecs from 0 up, others from -1 down.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import zstandard
from zstandard import ZstdError

from panharvest.errors import StoreError
from panharvest.stores import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from panharvest.stores.database import Database

TRAINED = codec.DEFLATE  # codec of a document: this, and the number of its dictionary
SAMPLES = 400  # documents that one is trained on
LEVEL = 9  # for which the tables of a dictionary are made
# Between the levels of zstandard, none of which is for a large dictionary and a short
# document: matches are looked for in all of the dictionary, and few, because the best
# are long. A tenth smaller than level 9, for a sixth of the time of level 19, which
# would give a twentieth more. As fast to read as any.
_HOW = {
    "strategy": zstandard.STRATEGY_BTOPT,
    "window_log": 19,
    "hash_log": 17,
    "chain_log": 19,
    "search_log": 4,
    "min_match": 6,
    "target_length": 32,
    "write_dict_id": 0,  # the codec says it, in fewer bytes
}
# A format is given a dictionary when it has so many rows, made of every so-manieth and
# of so many bytes: the first as soon as it can be of use, the second when the store has
# become what it is, and larger, which pays when there are some thousand more.
DUE = ((200, 1, 65_536), (5000, 11, 262_144))

# Every frame of zstandard begins with it, so it need not be kept. Nothing that follows
# it can be taken for it: there its first byte would say what is reserved.
MAGIC = zstandard.FRAME_HEADER

COMBINATIONS = 10_000  # of sets that are kept in memory, at most
REPACKED = 10_000  # documents that are packed anew then, at most: a second or two

FACTS = "_facts"  # the format of what is kept about an item

_NEWEST = "SELECT num, content FROM dictionary WHERE prefix = ? ORDER BY num DESC"


class Unpacker:
    """Unpacks what one connection reads; not for several threads at once.

    ``codecs`` and ``combinations`` are what it knows by now, for who reads many rows.
    """

    def __init__(self) -> None:
        self.codecs: dict[int, Callable[[bytes], bytes]] = {}
        self.combinations: dict[int, tuple[str, ...]] = {}
        self._prefixes: dict[str, int] = {}
        self._specs: dict[int, str] = {}

    def prefix(self, db: Database, name: str) -> int | None:
        """Give the number of a format; it never changes. None: there is none yet."""
        known = self._prefixes.get(name)
        if known is None:
            sql = "SELECT num FROM prefix WHERE name = ?"
            found = db.execute(sql, (name,)).fetchone()
            if found is not None:
                known = self._prefixes[name] = int(found[0])
        return known

    def sets(self, db: Database, combination: int) -> tuple[str, ...]:
        """Give the sets of a row; a combination of sets never changes."""
        known = self.combinations.get(combination)
        if known is None:
            if len(self.combinations) >= COMBINATIONS:
                self.combinations.clear()
            sql = "SELECT setspecs FROM combination WHERE num = ?"
            (nums,) = db.execute(sql, (combination,)).fetchone()
            known = tuple(self._spec(db, num) for num in codec.split_numbers(nums))
            self.combinations[combination] = known
        return known

    def _spec(self, db: Database, num: int) -> str:
        known = self._specs.get(num)
        if known is None:
            sql = "SELECT spec FROM setspec WHERE num = ?"
            (known,) = db.execute(sql, (num,)).fetchone()
            self._specs[num] = known = str(known)
        return known

    def codec(self, db: Database, code: int) -> Callable[[bytes], bytes]:
        """Give what unpacks the documents of a codec; damaged ones are a ZstdError."""
        known = self.codecs.get(code)
        if known is None:
            known = self.codecs[code] = _unpacking(db, code)
        return known

    def unpack(self, db: Database, code: int, packed: bytes) -> bytes:
        """Give a document of a row.

        Raises
        ------
        StoreError
            When the bytes are damaged or packed in a way that is not known.
        """
        try:
            return self.codec(db, code)(packed)
        except ZstdError as error:
            raise damaged(error) from None


def damaged(error: ZstdError) -> StoreError:
    """Tell of damage in our way."""
    return StoreError(f"a stored document is damaged: {error}")


def _unpacking(db: Database, code: int) -> Callable[[bytes], bytes]:
    """Give what undoes a codec."""
    if code >= 0:  # its mark is long
        unmarked = _unpacking(db, ~code)
        return lambda packed: codec.mark(unmarked(packed))
    if ~code <= codec.DEFLATE:
        return partial(codec.unpack, ~code)
    return _decompressor(db, ~code)


def _decompressor(db: Database, code: int) -> Callable[[bytes], bytes]:
    found = db.execute(
        "SELECT content FROM dictionary WHERE num = ?", (code - TRAINED,)
    ).fetchone()
    if found is None:
        raise StoreError(f"a stored document is packed in an unknown way ({code})")
    dictionary = zstandard.ZstdCompressionDict(bytes(found[0]))
    decompress = zstandard.ZstdDecompressor(dict_data=dictionary).decompress

    def unpack(packed: bytes) -> bytes:
        whole = packed.startswith(MAGIC)  # as they were before layout 4
        return decompress(packed if whole else MAGIC + packed)

    return unpack


class Packer:
    """Packs what one write transaction writes.

    It lasts no longer than that: a dictionary made by a transaction that is rolled back
    never was, and its number may come to be that of another.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[int, tuple[int, Callable[[bytes], bytes]] | None] = {}

    def pack(self, prefix: int, document: bytes) -> tuple[int, bytes]:
        """Give codec and packed bytes (never longer) of a document of a format."""
        if prefix not in self._known:
            self._known[prefix] = self._compressor(prefix)
        known = self._known[prefix]
        document = codec.mark(document)
        if known is None:
            code, packed = codec.pack(document)
        else:
            code, packed = known[0], known[1](document)
            if len(packed) >= len(document):
                code, packed = codec.PLAIN, document
        return ~code, packed

    def _compressor(self, prefix: int) -> tuple[int, Callable[[bytes], bytes]] | None:
        found = self._db.execute(f"{_NEWEST} LIMIT 1", (prefix,)).fetchone()
        if found is None or not found[1]:
            return None
        num, content = found[0], bytes(found[1])
        kept = self._db.compressors.get(prefix)
        if kept is None or kept[0] != content:
            kept = self._db.compressors[prefix] = (content, _compressing(content))
        return TRAINED + num, kept[1]


def _compressing(content: bytes) -> Callable[[bytes], bytes]:
    """Make what packs with a dictionary: some ten milliseconds, so it is kept."""
    compress = zstandard.ZstdCompressor(
        dict_data=zstandard.ZstdCompressionDict(content),
        compression_params=zstandard.ZstdCompressionParameters(**_HOW),
    ).compress
    return lambda document: compress(document)[len(MAGIC) :]


def train(db: Database) -> None:
    """Make the dictionaries that are due; of second ones one in a transaction.

    Those take a second or two, in which no other process can write. Where documents
    give none (they are empty) an empty one says so, and is not used.
    """
    for prefix, name, made in db.execute(
        "SELECT p.num, p.name, "
        "(SELECT COUNT(*) FROM dictionary d WHERE d.prefix = p.num) "
        "FROM prefix p ORDER BY p.num"
    ).fetchall():
        if made == len(DUE):
            continue
        rows, step, size = DUE[made]
        column = _FACTS if name == FACTS else _BODIES
        enough = db.execute(
            f"SELECT 1 FROM {column.rows} LIMIT 1 OFFSET ?",  # noqa: S608  (constants only)
            (prefix, rows - 1),
        ).fetchone()
        if enough is not None:
            content = _trained(_samples(db, column, prefix, step), size)
            db.execute(
                "INSERT INTO dictionary (prefix, content) VALUES (?, ?)",
                (prefix, content),
            )
            if content:
                _repack(db, column, prefix)
            if made:
                return


@dataclass(frozen=True, slots=True)
class _Column:
    """Where the documents of a format stand; ``key`` numbers them."""

    table: str
    rows: str
    key: str
    codec: str
    content: str
    last: str


_BODIES = _Column(
    table="version",
    rows="version WHERE prefix = ?",
    key="seq",
    codec="codec",
    content="body",
    last="visible_at DESC, seq DESC",
)
_FACTS = _Column(
    table="item",
    rows="item WHERE ? > 0",  # all: the format says nothing here
    key="num",
    codec="packing",
    content="facts",
    last="num DESC",
)


def _samples(
    db: Database, column: _Column, prefix: int, step: int
) -> list[bytes | bytearray | memoryview]:
    """Give some of the newest documents of a format."""
    newest = _newest(db, column, prefix, step, SAMPLES)
    return [document for _, document in newest]


def _repack(db: Database, column: _Column, prefix: int) -> None:
    """Pack anew what was written before there was this dictionary.

    What is not packed with one is read slowly, and two of them take turns in the caches
    of a processor, which costs a tenth of a page. The file does not become smaller.
    """
    packer = Packer(db)
    for key, document in _newest(db, column, prefix, 1, REPACKED):
        code, packed = packer.pack(prefix, document)
        db.execute(
            f"UPDATE {column.table} SET {column.codec} = ?, {column.content} = ? "  # noqa: S608  (constants only)
            f"WHERE {column.key} = ?",
            (code, packed, key),
        )


def _newest(
    db: Database, column: _Column, prefix: int, step: int, most: int
) -> Iterator[tuple[int, bytes]]:
    """Give the newest documents of a format, one at a time, without damaged ones."""
    unpacker = Unpacker()
    for (key,) in db.execute(
        f"SELECT {column.key} FROM {column.rows} AND {column.key} % ? = 0 "  # noqa: S608  (constants only)
        f"AND {column.content} IS NOT NULL ORDER BY {column.last} LIMIT ?",
        (prefix, step, most),
    ).fetchall():
        code, packed = db.execute(
            f"SELECT {column.codec}, {column.content} FROM {column.table} "  # noqa: S608  (constants only)
            f"WHERE {column.key} = ?",
            (key,),
        ).fetchone()
        with suppress(StoreError):
            yield key, unpacker.unpack(db, code, packed)


def _trained(samples: list[bytes | bytearray | memoryview], size: int) -> bytes:
    try:
        made = zstandard.train_dictionary(size, samples, level=LEVEL)
    except (ZstdError, ValueError):  # they give none
        return b""
    return made.as_bytes()
