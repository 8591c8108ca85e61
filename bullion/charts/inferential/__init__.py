"""Does it generalise: intervals, experiments, approvals, accuracy, distributions."""

ORDER = ("segments", "experiments", "approvals", "accuracy", "distributions", "churn")
