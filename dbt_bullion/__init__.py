"""Plugins that dbt finds by their package's name, so that bare ``dbt`` builds as ``bullion`` does.

Each replaces functions of dbt's own, for reasons that its module gives:

* ``foundations``: macros learn what each model rests on, by which a build skips and rebuilds,
* ``lock``: one build of a warehouse at a time, bare dbt's too,
* ``order``: the node with the longest chain behind it is built first,
* ``postgres``: an interrupted build cancels what it has running,
* ``spark``: dbt-spark's connections keep ANSI mode on, and learn soon that a statement has ended.

dbt promises nobody that these functions stay. Each patch therefore first compares what it replaces
with what it was written for; where that has changed it leaves dbt alone and says so in one line.
``BULLION_DBT_PATCHES`` switches them: ``off`` for none, or the names of those that are wanted
(``order,postgres``); without it all are applied. Without ``spark`` a build on Spark is refused, and
without ``foundations`` no model is skipped.
"""

from __future__ import annotations

from dbt.plugins.manager import dbtPlugin

from dbt_bullion import foundations, lock, order, postgres, spark


class BullionFoundations(dbtPlugin):
    """Tells macros what each model of this project rests on."""

    def initialize(self) -> None:
        """Called by dbt once it knows the project."""
        foundations.apply(self.project_name)


class BullionLock(dbtPlugin):
    """Takes the warehouse's lock for each command of this project that writes."""

    def initialize(self) -> None:
        """Called by dbt once it knows the project."""
        lock.apply(self.project_name)


class BullionOrder(dbtPlugin):
    """Builds this project's longest chain of waiting nodes first."""

    def initialize(self) -> None:
        """Called by dbt once it knows the project."""
        order.apply(self.project_name)


class BullionPostgres(dbtPlugin):
    """Cancels what an interrupted build has running."""

    def initialize(self) -> None:
        """Called by dbt once it knows the profile."""
        postgres.apply()


class BullionSpark(dbtPlugin):
    """Opens the connections of dbt-spark with the profile's settings, ANSI mode among them."""

    def initialize(self) -> None:
        """Called by dbt once it knows the profile."""
        spark.apply()


plugins = [BullionFoundations, BullionLock, BullionOrder, BullionPostgres, BullionSpark]
