"""Customers as the bank records them: the customers table, segment history, risk assessments."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import world
from bullion.synth.customers.people import RISKS, TIERS, draw_codes
from bullion.synth.customers.world import Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market.names import name_pools

_EDUCATION = ("High School", "Some College", "Bachelor", "Master", "Doctorate")
_MARITAL = ("Single", "Married", "Divorced", "Widowed")
_HOMES = ("Own", "Rent", "Mortgage")
_ACQUIRED = ("Online", "Branch", "Referral", "Partner", "Marketing Campaign")
_PREFERRED = ("Online", "Mobile", "Branch", "Phone")
_LIFE_STAGES = ("Young Adult", "Early Career", "Family", "Established", "Retired")
_CHANGES = ("Initial", "Segment Change", "Tier Change", "Risk Change")
_CHANGE_REASONS = ("Account opening", "Relationship review", "Tenure reached", "Risk review")
_AML = ("Low", "Medium", "High", "Critical")
_KYC = ("Verified", "Pending", "Expired")


def _states(block: Block, days: NDArray) -> NDArray[np.int64]:
    """(n, k, 3) codes of segment, tier and risk on the days (n, k)."""
    people = block.raw["customers"]
    n, k = days.shape
    rows = np.repeat(np.arange(n), k)
    segment = block.segment_at(rows, days.ravel()).reshape(n, k)
    tier = (people["tier_days"][:, None, :] <= days[:, :, None]).sum(axis=2)
    moved = people["risk_day"][:, None] <= days
    risk = np.where(moved, people["risk_after"][:, None], people["risk_before"][:, None])
    return np.stack((segment, tier, risk), axis=2)


def cut_history(block: Block) -> None:
    """Drop changes of segment, tier and risk that would come after the customer left."""
    people = block.raw["customers"]
    gone = block.churn_day[:, None]
    block.segment_days = np.where(block.segment_days < gone, block.segment_days, context.NEVER)
    people["tier_days"] = np.where(people["tier_days"] < gone, people["tier_days"], context.NEVER)
    risk_day = people["risk_day"]
    people["risk_day"] = np.where(risk_day < block.churn_day, risk_day, context.NEVER)


def current_state(ctx: context.BankContext, block: Block) -> NDArray[np.int64]:
    """(n, 3) codes of segment, tier and risk at the bank's end."""
    return _states(block, np.full((len(block), 1), ctx.end_day))[:, 0]


def history_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """customer_segments_history: signup, then every change (at 00:00), in time order."""
    people = block.raw["customers"]
    days = np.column_stack(
        (block.signup_day, block.segment_days, people["tier_days"], people["risk_day"])
    )
    kinds = np.broadcast_to(np.array([0, 1, 1, 1, 2, 2, 2, 3]), days.shape)
    order = np.argsort(days, axis=1, kind="stable")
    days = np.take_along_axis(days, order, axis=1)
    kinds = np.take_along_axis(kinds, order, axis=1)
    state = _states(block, days)
    keep = days != context.NEVER
    keep[:, 1:] &= days[:, 1:] != days[:, :-1]
    row, place = np.nonzero(keep)
    before = _states(block, days - 1)[row, place]
    first = place == 0
    before[first] = -1
    now = state[row, place]
    day, kind = days[row, place], kinds[row, place]
    order = np.lexsort((row, day))
    row, now, before, day, kind = (x[order] for x in (row, now, before, day, kind))
    n = len(row)
    return {
        "segment_history_id": keys.key("segment_history", ctx.row_ids(block.number, n)),
        "customer_id": keys.key("customer", block.index[row] + 1),
        "effective_at": col.timestamps(day * context.SECONDS_PER_DAY),
        "customer_segment": col.labels(now[:, 0], world.SEGMENTS),
        "previous_segment": col.labels(before[:, 0], world.SEGMENTS),
        "loyalty_tier": col.labels(now[:, 1], TIERS),
        "previous_tier": col.labels(before[:, 1], TIERS),
        "risk_segment": col.labels(now[:, 2], RISKS),
        "previous_risk": col.labels(before[:, 2], RISKS),
        "change_type": col.labels(kind, _CHANGES),
        "change_reason": col.labels(kind, _CHANGE_REASONS),
        "triggered_by": col.labels(np.where(kind == 1, 1, 0), ("System", "Relationship Manager")),
    }


def customers_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """The customers table as of the bank's end."""
    people, pools, n = block.raw["customers"], name_pools(), len(block)
    net = ctx.network.places
    number = block.index + 1
    state = current_state(ctx, block)
    first = col.plain(col.labels(people["first"], pools.first))
    last = col.plain(col.labels(people["last"], pools.last))
    street = col.labels(people["street"], pools.street)
    digits = number.astype(str)
    mail = col.join(
        pc.utf8_lower(first), ".", pc.utf8_lower(last), col.texts(digits),
        "@example.com",
    )  # fmt: skip
    phone, ssn = people["phone"], people["ssn"]
    seen = block.raw["last_session"]["second"]
    income_floor = np.maximum(block.income, 500_000)
    return {
        "customer_id": keys.key("customer", number),
        "first_name": first,
        "last_name": last,
        "email": mail,
        "phone": col.join(
            "+1-", col.ids("", 200 + phone % 700, 3), "-555-", col.ids("", phone // 700 % 10_000, 4)
        ),
        "date_of_birth": col.dates(block.birth_day),
        "ssn": col.join(
            col.ids("", 900 + ssn % 99, 3),
            "-",
            col.ids("", 1 + ssn // 99 % 98, 2),
            "-",
            col.ids("", ssn // 9702 % 10_000, 4),
        ),
        "address": col.join(col.texts(people["house"].astype(str)), street, separator=" "),
        "city": col.labels(block.city, net.name),
        "state": col.labels(block.city, net.state),
        "zip_code": col.ids("", people["zip"], 5),
        "country": col.constant("US", n),
        "home_latitude": col.numeric(block.home_lat),
        "home_longitude": col.numeric(block.home_lon),
        "signup_date": col.dates(block.signup_day),
        "credit_score": col.integers(people["credit_score"]),
        "annual_income": col.money(income_floor),
        "employment_status": col.labels(block.employment, world.EMPLOYMENT),
        "employer": col.labels(people["company"], pools.company),
        "job_title": col.labels(people["job"], pools.job),
        "education_level": col.labels(people["education"], _EDUCATION),
        "marital_status": col.labels(people["marital"], _MARITAL),
        "number_of_dependents": col.integers(people["dependents"]),
        "home_ownership": col.labels(people["home"], _HOMES),
        "customer_segment": col.labels(state[:, 0], world.SEGMENTS),
        "life_stage": col.labels(people["life_stage"], _LIFE_STAGES),
        "risk_segment": col.labels(state[:, 2], RISKS),
        "risk_tolerance": col.labels(people["tolerance"], RISKS),
        "is_active": col.booleans(
            (block.churn_day > ctx.end_day) | (block.return_day <= ctx.end_day)
        ),
        "preferred_channel": col.labels(people["preferred"], _PREFERRED),
        "marketing_opt_in": col.booleans(block.opt_in),
        "loyalty_tier": col.labels(state[:, 1], TIERS),
        "customer_lifetime_value": col.money(people["lifetime_value"]),
        "churn_risk_score": col.score(people["churn_score"]),
        "last_login_at": col.timestamps(seen, seen >= 0),
        "acquisition_channel": col.labels(people["acquired"], _ACQUIRED),
    }


def assessments_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """risk_assessments: one within a month of signup, then one a year while a customer."""
    rng = ctx.rng("risk_assessments", "", block.number)
    n = len(block)
    first = block.signup_day + rng.integers(0, 30, n)
    years = 2 + int((ctx.end_day - block.signup_day.min()) // 365)
    day = (
        first[:, None]
        + np.arange(years) * 365
        + np.where(np.arange(years) > 0, rng.integers(-20, 21, (n, years)), 0)
    )
    row, turn = np.nonzero((day <= ctx.end_day) & (day < block.churn_day[:, None]))
    when = day[row, turn]
    order = np.argsort(when, kind="stable")
    row, turn, when = row[order], turn[order], when[order]
    m = len(row)
    exposed, listed = rng.random(n) < 0.01, rng.random(n) < 0.0005
    press = (rng.random(n) < 0.01)[row]
    risk = np.where(
        block.raw["customers"]["risk_day"][row] <= when,
        block.raw["customers"]["risk_after"][row],
        block.raw["customers"]["risk_before"][row],
    )
    score = np.clip(0.2 + 0.25 * risk + 0.08 * rng.standard_normal(m), 0.01, 0.99)
    aml = np.where(listed[row], 3, np.where(exposed[row] | press, 2, (rng.random(m) < 0.08) * 1))
    kyc = draw_codes(rng, (0.95, 0.03, 0.02), m)
    follow = when + np.where(risk == 2, 182, 365)
    return {
        "assessment_id": keys.key("assessment", ctx.row_ids(block.number, m)),
        "customer_id": keys.key("customer", block.index[row] + 1),
        "assessment_date": col.dates(when),
        "assessment_type": col.labels(np.where(turn == 0, 0, 1), ("Onboarding", "Annual Review")),
        "risk_rating": col.labels(risk, RISKS),
        "credit_risk": col.labels(draw_codes(rng, (0.6, 0.3, 0.1), m), RISKS),
        "fraud_risk": col.labels(draw_codes(rng, (0.8, 0.17, 0.03), m), RISKS),
        "aml_risk": col.labels(aml, _AML),
        "risk_score": col.score(score),
        "kyc_status": col.labels(kyc, _KYC),
        "kyc_updated_date": col.dates(when, kyc == 0),
        "next_review_date": col.dates(follow),
        "is_pep": col.booleans(exposed[row]),
        "is_sanctioned": col.booleans(listed[row]),
        "has_adverse_media": col.booleans(press),
        "requires_enhanced_due_diligence": col.booleans(aml >= 2),
        "assessor_id": keys.key("agent", 100 + rng.integers(1, 13, m)),
    }
