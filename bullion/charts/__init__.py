"""Charts: pure functions from a model's rows to a Plotly figure, and the registry that names them.

The same function serves the notebooks, the HTML report and the dashboard.
"""
