"""``./scripts/demo``: the verbs that make a warehouse with a synthetic bank, one after another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bullion.db import connect
from bullion.errors import BullionError
from bullion.paths import IS_CHECKOUT, work_dir
from bullion.report.write import default_folder
from bullion.settings import Settings, get_settings
from bullion.synth.context import SEED
from bullion.verify.bank import find_bank

_STAMP = ".generated.json"


@dataclass
class Stages:
    """Runs the verbs and keeps their times in seconds."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def verb(self, name: str, *arguments: str, goes_on: bool = False) -> None:
        """Run ``bullion <name> <arguments>``; raises BullionError when it fails, unless the demo
        ``goes_on`` and fails at its end."""
        self.console.rule(f"bullion {name}", align="left", style="dim")
        start = time.monotonic()
        # A process each, as a user runs them: what works here works by hand.
        done = subprocess.run(
            [sys.executable, "-m", "bullion.cli", name, *arguments], cwd=work_dir(), check=False
        )
        self.seconds[name] = time.monotonic() - start
        if done.returncode != 0:
            self.failed.append(name)
        if done.returncode != 0 and not goes_on:
            raise BullionError(
                f"The demo stopped at 'bullion {name}' (above is why); the same command goes on "
                "from there."
            )


def run_demo(customers: int, install_seconds: float) -> None:
    """Start the server, generate, load, build and verify the bank, draw its charts, and say where
    to look next.

    Each stage finds what an earlier run has done: the bank is generated once for its number of
    customers, files that are loaded are not loaded again, a build works on what has arrived.
    """
    stages = Stages(Console(highlight=False))
    if install_seconds:
        stages.seconds["install"] = install_seconds
    stages.verb("up")
    bank = get_settings().home / f"demo-{customers}"
    if _is_generated(bank, customers):
        stages.console.print(f"The bank of {customers:,} customers is in {bank} already.")
    else:
        _generate(stages, bank, customers)
    stages.verb("load", str(bank))
    stages.verb("build")
    _verify(stages, bank)
    stages.verb("report")
    settings = get_settings()
    _print_times(stages)
    _print_contents(stages.console, settings)
    _print_next(stages.console, settings)
    if stages.failed:
        raise BullionError(f"Above, 'bullion {stages.failed[0]}' failed: what it says is wrong.")


def _arguments(customers: int) -> dict[str, int]:
    return {"customers": customers, "seed": SEED}


def _is_generated(bank: Path, customers: int) -> bool:
    try:
        stamp = json.loads((bank / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == _arguments(customers))


def _generate(stages: Stages, bank: Path, customers: int) -> None:
    """Generate beside the place and move it there: an interrupted run leaves no half bank."""
    unfinished = bank.with_name(f"{bank.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    stages.verb(
        "generate", "--customers", str(customers), "--seed", str(SEED), "--out", str(unfinished)
    )
    (unfinished / _STAMP).write_text(json.dumps(_arguments(customers)), encoding="utf-8")
    if bank.exists():
        bank.rename(bank.with_name(f"{bank.name}.before-{time.strftime('%Y%m%d-%H%M%S')}"))
    unfinished.rename(bank)
    stages.console.print(f"The bank is in {bank}.")


def _verify(stages: Stages, bank: Path) -> None:
    """Verify the warehouse unless other extracts have come to the demo's bank since.

    What is found wrong is shown by the report, which is therefore made all the same.
    """
    settings = get_settings()
    try:
        with connect(settings, autocommit=True) as connection:
            find_bank(connection, settings.home, bank)
    except BullionError as error:
        stages.console.print(f"Not verified: {error}", markup=False)
        return
    stages.verb("verify", "--truth", str(bank), goes_on=True)


def _print_times(stages: Stages) -> None:
    table = Table("stage", "seconds", title="Times", title_justify="left", box=None)
    table.columns[1].justify = "right"
    for name, seconds in stages.seconds.items():
        table.add_row(name, f"{seconds:.1f}")
    table.add_row("all", f"{sum(stages.seconds.values()):.1f}", style="bold")
    stages.console.print()
    stages.console.print(table)


def _print_contents(console: Console, settings: Settings) -> None:
    """Tables and rows of each layer, counted exactly."""
    table = Table("layer", "tables", "rows", title="The warehouse", title_justify="left", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    with connect(settings, autocommit=True) as connection:
        for schema in ("bronze", "silver", "gold"):
            names = connection.execute(
                "select quote_ident(schemaname) || '.' || quote_ident(tablename)"
                " from pg_tables where schemaname = %s order by 1",
                (schema,),
            ).fetchall()
            rows = 0
            for (name,) in names:
                found = connection.execute(f"select count(*) from {name}").fetchone()
                rows += found[0] if found else 0
            table.add_row(schema, str(len(names)), f"{rows:,}")
    console.print()
    console.print(table)


def _print_next(console: Console, settings: Settings) -> None:
    in_venv = "" if _on_users_path() else ".venv/bin/"
    console.print(
        f"""
Where to look next
  {default_folder() / "index.html"}   the charts, in a browser
  {in_venv}bullion psql -- -c 'select * from gold.dim_customer limit 5'
  {in_venv}bullion load FOLDER   your own extracts, a folder for each date (YYYY-MM-DD)
  {in_venv}bullion build         what has arrived, through silver into gold
  {in_venv}bullion verify        its estimates against what the synthetic bank has planted
  {in_venv}bullion report        the charts anew
  {in_venv}bullion down          stops the server; the data stays
Any BI tool: host {settings.host}, port {settings.port},
database {settings.database}, user {settings.user};
its password is in {settings.passfile or "your own environment"}.
For psql and dbt in your shell: eval "$({in_venv}bullion env)"
""",
        soft_wrap=True,
        markup=False,
    )


def _on_users_path() -> bool:
    """Whether the user's own shell finds ``bullion`` (scripts/demo puts .venv on PATH itself)."""
    return bool(os.environ.get("VIRTUAL_ENV")) or not IS_CHECKOUT
