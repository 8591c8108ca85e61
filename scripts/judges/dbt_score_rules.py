"""Rules of this project for dbt-score, which finds them by the name of this file.

It reads their annotations as objects, so these are not postponed.
"""

from pathlib import Path

from dbt_score import Macro, Model, RuleViolation, rule, rule_filter

PROJECT = Path(__file__).resolve().parents[2]


@rule_filter
def is_gold(model: Model) -> bool:
    """Whether people read the model."""
    return model.original_file_path.startswith("models/gold/")


@rule(rule_filters={is_gold()})
def what_people_read_has_an_owner(model: Model) -> RuleViolation | None:
    """A model of gold has an owner."""
    return None if model.meta.get("owner") else RuleViolation("Model lacks an owner.")


@rule
def macro_file_says_what_it_is_for(macro: Macro) -> RuleViolation | None:
    """A macro's file begins with a comment that says what it is for."""
    text = (PROJECT / macro.original_file_path).read_text(encoding="utf-8")
    if not text.startswith("{#"):
        return RuleViolation(f"{macro.original_file_path} does not begin with a comment.")
    return None
