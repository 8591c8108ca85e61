"""Does it generalise: differences with intervals, experiments, odds, accuracy, distributions."""

ORDER = ("segments", "experiments", "odds", "accuracy", "distributions", "churn")
