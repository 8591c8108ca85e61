"""Charts: pure functions from a model's rows to a view, and the registry that names them.

A chart of ``<category>/`` is registered with what it asks, reads and is for (``registry``). Its
``source`` compiles to SQL with parameters, ``data`` reads the rows, ``Chart.draw`` gives a
``view``: a figure without frame, the finding that it shows, the same in words, and what it is
over. The figure comes from a form of ``forms/``; its colours from the theme of the moment by role
(``themes``), every number, ticks included, from ``formats`` and ``ticks``; ``floors`` say when
numbers are too few for a finding. ``framed`` puts finding and subtitle around it, ``twins`` gives
its dark version as a patch, ``config`` what Plotly may do.

The same function serves the notebooks, the HTML report and the dashboard.
"""
