"""The manifest: its grammar, its matching of files, and all its complaints at once."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panharvest import cells
from panharvest.errors import ConfigError
from panharvest.manifest import COLUMNS, ManifestError, read_manifest

ORCID = "0000-0002-1825-0097"  # the made-up person of ORCID's own documentation
ROR = "https://ror.org/02550n020"


def write(folder: Path, text: str, name: str = "manifest.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def complaints(folder: Path, text: str, name: str = "manifest.csv") -> list[str]:
    with pytest.raises(ManifestError) as caught:
        read_manifest(write(folder, text, name))
    return list(caught.value.problems)


def test_every_column_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "file,dataset,doi,pid,release_date,public,proprietary,withdrawn,title,"
        "description,creators,licence,facility,experiment,language,funding,technique,"
        "instrument,sample,keywords,related\n"
        "a.h5,scan 1,https://doi.org/10.15151/ESRF-ES-1,hdl:21.11/x,2027-05-01,yes,no,"
        '2028-01-02 wrong sample,"A title, with comma","One\nTwo",'
        f'"Carberry, Josiah <{ORCID}> [Brown | {ROR}] [Elsewhere]; The Team",cc by 4.0,'
        f"esrf,MX-1,en,Some Fund <{ROR}> | 823852,PaNET01188,ID23-1,lysozyme,"
        "protein; crystal;protein,IsSupplementTo:10.1234/ABC; Cites:https://example.org/p",
    )
    manifest = read_manifest(path)
    row = manifest.row_for(tmp_path / "a.h5")
    assert row is not None
    assert row.dataset == "scan 1"
    assert row.values == {
        "doi": "10.15151/esrf-es-1",
        "pid": {"value": "21.11/x", "scheme": "Handle"},
        "release_date": "2027-05-01",
        "public": True,
        "proprietary": False,
        "withdrawn": {"date": "2028-01-02", "reason": "wrong sample"},
        "title": "A title, with comma",
        "description": "One\nTwo",
        "creators": [
            {
                "name": "Carberry, Josiah",
                "nature": "personal",
                "family_name": "Carberry",
                "given_name": "Josiah",
                "orcid": ORCID,
                "affiliations": [{"name": "Brown", "ror": ROR}, {"name": "Elsewhere"}],
            },
            {"name": "The Team"},
        ],
        "licence": {"spdx": "CC-BY-4.0"},
        "facility": "esrf",
        "experiment": "MX-1",
        "language": "en",
        "funding": [{"funder": "Some Fund", "ror": ROR, "award_number": "823852"}],
        "technique": ["http://purl.org/pan-science/PaNET/PaNET01188"],
        "instrument": "ID23-1",
        "sample": "lysozyme",
        "keywords": ["protein", "crystal"],
        "related": [
            {"type": "IsSupplementTo", "value": "10.1234/abc", "scheme": "DOI"},
            {"type": "Cites", "value": "https://example.org/p", "scheme": "URL"},
        ],
    }
    assert set(row.values) | {"file", "dataset"} == set(COLUMNS)
    assert json.loads(json.dumps(row.values)) == row.values


def test_toml_says_the_same_as_csv(tmp_path: Path) -> None:
    csv = write(
        tmp_path,
        "file;dataset;release_date;creators;licence;public;funding;withdrawn;keywords\n"
        f"a.h5;one;2027-05-01;Doe, J <{ORCID}> [X | {ROR}];CC0-1.0;no;F | 12;"
        "2028-01-01 why;a\n",
    )
    toml = write(
        tmp_path,
        f"""
        [[dataset]]
        dataset = "one"
        files = ["a.h5", "b.h5"]
        release_date = 2027-05-01
        licence = "CC0-1.0"
        public = false
        funding = [{{funder = "F", award_number = "12"}}]
        withdrawn = {{date = 2028-01-01, reason = "why"}}
        keywords = ["a"]
        [[dataset.creators]]
        name = "Doe, J"
        orcid = "{ORCID}"
        affiliations = [{{name = "X", ror = "{ROR}"}}]
        """,
        "manifest.toml",
    )
    one, two = read_manifest(csv), read_manifest(toml)
    assert one.rows[0].values == two.rows[0].values == two.rows[1].values
    assert [row.file for row in two.rows] == ["a.h5", "b.h5"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spellings_of_csv(tmp_path: Path, delimiter: str, mark: str, end: str) -> None:
    lines = [["File ", "Release Date", "TITLE", ""], ["a.h5", "2027-05-01", "é", ""]]
    text = end.join(delimiter.join(line) for line in [*lines, [""], []])
    path = tmp_path / "m.csv"
    path.write_bytes((mark + text).encode())
    row = read_manifest(path).row_for(tmp_path / "a.h5")
    assert row is not None
    assert row.values == {"release_date": "2027-05-01", "title": "é"}


def test_a_delimiter_is_known_by_the_columns_it_makes(tmp_path: Path) -> None:
    path = write(tmp_path, 'file;title\na.h5;"x, y, z; w"\n')
    assert read_manifest(path).rows[0].values == {"title": "x, y, z; w"}


def test_all_problems_come_at_once_with_their_lines(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        "file,doi,release_date,creators,licence,technique,colour,facility\n"
        "a.h5,11.1234/x,01/02/2027,Doe <0000-0002-1825-0098>,free,PaNET99999,red,\n"
        '"b.h5",,,"two\nlines",,,,\n'
        ",10.1234/x,,,,,,\n"
        "c.h5,10.1234/c,2027-02-30,,,,,\n"
        "d.h5,,,,,,,,surplus\n",
    )
    starts = [line.split("'")[0].strip() for line in found]
    assert starts == [
        "line 1: unknown column",
        "line 2: doi:",
        "line 2: release_date:",
        "line 2: creators:",
        "line 2: licence:",
        "line 2: technique:",
        "line 5: it names no file",
        "line 6: release_date:",
        "line 7: 9 cells, but 8 columns: put quotes around a cell that holds",
    ]
    assert "0000-0002-1825-0098" in found[3]


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        ("", "m.csv", "no rows"),
        ("title\nx\n", "m.csv", "no column 'file'"),
        ("file,file\nx,y\n", "m.csv", "column 'file' is there twice"),
        ("file,embargo,release_date\n", "m.csv", "'release_date' is there twice"),
        ("[[dataset]\n", "m.toml", "line 1"),
        ("dataset = 1\n", "m.toml", "[[dataset]]"),
        ('x = 1\n[[dataset]]\nfile = "a"\n', "m.toml", "unknown key 'x'"),
        ('[[dataset]]\nfile = "a"\nport = 1\n', "m.toml", "dataset 1: unknown key"),
        ('[[dataset]]\nfile = ["a", "b"]\n', "m.toml", "several files need dataset"),
        ('[[dataset]]\nfile = "a"\ntitle = ["a"]\n', "m.toml", "not expected"),
        ('[[dataset]]\nfile = "a"\ncreators = [{orcid="x"}]\n', "m.toml", "'name'"),
        ('[[dataset]]\nfile = "a"\ncreators = [1]\n', "m.toml", "creators: holds"),
        ('[[dataset]]\nfile = "a"\nwithdrawn = {why="x"}\n', "m.toml", "'why'"),
        ("file,withdrawn\na,2028-01-01\n", "m.csv", "needs a reason"),
        ("file,title\na,x\x07y\n", "m.csv", "control character"),
        ("file,public\na,maybe\n", "m.csv", "neither yes nor no"),
        ("file,related\na,Likes:10.1/x\n", "m.csv", "no relation"),
        ("file,pid\na,somewhere\n", "m.csv", "no identifier"),
        ("file,creators\na,Doe <x@example.org>\n", "m.csv", "not an ORCID"),
        ("file,creators\na,Doe [X | https://ror.org/0]\n", "m.csv", "not a ROR"),
        ("file,funding\na,A|b|c|d\n", "m.csv", "award number"),
        ("file,language\na,English\n", "m.csv", "write a code"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, name: str, part: str) -> None:
    found = complaints(tmp_path, text, name)
    assert len(found) == 1, found
    assert part in found[0]


def test_bytes_that_are_not_utf8_name_their_line(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes("file,title\na,x\nb,Å\n".encode("latin-1"))
    with pytest.raises(ManifestError, match="line 3: not UTF-8"):
        read_manifest(path)


def test_a_missing_manifest_is_a_setting_gone_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_manifest(tmp_path / "none.csv")


class TestMatching:
    def rows(self, folder: Path, *lines: str) -> Path:
        return write(folder, "file,title\n" + "\n".join(lines))

    def title(self, manifest: Path, path: Path) -> str | None:
        row = read_manifest(manifest).row_for(path)
        return row.values["title"] if row else None

    def test_the_most_specific_row_wins(self, tmp_path: Path) -> None:
        path = self.rows(
            tmp_path,
            "*,any",
            "scan_*.h5,scan",
            "scan_00*.h5,early",
            "scan_001.h5,exact",
            "deep/**/x?.h5,deep",
            "one/x[1-3].h5,range",
        )
        (tmp_path / "scan_001.h5").touch()
        expected = {
            "scan_001.h5": "exact",
            "scan_002.h5": "early",
            "scan_101.h5": "scan",
            "other.nxs": "any",
            "deep/x1.h5": "deep",
            "deep/a/b/x1.h5": "deep",
            "deep/a/b/x12.h5": "any",
            "one/x3.h5": "range",
            "one/x4.h5": "any",
            "one/two/x3.h5": "any",
        }
        assert {n: self.title(path, tmp_path / n) for n in expected} == expected

    def test_paths_absolute_relative_and_through_links(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = tmp_path / "data"
        data.mkdir()
        (tmp_path / "link").symlink_to(data)
        path = self.rows(tmp_path, "data/a.h5,relative", f"{data}/b.h5,absolute")
        monkeypatch.chdir(tmp_path)
        assert self.title(path, Path("data/a.h5")) == "relative"
        assert self.title(path, tmp_path / "link" / "a.h5") == "relative"
        assert (
            self.title(path, tmp_path / "data" / ".." / "data" / "b.h5") == "absolute"
        )
        assert self.title(path, tmp_path / "a.h5") is None

    def test_a_bare_name_stands_for_one_file(self, tmp_path: Path) -> None:
        path = self.rows(tmp_path, "a.h5,mine")
        manifest = read_manifest(path)
        there = tmp_path / "x" / "a.h5"
        found, rest = manifest.assign([there, tmp_path / "x" / "b.h5"])
        assert list(found) == [str(there)]
        assert rest == []
        with pytest.raises(ManifestError, match="several files are called"):
            manifest.assign([there, tmp_path / "y" / "a.h5"])

    def test_a_name_beside_the_manifest_is_that_file_alone(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a.h5").touch()
        path = self.rows(tmp_path, "a.h5,mine")
        assert self.title(path, tmp_path / "a.h5") == "mine"
        assert self.title(path, tmp_path / "y" / "a.h5") is None

    def test_patterns_that_tie_are_reported(self, tmp_path: Path) -> None:
        manifest = read_manifest(self.rows(tmp_path, "a*.h5,one", "*b.h5,two"))
        manifest.assign([tmp_path / "ax.h5"])
        with pytest.raises(ManifestError, match="line 2 and line 3"):
            manifest.assign([tmp_path / "ab.h5"])

    def test_rows_without_a_file_are_given_back(self, tmp_path: Path) -> None:
        manifest = read_manifest(self.rows(tmp_path, "a.h5,one", "b.h5,two"))
        _, rest = manifest.assign([tmp_path / "a.h5"])
        assert [row.place for row in rest] == ["line 3"]

    def test_a_file_with_signs_of_a_pattern_in_its_name(self, tmp_path: Path) -> None:
        path = self.rows(tmp_path, "scan[1].h5,literal")
        assert self.title(path, tmp_path / "scan[1].h5") == "literal"
        assert self.title(path, tmp_path / "scan1.h5") == "literal"

    def test_the_same_file_twice(self, tmp_path: Path) -> None:
        read_manifest(self.rows(tmp_path, "a.h5,one", "./a.h5,one"))
        found = complaints(tmp_path, "file,title\na.h5,one\n./a.h5,two\n")
        assert found == ["line 3: ./a.h5 is already in line 2, with other values"]


def test_a_dataset_is_told_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "file,dataset,doi,title,sample\n"
        "a.h5,one,10.1234/x,T,s1\n"
        "b.h5,one,,,s2\n"
        "c.h5,,10.9999/y,,\n"
        "d.h5,,10.9999/Y,U,\n",
    )
    a, b, c, d = read_manifest(path).rows
    assert b.values == {"doi": "10.1234/x", "title": "T", "sample": "s2"}
    assert a.dataset == b.dataset == "one"
    assert c.dataset == d.dataset == "10.9999/y"
    assert c.values["title"] == "U"


def test_a_dataset_that_contradicts_itself(tmp_path: Path) -> None:
    found = complaints(tmp_path, "file,dataset,title\na,one,T\nb,one,U\n")
    assert found == [
        "line 3: title is not the same as in line 2, but both are of dataset 'one'"
    ]


def test_ten_thousand_rows(tmp_path: Path) -> None:
    lines = [f"run{n}/scan.h5,title {n}" for n in range(10_000)]
    manifest = read_manifest(write(tmp_path, "\n".join(["file,title", *lines])))
    paths = [tmp_path / f"run{n}" / "scan.h5" for n in range(10_000)]
    found, rest = manifest.assign(paths)
    assert rest == []
    assert found[str(paths[7_777])].values == {"title": "title 7777"}


word = st.text(string.ascii_letters + "éÅ .-'", min_size=1).filter(str.strip)


@given(family=word, given_name=word, places=st.lists(word, max_size=3))
def test_creators_are_read_as_written(
    family: str, given_name: str, places: list[str]
) -> None:
    cell = f"{family}, {given_name} <{ORCID}>" + "".join(f" [{p}]" for p in places)
    first, second = cells.creators(f"{cell}; Team")
    assert first["family_name"] == " ".join(family.split())
    assert first["given_name"] == " ".join(given_name.split())
    assert [p["name"] for p in first.get("affiliations", [])] == [
        " ".join(p.split()) for p in places
    ]
    assert second == {"name": "Team"}


@given(st.text())
def test_no_cell_crashes_a_reader(cell: str) -> None:
    for column in COLUMNS.values():
        try:
            json.dumps(column.cell(cell))
        except ValueError as error:
            assert str(error)


def test_identifiers_in_their_spellings() -> None:
    assert cells.identifier("doi:10.1234/ABC") == {
        "value": "10.1234/abc",
        "scheme": "DOI",
    }
    assert cells.identifier("https://hdl.handle.net/21.1/x")["scheme"] == "Handle"
    assert cells.identifier("https://arxiv.org/abs/2101.00001") == {
        "value": "2101.00001",
        "scheme": "arXiv",
    }
    assert cells.identifier("ark:/12345/x1")["scheme"] == "ARK"
    assert cells.licence(
        "https://creativecommons.org/licenses/by-nc/4.0/legalcode"
    ) == {"spdx": "CC-BY-NC-4.0"}
    assert cells.licence("https://example.org/terms") == {
        "url": "https://example.org/terms"
    }
