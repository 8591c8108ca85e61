"""From a file to bronze, whole or not at all, with every record accounted for.

The way of a row: :mod:`discovery` finds the files of a run and their extract time; :mod:`run`
opens the destination and hands it each file; :mod:`loader` loads one: ``reading`` makes records
of bytes, ``checking`` makes typed rows or rejects of records, ``postgres`` or ``lake`` keeps them
(both are a :class:`destination.Destination`). A clean canonical file goes straight from its bytes
into PostgreSQL's COPY, which judges it itself. ``adapters`` turn other people's layouts into the
contract's tables and load them by the same way; :mod:`progress` and :mod:`report` show a run to a
person.
"""
