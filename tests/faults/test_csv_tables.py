"""Every way a table's file can be wrong: drawn small files, and the one message each must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from oneplace.faults import InputAtFault
from oneplace.tables.csv import MOST_FAULTS, parse_csv, read_csv, rows_again
from oneplace.tables.declare import Column, Table

CATS = Table(
    "cats",
    "Cats of a street.",
    (
        Column("name", "text", "What it answers to."),
        Column("age", "small", "Completed years.", unit="years", low=0, high=40),
        Column("weight", "number", "On the kitchen scales.", unit="kg", required=False),
        Column("born", "date", "Birthday.", required=False),
        Column("coat", "text", "Coat.", values=("black", "tabby"), required=False),
        Column("stray", "boolean", "Whether nobody feeds it.", required=False),
        Column("fee", "money", "What the vet asks.", required=False),
    ),
    key=("name",),
)
HEAD = "name,age,weight,born,coat,stray,fee\n"

GOOD = """
name,age,weight,born,coat,stray,fee
Tom,3,4.5,2016-04-01,black,true,12.50
"Lady, the",12,,,,,
"""

WRONG = {
    "unknown column": (
        "name,agee,weight,born,coat,stray,fee\n",
        ["cats.csv:1 (agee): unknown column: found 'agee'; expected age?"],
    ),
    "column twice": (
        "name,age,weight,born,coat,stray,fee,age\n",
        ["cats.csv:1 (age): a column stands twice: found age; expected each column once"],
    ),
    "semicolons": (
        "name;age;weight;born;coat;stray;fee\n",
        ["cats.csv:1 (name;age;weight;born;coat;stray;fee): unknown column", *["cats.csv:1"] * 7],
    ),
    "short row": (
        HEAD + "Tom,3\n",
        ["cats.csv:2: the row has not as many cells as the header: found 2; expected 7"],
    ),
    "long row": (
        HEAD + "Tom,3,,,,,,\n",
        ["cats.csv:2: the row has not as many cells as the header: found 8; expected 7"],
    ),
    "blank line": (
        HEAD + "Tom,3,,,,,\n\nKit,1,,,,,\n",
        ["cats.csv:3: the row has not as many cells as the header: found 0; expected 7"],
    ),
    "no value": (
        HEAD + "Tom,,,,,,\n",
        ["cats.csv:2 (age): a value is missing: found ''; expected a whole number"],
    ),
    "word for number": (
        HEAD + "Tom,three,,,,,\n",
        ["cats.csv:2 (age): the value has the wrong type: found 'three'; expected a whole number"],
    ),
    "fraction": (
        HEAD + "Tom,3.0,,,,,\n",
        ["cats.csv:2 (age): the value has the wrong type: found '3.0'; expected a whole number"],
    ),
    "other digits": (
        HEAD + "Tom,٣,,,,,\n",
        ["cats.csv:2 (age): the value has the wrong type: found '٣'; expected a whole number"],
    ),
    "space before": (
        HEAD + "Tom, 3,,,,,\n",
        ["cats.csv:2 (age): the value has the wrong type: found ' 3'; expected a whole number"],
    ),
    "too wide": (
        HEAD + "Tom,40000,,,,,\n",
        [
            "cats.csv:2 (age): the number is too large: found '40000'; expected within -32768 and 32767"
        ],
    ),
    "below": (
        HEAD + "Tom,-1,,,,,\n",
        ["cats.csv:2 (age): the value is out of range: found '-1'; expected 0 or more"],
    ),
    "above": (
        HEAD + "Tom,41,,,,,\n",
        ["cats.csv:2 (age): the value is out of range: found '41'; expected 40 or less"],
    ),
    "not a number": (
        HEAD + "Tom,3,NaN,,,,\n",
        [
            "cats.csv:2 (weight): the value has the wrong type: found 'NaN'; expected a number such as 12.5"
        ],
    ),
    "infinite": (
        HEAD + "Tom,3,1e999,,,,\n",
        [
            "cats.csv:2 (weight): the value has the wrong type: found '1e999'; expected a number such as 12.5"
        ],
    ),
    "thousands": (
        HEAD + 'Tom,3,"1,200",,,,\n',
        [
            "cats.csv:2 (weight): the value has the wrong type: found '1,200'; expected a number such as 12.5"
        ],
    ),
    "day first": (
        HEAD + "Tom,3,,01/04/2016,,,\n",
        [
            "cats.csv:2 (born): the value has the wrong type: found '01/04/2016'; expected a date as 2019-04-01"
        ],
    ),
    "no such day": (
        HEAD + "Tom,3,,2019-02-30,,,\n",
        [
            "cats.csv:2 (born): the value has the wrong type: found '2019-02-30'; expected a date as 2019-04-01"
        ],
    ),
    "not listed": (
        HEAD + "Tom,3,,,pink,,\n",
        [
            "cats.csv:2 (coat): the value is not on the list: found 'pink'; expected one of: black, tabby"
        ],
    ),
    "yes": (
        HEAD + "Tom,3,,,,yes,\n",
        ["cats.csv:2 (stray): the value has the wrong type: found 'yes'; expected true or false"],
    ),
    "half pence": (
        HEAD + "Tom,3,,,,,1.005\n",
        [
            "cats.csv:2 (fee): the value has the wrong type: found '1.005'; expected an amount such as 12.50"
        ],
    ),
    "key twice": (
        HEAD + "Tom,3,,,,,\nKit,1,,,,,\nTom,5,,,,,\n",
        [
            "cats.csv:4 (name): the key stands twice: found Tom; expected once, or rows that are equal; it stands on line 2"
        ],
    ),
    "open quote": (
        HEAD + '"Tom,3,,,,,\n',
        [
            "cats.csv:2: this is not valid CSV: found unexpected end of data; expected quotes closed, commas between cells"
        ],
    ),
    "stray quote": (
        HEAD + '"Tom"x,3,,,,,\n',
        [
            "cats.csv:2: this is not valid CSV: found ',' expected after '\"'; expected quotes closed, commas between cells"
        ],
    ),
    "zero byte": (HEAD + "To\0m,3,,,,,\n", ["cats.csv:2: the file is not text: found a zero byte"]),
    "nothing": (
        "",
        ["cats.csv:1: the file is empty: expected a header: name,age,weight,born,coat,stray,fee"],
    ),
    "two faults in one row": (
        HEAD + "Tom,x,y,,,,\n",
        [
            "cats.csv:2 (age): the value has the wrong type",
            "cats.csv:2 (weight): the value has the wrong type",
        ],
    ),
    "line after a cell of two lines": (
        HEAD + '"To\nm",3,,,,,\nKit,x,,,,,\n',
        ["cats.csv:4 (age): the value has the wrong type: found 'x'; expected a whole number"],
    ),
}


@pytest.mark.parametrize("text, said", WRONG.values(), ids=list(WRONG))
def test_a_wrong_file_says_what_to_mend(text: str, said: list[str]) -> None:
    with pytest.raises(InputAtFault) as refused:
        parse_csv(text, CATS, name="cats.csv")
    messages = [str(f) for f in refused.value.faults]
    assert len(messages) == len(said), messages
    for message, start in zip(messages, said, strict=True):
        assert message.startswith(start)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_good_file_is_the_declared_table(end: str) -> None:
    rows = parse_csv(GOOD.lstrip().replace("\n", end), CATS, name="cats.csv")
    assert rows.schema == CATS.arrow
    assert [str(v) for v in rows.to_pylist()[0].values()] == [
        "Tom",
        "3",
        "4.5",
        "2016-04-01",
        "black",
        "True",
        "12.50",
    ]
    assert list(rows.to_pylist()[1].values()) == ["Lady, the", 12, None, None, None, None, None]


def test_columns_may_stand_in_any_order_and_a_byte_order_mark_is_let_pass(tmp_path: Path) -> None:
    file = tmp_path / "cats.csv"
    file.write_text("\ufefffee,stray,coat,born,weight,age,name\n,,,,,3,Tom\n", encoding="utf-8")
    assert read_csv(file, CATS).column_names == list(CATS.names)


def test_a_header_alone_is_an_empty_table() -> None:
    assert parse_csv(HEAD, CATS, name="cats.csv").num_rows == 0


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "cats.csv"
    file.write_bytes(HEAD.encode() + b"Z\xfcri,3,,,,,\n")
    with pytest.raises(
        InputAtFault, match=r"cats.csv:2: the file is not UTF-8 text: found byte 0xfc"
    ):
        read_csv(file, CATS, name="cats.csv")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputAtFault, match="the file is missing"):
        read_csv(tmp_path / "none.csv", CATS)
    with pytest.raises(InputAtFault, match="the file cannot be read"):
        read_csv(tmp_path, CATS)


def test_a_file_wrong_on_every_line_stops_after_enough_to_see_why() -> None:
    with pytest.raises(InputAtFault) as refused:
        parse_csv(HEAD + "".join(f"cat {i},x,,,,,\n" for i in range(500)), CATS, name="cats.csv")
    assert len(refused.value.faults) == MOST_FAULTS + 1
    assert (
        str(refused.value.faults[-1])
        == "cats.csv: there are more faults in this file: found 450 more"
    )


def test_a_row_that_stands_again_is_one_row_and_its_line_is_told() -> None:
    text = (
        HEAD
        + "Tom,3,4.5,2016-04-01,black,true,12.50\nKit,1,,,,,\nTom,3,4.50,2016-04-01,black,true,12.5\nKit,1,,,,,\n"
    )
    rows = parse_csv(text, CATS, name="cats.csv")
    assert [r["name"] for r in rows.to_pylist()] == ["Tom", "Kit"]
    assert rows_again(rows) == [(4, 2), (5, 3)]
    assert rows_again(parse_csv(HEAD + "Kit,1,,,,,\n", CATS, name="cats.csv")) == []
