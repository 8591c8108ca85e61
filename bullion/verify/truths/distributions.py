"""T03 and T24: how well the fraud score ranks, and that logarithms of amounts are normal."""

from __future__ import annotations

from bullion.verify.registry import Check, ScalarTruth, SetTruth, Truth, number

TRUTHS: list[Truth] = [
    ScalarTruth(
        id="T03",
        name="AUC of the fraud score",
        model="analytics_fraud_detection_accuracy_evaluation",
        query="""
            select estimate, standard_error, ci_low, ci_high, p_value
            from analytics_fraud_detection_accuracy_evaluation
        """,
        planted=number(),
        largest_se=0.0048,
        null_value=0.5,
    ),
    Check(
        id="T24",
        name="log amounts are normal within category and segment",
        model="analytics_transaction_amount_normality_test",
        query="""
            select p_value
            from analytics_transaction_amount_normality_test
            where transaction_type = 'Purchase' and amount_scale = 'log' and basis = 'within_cells'
        """,
        banks="both",
    ),
    SetTruth(
        id="T24",
        name="scales on which normality is rejected",
        model="analytics_transaction_amount_normality_test",
        query="""
            select amount_scale
            from analytics_transaction_amount_normality_test
            where transaction_type = 'Purchase' and basis = 'within_cells' and p_value < 0.001
        """,
        planted=lambda _entry: ["raw"],
    ),
]
