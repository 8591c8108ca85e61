"""The forms of which charts are made: each draws names, numbers and texts that a chart gives, and
solves long names, narrow screens, both themes and empty parts once.

Colours are the theme's of the moment, numbers come as texts (``bullion.charts.formats``), and every
hover is the last part of a mark's customdata, after the natural keys of its row.
"""
