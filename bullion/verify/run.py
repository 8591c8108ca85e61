"""The two ways to verify: the warehouse at hand, and many banks."""

from __future__ import annotations

from pathlib import Path

from bullion.db import connect
from bullion.settings import get_settings
from bullion.verify import pooled, rule, show, table
from bullion.verify.bank import find_bank
from bullion.verify.measure import Compared, Measured, compare, measure
from bullion.verify.registry import all_oracles, all_truths
from bullion.verify.rule import Verdict
from bullion.verify.summary import sentence


def verify_warehouse(truth: Path | None) -> bool:
    """Verify the warehouse at hand, print, write gold.analytics_verification; whether it passed."""
    settings = get_settings()
    console = show.make_console()
    with connect(settings, autocommit=True) as connection:
        bank = find_bank(connection, settings.home, truth)
        measured = measure(connection, bank, all_truths())
        compared = compare(connection, all_oracles())
        table.write(connection, measured, compared)
    show.print_bank(console, measured)
    show.print_oracles(console, compared)
    verdicts = judge(measured, compared)
    is_failed = any(verdict.is_failed for verdict in verdicts)
    size = f"{bank.customers:,} customers, {bank.months} months, seed {bank.seed}"
    if not bank.is_full_size:
        console.print("Truths are designed for 5,000 customers and 48 months or more.")
    missing = {each.library for each in compared if not each.is_run}
    found = sentence([verdict.word for verdict in verdicts], missing)
    words = f"[bold red]{found}[/bold red]" if is_failed else found
    console.print(f"{words} on the bank of {size}")
    return not is_failed


def judge(measured: Measured, compared: list[Compared]) -> list[Verdict]:
    """What the rule says of each row of a verification."""
    full = measured.is_full_size
    return [
        *(rule.judge_estimate(each, full) for each in measured.estimates),
        *(rule.judge_set(each, full) for each in measured.sets),
        *(rule.judge_check(each, full) for each in measured.checks),
        *(rule.judge_oracle(each) for each in compared),
    ]


def verify_banks(count: int, is_null: bool) -> bool:
    """Verify ``count`` banks other than the default one, print each and all; whether they passed.

    Estimates that 20 banks leave in doubt are measured on 100.
    """
    # What makes banks takes seconds to import.
    from bullion.verify.seeds import default_seeds, further_seeds, verify_seeds

    settings = get_settings()
    console = show.make_console()
    results = verify_seeds(settings, console, default_seeds(count), is_null)
    banks = [measured for measured, _ in results]
    show.print_seeds(console, banks, [seconds for _, seconds in results])
    if is_null:
        pool = pooled.pool_null(banks)
    else:
        more: list[Measured] = []
        doubts = pooled.doubted(banks)
        seeds = further_seeds(count)
        if doubts and seeds:
            names = ", ".join(f"{truth_id} {name}" for truth_id, name in doubts)
            console.print(f"Covered on fewer than 17 of 20, so measured on 100: {names}")
            results = verify_seeds(settings, console, seeds, is_null, doubts)
            more = [measured for measured, _ in results]
        pool = pooled.pool_planted(banks, more)
    show.print_pool(console, pool)
    return not pool.is_failed
