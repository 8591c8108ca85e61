"""Every planted truth of a bank, in order of id: the list of what truth.yml tells.

A truth is declared beside the constants that plant it: as a value where they say all of it, as a
function where the bank has a part in it (its dates, what was drawn). How to add one:
docs/verification.md.
"""

from __future__ import annotations

from bullion.synth.context import TRUTHS, BankContext
from bullion.synth.customers import churn, contacts, credit, digital, holdings, loans, wealth
from bullion.synth.market import campaigns, profiles
from bullion.synth.money import activity, attempts, fraud, settle
from bullion.synth.planted import PlantedTruth


def planted_truths(ctx: BankContext, world: attempts.World) -> tuple[PlantedTruth, ...]:
    """The truths of a bank, one for each of TRUTHS. Raises ValueError where that is not so."""
    truths = (
        churn.t01(ctx),
        campaigns.t02(world.campaigns),
        fraud.T03,
        credit.T04,
        credit.T05,
        loans.T06,
        wealth.T07,
        contacts.T08,
        digital.T09,
        churn.T10,
        churn.T11,
        digital.t12(ctx),
        profiles.T13,
        activity.T14,
        fraud.t15(world.hot),
        wealth.T16,
        campaigns.T17,
        contacts.T18,
        contacts.T19,
        holdings.T20,
        profiles.t21(world.calendar),
        settle.T22,
        attempts.T23,
        profiles.T24,
    )
    ids = tuple(truth.id for truth in truths)
    if ids != TRUTHS:
        raise ValueError(f"declared are {', '.join(ids)}, wanted {', '.join(TRUTHS)}")
    return truths
