"""The whole synthetic bank: from arguments to a folder of extracts and its truth.

Used by ``bullion generate`` and by every test that wants raw data::

    from bullion.synth.bank import generate

    bank = generate(
        out,                      # Path: the folder to make (it must not exist or be empty)
        customers=60,             # number of customers
        start="2025-01-01",       # first day (ISO text or datetime.date)
        end="2025-06-30",         # last day of the first extract, inclusive
        seed=42,
        deltas=4,                 # later daily extracts: end + 1 day .. end + 4 days
        faults=True,              # plant bad rows, listed in truth.yml
        null=False,               # every causal effect zero
        without=("T02",),         # single truths switched off
        file_format="csv",        # or "parquet"
        workers=1,                # processes; the bytes written do not depend on it
    )
    bank.extracts                 # [Path of <out>/2025-06-30, <out>/2025-07-01, ...]
    bank.rows                     # {"transactions": 12345, ...} over all extracts
    bank.truth                    # truth.yml as a dict

The files: ``<out>/<YYYY-MM-DD>/<table>.csv`` (all 22 tables in the first extract, only tables
that changed in later ones), ``<out>/truth.yml`` and ``<out>/truth/*.parquet``.
"""
