//! Pure functions over series: aggregates and the rule evaluator.
