"""Data tables are read whole, and every problem in them is told with its file, line and column."""

from pathlib import Path
from textwrap import dedent

import pytest

from infra.cli.config_file import read_config
from infra.cli.tables_file import table_of
from shared.errors import ConfigError

TEAM = dedent("""\
    manager: {name: Maria, email: maria@example.com}
    reps: {anna: {name: Anna, email: anna@example.com}}
    pools:
      north: {members: {anna: 1}}
      south: {members: {anna: 1}}
    tables:
      territories: {file: territories.csv}
    rules:
      - {name: by place, table: territories}
      - {name: rest, pool: south}
    forms: {website: {}}
    """)
POOLS = frozenset({"north", "south"})


def told(text: str) -> list[str]:
    """The problems of a file, as `line: column: message`."""
    _, _, problems = table_of(text, POOLS)
    return [
        f"{line}: {column}: {message}" if column else f"{line}: {message}"
        for line, message, column in problems
    ]


def problems(folder: Path, csv: bytes | str | None, team: str = TEAM) -> list[str]:
    (folder / "team.yaml").write_text(team)
    if csv is not None:
        content = csv.encode() if isinstance(csv, str) else csv
        (folder / "territories.csv").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config(folder / "team.yaml")
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "country,zip,pool\nSE,9*,north\nSE|NO,,south\n",
        "country;zip;pool\r\nSE;9*;north\r\n\r\n SE|NO ;;south\r\n;;\r\n",
        '\ufeffcountry,zip,pool\n"SE","9*",north\nSE|NO,,south',
    ],
)
def test_rows_are_kept_as_they_stand_in_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "team.yaml").write_text(TEAM)
    (tmp_path / "territories.csv").write_text(text)
    table = read_config(tmp_path / "team.yaml").tables["territories"]
    assert table.columns == ["country", "zip"]
    assert table.cells() == [["SE", "9*", "north"], ["SE|NO", "", "south"]]
    assert table.pools() == {"north", "south"}


def test_letters_with_marks_are_those_of_leads_however_they_were_typed(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(TEAM)
    (tmp_path / "territories.csv").write_text("city,pool\nMalmo\u0308,north\n")
    table = read_config(tmp_path / "team.yaml").tables["territories"]
    assert table.cells() == [["Malm\u00f6", "north"]]


@pytest.mark.parametrize("stored", ["st\u00e4der.csv", "sta\u0308der.csv"])
@pytest.mark.parametrize("said", ["st\u00e4der.csv", "sta\u0308der.csv"])
def test_a_files_name_may_be_stored_as_it_was_typed(tmp_path: Path, said: str, stored: str) -> None:
    """Some file systems keep letters and their marks apart."""
    (tmp_path / "team.yaml").write_text(TEAM.replace("territories.csv", f"lä\u0308n/{said}"))
    (tmp_path / "la\u0308\u0308n").mkdir()
    (tmp_path / "la\u0308\u0308n" / stored).write_text("city,pool\nLund,north\n")
    table = read_config(tmp_path / "team.yaml").tables["territories"]
    assert table.cells() == [["Lund", "north"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["1: is empty; its first line names the fields, and pool at the end"]),
        ("\n \n", ["1: is empty; its first line names the fields, and pool at the end"]),
        ("country,pool\n", ["1: has no rows below its first line"]),
        ("country,zip\nSE,1\n", ["1: has no column pool; the first line names it at the end"]),
        ("pool,country\nnorth,SE\n", ["1: pool: must be the last column"]),
        ("pool\nnorth\n", ["1: names no field; put those that decide before pool"]),
        ("\n\na,a,pool\n", ["3: a: is a column already"]),
        ("a,,pool\n", ["1: column 2 of the first line has no name"]),
        ('a,"b\nc",pool\n', ["1: column 2 has a name that no field has"]),
        ("a,pool\nx,east\n", ["2: pool: there is no pool 'east' under pools"]),
        ("a,pool\nx,\n", ["2: pool: is missing"]),
        (
            "a,pool\nx\ny,north,z\n",
            ["2: has 1 cells; the first line has 2", "3: has 3 cells; the first line has 2"],
        ),
        (
            "a,b,pool\n1..,x|Y,north\nz,,north\n\n1.0..,y | X,south\n",
            ["5: asks the same as line 2, which is first"],
        ),
        (
            "a,b,pool\nx,,north\n,,south\ny,,north\n",
            ["4: never fits: line 3 asks nothing, so it takes every lead before"],
        ),
        (
            "a,pool\n9..1,north\nb*c,north\n",
            [
                "2: a: '9..1' cannot be read: the range ends before it begins",
                (
                    "3: a: 'b*c' cannot be read: a * stands for any end: 112*; an empty cell for"
                    " anything at all"
                ),
            ],
        ),
        (
            'a,pool\n"x\ny",north\n"z"z,north\n',
            [
                "2: a: 'x\\ny' cannot be read: it must stand on one line, without tabs",
                "4: is no valid CSV: ',' expected after '\"'",
            ],
        ),
        (
            'a,pool\nx,east\n"z',
            [
                "2: pool: there is no pool 'east' under pools",
                "3: is no valid CSV: unexpected end of data",
            ],
        ),
    ],
)
def test_each_problem_is_told_where_it_is(text: str, said: list[str]) -> None:
    assert told(text) == said


def test_fifty_thousand_rows_are_read_and_one_more_is_too_many() -> None:
    rows = "".join(f"{n},north\n" for n in range(50_000))
    columns, stored, found = table_of(f"a,pool\n{rows}", POOLS)
    assert (columns, stored.count("\n"), found) == (["a"], 49_999, [])
    assert told(f"a,pool\n{rows}x,north\ny,north\n") == [
        "50002: has more than 50000 rows; make several tables of it"
    ]


def test_of_very_many_problems_the_first_are_told_and_the_rest_are_counted(
    tmp_path: Path,
) -> None:
    said = problems(tmp_path, "a,pool\n" + "".join(f"{n},east\n" for n in range(50_000)))
    assert len(said) == 101
    assert said[99] == "territories.csv:101: pool: there is no pool 'east' under pools"
    assert said[100] == "territories.csv: and 49900 more problems"


def test_problems_of_files_come_after_those_of_the_configuration(tmp_path: Path) -> None:
    team = TEAM.replace("email: anna@", "email: anna")
    said = problems(tmp_path, "a,pool\nx,east\n", team)
    assert [line.split(": ")[0] for line in said] == ["team.yaml:2", "territories.csv:2"]


def test_an_encoding_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "city,pool\nOslo,north\nBodø,north\n".encode("latin-1")) == [
        "territories.csv:3: must be encoded in UTF-8"
    ]


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    (said,) = problems(tmp_path, None)
    assert said.startswith("team.yaml:7: tables.territories.file: territories.csv cannot be read: ")


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/hostname", "sub/../../secret.csv"])
def test_no_file_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_text("a,pool\nx,north\n")
    folder = tmp_path / "team"
    folder.mkdir()
    (said,) = problems(folder, None, TEAM.replace("territories.csv", name))
    assert said == (
        "team.yaml:7: tables.territories.file:"
        " must lie beside the configuration, or in a folder there"
    )


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,pool\nx,north\n")
    folder = tmp_path / "team"
    folder.mkdir()
    (folder / "territories.csv").symlink_to(tmp_path / "secret.csv")
    (said,) = problems(folder, None)
    assert "must lie beside the configuration" in said


def test_what_is_read_from_the_file_is_not_written_by_hand(tmp_path: Path) -> None:
    team = TEAM.replace("{file: territories.csv}", "{file: territories.csv, rows: x}")
    assert problems(tmp_path, "a,pool\nx,north\n", team) == [
        "team.yaml:7: tables.territories.rows: is read from the file; leave it out"
    ]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (said,) = problems(tmp_path, b"x" * 20_000_001)
    assert said == "team.yaml:7: tables.territories.file: territories.csv is larger than 20 MB"
