"""What the bank posts, and ledgers that close: card payments, refunds, fees, loans, deposits.

Every account obeys: current balance = opening balance + its completed transactions, to the cent.
Payments received (on cards and loans) and deposits come from outside the bank, as one leg; they
are credits, which tells them from the bills customers pay (type Payment, negative). Some customers
save at this bank: their transfers to savings then come in on their savings account, as a second leg
that is part of what the account's statement calls its contributions; the others save elsewhere.

* Card: purchases go on the card while one is held, unless the debt could pass half the limit (then
  the customer's purchases stay on the debit card): limits bind and never decline anything. The
  debt at the end of a month is paid on the 20th of the next, by those who revolve only so far that
  their usual debt is left, and never less than the minimum: a fifth to a third of all limits is
  drawn. Who had the card before the window begins it with that debt.
* Loan: the principal of each payment (interest is paid first), so that the balance is what remains
  to be paid; what is left of a defaulted loan is written off on the day it is closed.
* Checking: core sets the balance an account ends with, and each deposit covers what leaves the
  account until the next one, plus or minus a varying reserve. The balance is therefore never
  negative and ends exactly where it should; accounts opened before the window start with an
  opening balance, later ones with an opening deposit. The monthly fee of a product is charged from
  the day on which the account is one of it.
* Returns: whoever comes back deposits what they will hold (customers/returns.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import SECONDS_PER_DAY, BankContext
from bullion.synth.customers import returns
from bullion.synth.customers.world import CARD, SAVINGS, Block
from bullion.synth.market.profiles import CATEGORIES, ONLINE, PAY_DAYS_OF_MONTH
from bullion.synth.money.attempts import World, activity_span
from bullion.synth.money.rows import (
    COMPLETED,
    DECLINED,
    DEPOSIT,
    FEE,
    PAYMENT,
    PURCHASE,
    REFUND,
    TRANSFER,
    WRITE_OFF,
    Rows,
    mix,
    posted,
)
from bullion.synth.money.settle import uniform

REFUND_SHARE = 0.012
FEE_REFUND_SHARE = 0.02
REFUNDED_CATEGORIES = ("Retail", "Online Shopping", "Travel")
USABLE_SHARE_OF_LIMIT = 0.5
CARD_PAYMENT_DAY = 20
REVOLVER_SHARE = 0.70
USUAL_DEBT = (3.0, 3.5)
MOST_DRAWN = 0.95
MINIMUM_SHARE, LEAST_PAYMENT_CENTS = 0.02, 2_500
DEBT_GROWS_MONTHS = 24
MONTHLY_DEPOSITS_SHARE = 0.5
MONTHS_BETWEEN_OTHER_DEPOSITS = 3
MORNING, NOON = 6 * 3600, 12 * 3600

SAVES_HERE_SHARE = 0.25
"""Of the customers with a savings account, those whose transfers to savings go there."""

_REFUNDED, _REFUND_DELAY, _REFUND = range(200, 203)
_FEE_REFUNDED, _FEE_REFUND_DELAY, _FEE_REFUND = range(203, 206)
_SECOND_LEG = 206


def _nonces(ctx: BankContext, block: Block, purpose: str, n: int) -> NDArray[np.uint64]:
    return ctx.rng("transactions", f"posted {purpose}", block.number).integers(
        0, 2**64, n, dtype=np.uint64
    )


def route_to_cards(ctx: BankContext, block: Block, rows: Rows) -> None:
    """Put purchases on the customer's card where one is held and its limit leaves room."""
    card = block.card[rows.customer]
    days = rows.second // SECONDS_PER_DAY
    accounts = block.accounts
    on_card = np.flatnonzero(
        (rows.kind == PURCHASE)
        & (card >= 0)
        & (days > accounts.open_day[card])
        & (days < accounts.close_day[card])
    )
    month = ctx.month_of(days[on_card])
    spent = np.zeros((len(block), ctx.months + 1))
    np.add.at(spent, (rows.customer[on_card], month + 1), _moved(rows, on_card))
    most = (spent[:, 1:] + spent[:, :-1]).max(axis=1)
    fits = most <= USABLE_SHARE_OF_LIMIT * accounts.credit_limit[block.card]
    chosen = on_card[fits[rows.customer[on_card]]]
    rows.account[chosen] = card[chosen]


def _moved(rows: Rows, where: NDArray) -> NDArray[np.float64]:
    return np.where(rows.status[where] == DECLINED, 0.0, -rows.cents[where].astype(float))


def _balances(block: Block, rows: Rows) -> NDArray[np.int64]:
    """Sum of completed transactions by account, in cents (exact: below 2^53)."""
    done = np.flatnonzero(rows.status == COMPLETED)
    sums = np.bincount(rows.account[done], weights=rows.cents[done], minlength=len(block.accounts))
    return np.rint(sums).astype(np.int64)


def refunds(ctx: BankContext, block: Block, rows: Rows) -> Rows:
    """Refunds of some completed purchases, 3 to 20 days later, back to the same account.

    On a checking account only while it stays open and ends with more than it was refunded.
    """
    eligible = np.array([name in REFUNDED_CATEGORIES for name in CATEGORIES])
    where = np.flatnonzero(
        (rows.kind == PURCHASE) & (rows.status == COMPLETED) & ~rows.fraud & eligible[rows.category]
    )
    where = where[uniform(rows.nonce[where], _REFUNDED) < REFUND_SHARE]
    made = rows.take(where)
    made.kind = np.full(len(made), REFUND, dtype=np.int8)
    delay = 3 + 17 * uniform(made.nonce, _REFUND_DELAY)
    made.second = made.second + (delay * SECONDS_PER_DAY).astype(np.int64)
    made.cents = -made.cents
    made.recurring = np.zeros(len(made), dtype=bool)
    made.latent = np.full(len(made), np.nan)
    made.nonce = mix(made.nonce, _REFUND)
    day = made.second // SECONDS_PER_DAY
    made = made.take((day <= ctx.end_day) & (day < block.accounts.close_day[made.account]))
    total = np.bincount(made.account, weights=made.cents, minlength=len(block.accounts))
    is_card = block.accounts.kind == CARD
    enough = is_card | (total <= block.accounts.current_balance)
    return made.take(enough[made.account])


def fees(ctx: BankContext, world: World, block: Block) -> Rows:
    """The monthly fee of checking accounts whose product has one, on the last day of each month."""
    first, last = activity_span(ctx, block)
    product = block.accounts.product[block.checking]
    fee = world.fee_cents[product]
    day = (ctx.month_starts[1:] - 1)[None, :]
    changes = block.raw["changes"]
    since = np.where(changes["upgraded"], changes["day"], 0)[block.checking]
    due = (
        (fee > 0)[:, None]
        & (day >= since[:, None])
        & (day >= (first + ctx.start_day)[:, None])
        & (day < (last + ctx.start_day)[:, None])
    )
    customer, month = np.nonzero(due)
    nonce = _nonces(ctx, block, "fees", len(customer))
    return posted(
        customer=customer,
        account=block.checking[customer],
        second=day[0, month] * SECONDS_PER_DAY + 22 * 3600 + (nonce % np.uint64(3600)).astype(int),
        kind=FEE,
        channel=ONLINE,
        cents=-fee[customer],
        nonce=nonce,
    )


def fee_refunds(ctx: BankContext, block: Block, charged: Rows, refunded: Rows) -> Rows:
    """Some monthly fees given back 5 to 25 days later, as positive rows of the same kind.

    From the fees' own numbers, so that no other draw depends on it; only while the account stays
    open and ends with more than all it was refunded, purchases (``refunded``) included.
    """
    made = charged.take(np.flatnonzero(uniform(charged.nonce, _FEE_REFUNDED) < FEE_REFUND_SHARE))
    delay = 5 + 20 * uniform(made.nonce, _FEE_REFUND_DELAY)
    made.second = made.second + (delay * SECONDS_PER_DAY).astype(np.int64)
    made.cents = -made.cents
    made.nonce = mix(made.nonce, _FEE_REFUND)
    day = made.second // SECONDS_PER_DAY
    made = made.take((day <= ctx.end_day) & (day < block.accounts.close_day[made.account]))
    total = sum(
        np.bincount(rows.account, weights=rows.cents, minlength=len(block.accounts))
        for rows in (made, refunded)
    )
    return made.take((total <= block.accounts.current_balance)[made.account])


def card_payments(ctx: BankContext, block: Block, rows: Rows) -> Rows:
    """Payments received on cards: last month's debt on the 20th, all of it on the closing day.

    Those who revolve leave their usual debt unpaid. Sets the cards' opening balances.
    """
    accounts = block.accounts
    cards = np.flatnonzero(accounts.kind == CARD)
    number = np.full(len(accounts), -1)
    number[cards] = np.arange(len(cards))
    done = np.flatnonzero((rows.status == COMPLETED) & (accounts.kind[rows.account] == CARD))
    month = ctx.month_of(rows.second[done] // SECONDS_PER_DAY)
    spent = np.zeros((len(cards), ctx.months))
    np.add.at(spent, (number[rows.account[done]], month), -rows.cents[done].astype(float))
    closes = accounts.close_day[cards]
    paid = np.zeros((len(cards), ctx.months))
    closing = np.zeros(len(cards))
    usual, debt = _usual_debt(ctx, block, cards, spent)
    accounts.opening_balance[cards] = -debt.astype(np.int64)
    pay_day = ctx.month_starts[:-1] + CARD_PAYMENT_DAY - 1
    for m in range(ctx.months):
        ends = (closes >= ctx.month_starts[m]) & (closes < ctx.month_starts[m + 1])
        least = np.maximum(np.floor(MINIMUM_SHARE * debt), LEAST_PAYMENT_CENTS)
        due = np.minimum(np.maximum(debt - usual, least), debt)
        pays = np.where(closes > pay_day[m], np.maximum(due, 0), 0)
        paid[:, m] = pays
        debt = debt - pays + spent[:, m]
        closing = np.where(ends, debt, closing)
        debt = np.where(ends, 0, debt)
    card, month = np.nonzero(paid)
    shut = np.flatnonzero(closing)
    which = np.concatenate([cards[card], cards[shut]])
    # By card and month, so that a payment more or less leaves the others as they are.
    grid = _nonces(ctx, block, "card payments", len(cards) * (ctx.months + 1))
    place = np.concatenate([card * (ctx.months + 1) + month, shut * (ctx.months + 1) + ctx.months])
    nonce = grid[place]
    jitter = (nonce % np.uint64(5 * 3600)).astype(np.int64)
    day = np.concatenate([pay_day[month], closes[shut]])
    return posted(
        customer=accounts.customer[which],
        account=which,
        second=day * SECONDS_PER_DAY + NOON + jitter,
        kind=PAYMENT,
        channel=ONLINE,
        cents=np.rint(np.concatenate([paid[card, month], closing[shut]])).astype(np.int64),
        nonce=nonce,
    )


def _usual_debt(
    ctx: BankContext, block: Block, cards: NDArray, spent: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each card's holder leaves unpaid (cents), and what is owed as the window begins."""
    accounts = block.accounts
    rng = ctx.rng("transactions", "posted card debts", block.number)
    revolves = (rng.random(len(block)) < REVOLVER_SHARE)[accounts.customer[cards]]
    share = rng.beta(*USUAL_DEBT, len(block))[accounts.customer[cards]]
    limit = block.raw["changes"]["limit_before"][cards]
    most = np.maximum(spent, 0)
    most[:, 1:] += np.maximum(spent[:, :-1], 0)
    room = np.maximum(MOST_DRAWN * limit - most.max(axis=1), 0)
    usual = np.where(revolves, np.floor(np.minimum(share * limit, room)), 0)
    held = np.clip((ctx.start_day - accounts.open_day[cards]) / 30.4, 0, DEBT_GROWS_MONTHS)
    return usual, np.floor(usual * held / DEBT_GROWS_MONTHS)


def loan_payments(ctx: BankContext, block: Block) -> Rows:
    """The principal part of every payment within the window, and what is charged off."""
    accounts, loans = block.accounts, block.loan_payments
    received = (
        (loans.actual_day >= ctx.start_day)
        & (loans.actual_day <= ctx.end_day)
        & (loans.received_principal > 0)
    )
    paid = np.flatnonzero(received & ~loans.is_part)
    parts = np.flatnonzero(received & loans.is_part)
    closed = accounts.close_day[loans.account]
    lost = np.flatnonzero(
        loans.is_defaulted
        & (closed >= ctx.start_day)
        & (closed <= ctx.end_day)
        & (loans.outstanding > 0)
    )
    which = np.concatenate([loans.account[paid], loans.account[lost], loans.account[parts]])
    day = np.concatenate([loans.actual_day[paid], closed[lost], loans.actual_day[parts]])
    nonce = np.concatenate(
        [
            _nonces(ctx, block, "loan payments", len(paid) + len(lost)),
            _nonces(ctx, block, "loan part payments", len(parts)),
        ]
    )
    jitter = (nonce % np.uint64(9 * 3600)).astype(np.int64)
    rows = posted(
        customer=accounts.customer[which],
        account=which,
        second=day * SECONDS_PER_DAY + 9 * 3600 + jitter,
        kind=PAYMENT,
        channel=ONLINE,
        cents=np.concatenate(
            [
                loans.received_principal[paid],
                loans.outstanding[lost],
                loans.received_principal[parts],
            ]
        ),
        nonce=nonce,
    )
    rows.kind[len(paid) : len(paid) + len(lost)] = WRITE_OFF
    return rows


def own_transfers(ctx: BankContext, block: Block, rows: Rows) -> Rows:
    """The second legs of transfers to savings accounts at this bank, at the same second.

    At most one a month and account: the first that is no more than the month's contributions to it.
    The transfers themselves, and what they do to checking accounts, stay as they are.
    """
    accounts, flows = block.accounts, block.balances
    saves_here = ctx.rng("transactions", "own transfers", block.number).random(len(block))
    savings = np.full(len(block), -1)
    own = np.flatnonzero(accounts.kind == SAVINGS)[::-1]
    savings[accounts.customer[own]] = own
    savings[saves_here >= SAVES_HERE_SHARE] = -1
    allowed = np.zeros((len(accounts), ctx.months))
    month = ctx.month_of(flows.day)
    within = (month >= 0) & (month < ctx.months)
    np.add.at(allowed, (flows.account[within], month[within]), flows.contributions[within])
    day = rows.second // SECONDS_PER_DAY
    to = savings[rows.customer]
    where = np.flatnonzero(
        (rows.kind == TRANSFER)
        & (rows.cents < 0)
        & (rows.status == COMPLETED)
        & ~rows.fraud
        & (to >= 0)
        & (day > accounts.open_day[to])
        & (day < accounts.close_day[to])
    )
    month = ctx.month_of(day[where])
    fits = -rows.cents[where] <= allowed[to[where], month]
    where, month = where[fits], month[fits]
    order = np.argsort(rows.second[where], kind="stable")
    _, first = np.unique(to[where][order] * ctx.months + month[order], return_index=True)
    where = where[order][first]
    return posted(
        customer=rows.customer[where],
        account=to[where],
        second=rows.second[where],
        kind=TRANSFER,
        channel=rows.channel[where],
        cents=-rows.cents[where],
        nonce=mix(rows.nonce[where], _SECOND_LEG),
        branch=rows.branch[where],
    )


def _pay_grid(ctx: BankContext, block: Block) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Second of each customer's possible deposit in each month, and whether it takes place."""
    rng = ctx.rng("transactions", "posted deposits", block.number)
    n = len(block)
    monthly = rng.random(n) < MONTHLY_DEPOSITS_SHARE
    pay_day = np.array(PAY_DAYS_OF_MONTH)[rng.integers(0, len(PAY_DAYS_OF_MONTH), n)]
    turn = rng.integers(0, MONTHS_BETWEEN_OTHER_DEPOSITS, n)
    jitter = rng.integers(0, 3600, (n, ctx.months))
    first, last = activity_span(ctx, block)
    day = ctx.month_starts[None, :-1] + pay_day[:, None] - 1
    months = np.arange(ctx.months)
    takes_place = (
        (monthly[:, None] | (months % MONTHS_BETWEEN_OTHER_DEPOSITS == turn[:, None]))
        & (day >= (first + ctx.start_day)[:, None])
        & (day < (last + ctx.start_day)[:, None])
    )
    return day * SECONDS_PER_DAY + MORNING + jitter, takes_place


def deposits(ctx: BankContext, block: Block, rows: Rows) -> Rows:
    """Deposits that make every checking ledger end at its set balance and never go below zero.

    Sets the accounts' opening balances. With F the set final balance, net_k what leaves between
    deposit k and the next, and a reserve e_k: the balance just before deposit k is F + e_k, so
    deposit k = net_k + e_(k+1) - e_k, where e is drawn and cut from the end backwards so that no
    deposit is negative and the last reserve is zero.
    """
    accounts, n = block.accounts, len(block)
    seconds, takes_place = _pay_grid(ctx, block)
    before = np.zeros((n, ctx.months + 1), dtype=np.int64)
    np.cumsum(takes_place, axis=1, out=before[:, 1:])
    count = before[:, -1]
    width = int(count.max(initial=0)) + 1

    own = np.flatnonzero(
        (rows.status == COMPLETED) & (rows.account == block.checking[rows.customer])
    )
    customer = rows.customer[own]
    month = ctx.month_of(rows.second[own] // SECONDS_PER_DAY)
    interval = before[customer, month] + (
        takes_place[customer, month] & (rows.second[own] >= seconds[customer, month])
    )
    net = -np.bincount(
        customer * width + interval, weights=rows.cents[own], minlength=n * width
    ).reshape(n, width)

    rng = ctx.rng("transactions", "posted reserves", block.number)
    usual = net.sum(axis=1) / (count + 1)
    wanted = np.maximum(usual, 0)[:, None] * rng.uniform(0.1, 0.9, (n, width + 1))
    reserve = np.zeros((n, width + 1))
    for k in range(width - 1, 0, -1):
        open_interval = k <= count
        room = np.minimum(np.floor(wanted[:, k]), reserve[:, k + 1] + net[:, k])
        reserve[:, k] = np.where(open_interval, room, 0.0)
    amount = net[:, 1:] + reserve[:, 2:] - reserve[:, 1:-1]
    final = accounts.current_balance[block.checking]
    opening = final + np.rint(reserve[:, 1] if width > 1 else 0).astype(np.int64)
    opening = opening + np.rint(net[:, 0]).astype(np.int64)

    who, when = np.nonzero(takes_place)
    cents = np.rint(amount[who, before[who, when]]).astype(np.int64)
    some = cents > 0
    who, when, cents = who[some], when[some], cents[some]
    opened = accounts.open_day[block.checking]
    new = np.flatnonzero((opened >= ctx.start_day) & (opened <= ctx.end_day) & (opening > 0))
    accounts.opening_balance[block.checking] = np.where(opened >= ctx.start_day, 0, opening)
    all_who = np.concatenate([who, new])
    nonce = _nonces(ctx, block, "deposits", len(all_who))
    morning = MORNING + 4 * 3600 + (nonce[len(who) :] % np.uint64(3600)).astype(np.int64)
    return posted(
        customer=all_who,
        account=block.checking[all_who],
        second=np.concatenate([seconds[who, when], opened[new] * SECONDS_PER_DAY + morning]),
        kind=DEPOSIT,
        channel=ONLINE,
        cents=np.concatenate([cents, opening[new]]),
        nonce=nonce,
    )


def close_ledgers(block: Block, rows: Rows) -> None:
    """Set the balances that follow from the rows: cards' current, the others' opening ones.

    The opening balances go to truth/accounts.parquet.

    Accounts that are kept by statements (savings, deposits, investments) keep the current balance
    that core gave them.
    """
    accounts = block.accounts
    moved = _balances(block, rows)
    card = accounts.kind == CARD
    accounts.current_balance[card] = accounts.opening_balance[card] + moved[card]
    rest = ~card
    rest[block.checking] = False
    accounts.opening_balance[rest] = accounts.current_balance[rest] - moved[rest]
    block.latent["accounts"] = {
        "account": accounts.number,
        "opening_balance_cents": accounts.opening_balance.copy(),
    }
    gap = accounts.opening_balance + moved - accounts.current_balance
    if np.any(gap):
        worst = int(np.argmax(np.abs(gap)))
        raise AssertionError(
            f"ledger of account {accounts.number[worst]} is off by {gap[worst]} cents"
        )


def post(ctx: BankContext, world: World, block: Block, rows: Rows) -> Rows:
    """All rows of a block: the settled attempts and everything the bank posts beside them."""
    route_to_cards(ctx, block, rows)
    refunded, charged = refunds(ctx, block, rows), fees(ctx, world, block)
    returned = fee_refunds(ctx, block, charged, refunded)
    rows = Rows.concatenate([rows, refunded, charged, returned])
    rows = Rows.concatenate([rows, card_payments(ctx, block, rows), loan_payments(ctx, block)])
    rows = Rows.concatenate([rows, deposits(ctx, block, rows), returns.deposits(ctx, block)])
    rows = Rows.concatenate([rows, own_transfers(ctx, block, rows)])
    close_ledgers(block, rows)
    return rows
