"""Does it generalise: differences with intervals, experiments, approvals, accuracy, distributions."""

ORDER = ("segments", "experiments", "approvals", "accuracy", "distributions", "churn")
