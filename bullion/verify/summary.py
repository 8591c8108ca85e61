"""What a verification came to, in the one sentence that the console and the report say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from bullion.verify.rule import FAILED, NOT_RUN, PASSED, SMALL


def sentence(verdicts: Sequence[str], missing_libraries: Collection[str] = ()) -> str:
    """How many checks passed, failed and were not run, and for want of which libraries.

    Never one fraction: what was not run has not passed, nor failed.

    Args:
        verdicts: the words of bullion.verify.rule, one a check.
        missing_libraries: those whose comparisons were not run.
    """
    counts = Counter(verdicts)
    parts = [f"{counts[PASSED]} {PASSED}", f"{counts[FAILED]} {FAILED}"]
    if counts[SMALL]:
        parts.append(f"{counts[SMALL]} not judged (the bank is {SMALL})")
    if counts[NOT_RUN]:
        names = sorted(missing_libraries)
        are = "is" if len(names) == 1 else "are"
        why = f" ({', '.join(names)} {are} not installed)" if names else ""
        parts.append(f"{counts[NOT_RUN]} {NOT_RUN}{why}")
    return ", ".join(parts)
