"""A verification on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bullion.paths import install_command
from bullion.verify import rule
from bullion.verify.measure import Compared, Estimate, Measured
from bullion.verify.pooled import Pool
from bullion.verify.rule import Verdict

_STYLES = {rule.PASSED: "green", rule.FAILED: "bold red"}


# Where the output goes to a file, no terminal's width cuts it.
WIDTH = 130


def make_console() -> Console:
    """Standard output."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def number(value: float | None, digits: int = 4) -> str:
    """The significant digits; a dash where there is no number."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}g}"


def print_bank(console: Console, measured: Measured) -> None:
    """One bank's truths."""
    if measured.estimates:
        console.print(_estimates(measured))
    if measured.sets or measured.checks:
        console.print(_others(measured))


def print_oracles(console: Console, compared: Sequence[Compared]) -> None:
    """The largest difference of each oracle."""
    if not compared:
        return
    table = _table("Against other libraries", "model", "oracle", "library")
    _numeric(table, "statistics", "largest difference", "allowed")
    table.add_column("verdict")
    for each in compared:
        table.add_row(
            each.model,
            each.name,
            each.library,
            "–" if each.statistics is None else f"{each.statistics:,}",
            "–" if each.largest is None else f"{each.largest:.1e}",
            f"{each.tolerance:.0e}",
            _word(rule.judge_oracle(each)),
        )
    console.print(table)
    missing = sorted({each.library for each in compared if not each.is_run})
    if missing:
        console.print(
            f"{', '.join(missing)} not installed: {install_command('verify')}, then these are run "
            "as well.",
            markup=False,
        )


def print_seeds(console: Console, banks: Sequence[Measured], seconds: Sequence[float]) -> None:
    """What each bank said."""
    table = _table("Banks", "seed")
    _numeric(table, "intervals covering", "sets found", "checks below 5 %", "seconds")
    for bank, took in zip(banks, seconds, strict=True):
        covering = sum(each.is_covered for each in bank.estimates)
        right = sum(each.is_right for each in bank.sets)
        below = sum(each.p_value is not None and each.p_value < rule.LEVEL for each in bank.checks)
        table.add_row(
            str(bank.seed),
            f"{covering} of {len(bank.estimates)}",
            f"{right} of {len(bank.sets)}",
            f"{below} of {len(bank.checks)}",
            f"{took:.0f}",
        )
    console.print(table)


def print_pool(console: Console, pool: Pool) -> None:
    """All banks together."""
    if pool.estimates:
        table = _table("Estimates on all banks", "truth", "estimate")
        _numeric(table, "covered", "mean SE", "scatter", "allowed", "bias")
        table.add_column("missed by seeds")
        table.add_column("verdict")
        for each in pool.estimates:
            table.add_row(
                each.id,
                each.name,
                f"{each.covered} of {each.banks}",
                number(each.mean_se, 3),
                number(each.scatter, 3),
                number(each.largest_se, 3),
                "–" if math.isnan(each.bias) else f"{each.bias:+.1f}",
                ", ".join(map(str, each.missed)),
                _word(each.verdict),
            )
        console.print(table)
    if pool.counts:
        table = _table("Sets and tests on all banks", "truth", "set or test", "what")
        _numeric(table, "banks", "allowed")
        table.add_column("verdict")
        for count in pool.counts:
            table.add_row(
                count.id,
                count.name,
                count.what,
                f"{count.count} of {count.banks}",
                f"<= {count.most}",
                _word(count.verdict),
            )
        console.print(table)
    if pool.trials:
        least, most = pool.band
        console.print(
            f"Pooled {pool.what}: {pool.inside} of {pool.trials} "
            f"({pool.inside / pool.trials:.1%}), allowed {least} to {most} "
            f"({least / pool.trials:.1%} to {most / pool.trials:.1%}): {_word(pool.verdict)}"
        )


def _estimates(measured: Measured) -> Table:
    table = _table("Planted numbers", "truth", "estimate of")
    _numeric(table, "planted", "estimate", "95 % interval")
    table.add_column("covered")
    _numeric(table, "SE", "allowed", "null p")
    table.add_column("verdict")
    for each in measured.estimates:
        table.add_row(
            each.id,
            each.name,
            number(each.planted),
            number(each.estimate),
            _interval(each),
            "yes" if each.is_covered else "no",
            number(each.standard_error, 3),
            number(each.largest_se, 3),
            _p(each.null_p),
            _word(rule.judge_estimate(each, measured.is_full_size)),
        )
    return table


def _others(measured: Measured) -> Table:
    table = _table("Planted sets, and tests of what is true", "truth", "set or test", "found")
    table.add_column("verdict")
    for each in measured.sets:
        found = f"{each.planted_count - len(each.missing)} of {each.planted_count}"
        if each.surplus:
            found += f", {len(each.surplus)} besides"
        verdict = rule.judge_set(each, measured.is_full_size)
        table.add_row(each.id, each.name, found, _word(verdict))
    for check in measured.checks:
        verdict = rule.judge_check(check, measured.is_full_size)
        table.add_row(check.id, check.name, f"p {_p(check.p_value)}", _word(verdict))
    return table


def _interval(each: Estimate) -> str:
    return f"{number(each.ci_low)} to {number(each.ci_high)}"


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _numeric(table: Table, *columns: str) -> None:
    """Columns whose values stay whole however narrow the terminal; words give way to them."""
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)


def _word(verdict: Verdict) -> str:
    word = f"{verdict.word}: {verdict.reason}" if verdict.reason else verdict.word
    style = _STYLES.get(verdict.word, "yellow")
    return f"[{style}]{word}[/{style}]"
