"""The sentence that the console and the front page say of a verification."""

from __future__ import annotations

from bullion.report.verification import BAND, REACH, Mark
from bullion.verify.summary import sentence


def test_what_was_not_run_has_neither_passed_nor_failed() -> None:
    verdicts = ["passed"] * 20 + ["not run"] * 23
    assert sentence(verdicts, {"scipy", "statsmodels", "sklearn"}) == (
        "20 passed, 0 failed, 23 not run (scipy, sklearn, statsmodels are not installed)"
    )
    assert sentence(["not run"], ["scipy"]) == (
        "0 passed, 0 failed, 1 not run (scipy is not installed)"
    )


def test_what_failed_is_said() -> None:
    assert sentence(["passed", "failed", "too small"]) == (
        "1 passed, 1 failed, 1 not judged (the bank is too small)"
    )


def test_a_mark_stands_where_its_error_puts_it() -> None:
    def mark(errors: float) -> Mark:
        return Mark("T01", "x", "m", errors, "", "passed")

    assert mark(0).place == 50
    assert mark(REACH).place == 100
    assert mark(-9).place == 0
    assert mark(BAND).is_inside
    assert not mark(2).is_inside
