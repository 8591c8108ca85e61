"""What a load has seen of a batch is so, and what it has not seen it does not say."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bullion.contract import table
from bullion.ingest.findings import Findings
from bullion.ingest.reading.blocks import PIECE_BYTES, blanks_at_edges, pieces


def keys(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def test_keys_ascend_over_blocks_by_bytes() -> None:
    findings = Findings()
    for block in (keys("A1", "A2"), keys(), keys("A3"), keys("a0", "ä")):
        findings.see_keys([block])
    assert findings.key_range == ("A1", "ä")


@pytest.mark.parametrize(
    "blocks",
    [
        [keys("A1", "A1")],
        [keys("A2", "A1")],
        [keys("A1", "A2"), keys("A2")],
        [keys("B"), keys("A")],
        [keys("A", None)],
    ],
    ids=["twice", "falls", "twice over a border", "falls over a border", "null"],
)
def test_other_keys_are_not_said_to_ascend(blocks: list[pa.ChunkedArray]) -> None:
    findings = Findings()
    for block in blocks:
        findings.see_keys([block])
    assert findings.key_range == (None, None)


def rows(**columns: str) -> pa.Table:
    merchants = table("merchants")
    values = {column.name: columns.get(column.name, "x") for column in merchants.columns}
    return pa.table({name: pa.array([value], pa.string()) for name, value in values.items()})


@pytest.mark.parametrize(
    ("name", "is_trimmed"), [("Shop", True), (" Shop", False), ("Shop ", False), ("", False)]
)
def test_text_is_trimmed(name: str, is_trimmed: bool) -> None:
    findings = Findings()
    findings.see_rows(table("merchants"), rows(merchant_name=name))
    assert findings.text_is_trimmed is is_trimmed


def test_two_key_columns_are_not_looked_at() -> None:
    findings = Findings()
    retention = table("customer_retention")
    assert len(retention.key) > 1
    findings.see_rows(
        retention, pa.table({name: pa.array(["x"]) for name in retention.column_names})
    )
    assert findings.key_range == (None, None)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b c,d\n", (False, False)),
        (b"a, ,d\n", (True, True)),
        (b"a, b,d\n", (False, True)),
        (b"a,b ,d\n", (False, True)),
        (b"a,b,d \n", (False, True)),
        (b" a,b,d\n", (False, True)),
        (b'a," b",d\n', (False, True)),
        (b'a,"b ",d\n', (False, True)),
        (b'a,"b, c",d\n', (False, True)),
        (b"a,b,d ", (False, True)),
    ],
)
def test_blanks_at_edges(data: bytes, expected: tuple[bool, bool]) -> None:
    assert blanks_at_edges(data, ",") == expected


def test_keys_may_repeat_unless_seen_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def may_repeat(*blocks: list[str]) -> bool:
        findings = Findings()
        for block in blocks:
            findings.see_keys([keys(*block)])
        return findings.may_repeat_keys()

    for most in (1000, 3):  # kept as they are, or as hashes
        monkeypatch.setattr("bullion.ingest.keys._KEPT_ROWS", most)
        assert not may_repeat(["b", "a"], ["d", "c"], ["f", "e"])
        assert may_repeat(["b", "a"], ["d", "c"], ["f", "b"])
        assert not may_repeat(["a", "b"], ["c", "d"], ["e", "f"])
    # What has been rising for long is let go: then all rows are to be looked at.
    assert may_repeat(["a", "b"], ["c", "d"], ["f", "e"])


def test_keys_of_several_columns_may_repeat() -> None:
    findings = Findings()
    findings.see_keys([keys("a", "a"), keys("x", "y")])
    findings.see_keys([keys("b"), keys("x")])
    assert not findings.may_repeat_keys()
    findings.see_keys([keys("b", "b"), keys("x", "x")])
    assert findings.may_repeat_keys()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("fill", [1, PIECE_BYTES - 1, PIECE_BYTES, 3 * PIECE_BYTES + 7])
def test_a_block_is_looked_at_in_pieces_that_cut_no_field(end: bytes, fill: int) -> None:
    line = b"first,second" + end
    data = line * (fill // len(line) + 1) + b"x" * (2 * PIECE_BYTES) + b"," + end + b"last"
    cut = list(pieces(data))
    assert b"".join(cut) == data
    assert all(piece.endswith(b"\n") for piece in cut[:-1])
    assert (len(cut) > 1) == (end != b"\r")
