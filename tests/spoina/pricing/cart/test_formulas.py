import pytest

from spoina.pricing.cart.formulas import evaluate


@pytest.mark.parametrize(
    ("formula", "quantity", "cost", "expected"),
    [
        ("14.63", 1, 0.0, 14.63),
        ("8,99", 1, 0.0, 8.99),
        ("10 + 2*[qty]", 10, 0.0, 30.0),
        ("150 + ([qty]-1)*33.33", 4, 0.0, 249.99),
        ("39.90 + [qty]*1.5", 1, 0.0, 41.4),
        ('[fee percent="10" min_fee="4"]', 1, 25.0, 4.0),
        ('[fee percent="10" min_fee="4"]', 1, 250.0, 25.0),
        ("[fee percent='3.5' min_fee='6.66' max_fee='45'] + [cost]*0.01", 1, 2000.0, 65.0),
        ("[fee max_fee=3 percent=50]", 1, 100.0, 3.0),
        ("2 ^ 3 ^ 0", 1, 0.0, 2.0),
        ("-[qty] + 10", 3, 0.0, 7.0),
        ("10 - 4 - 3", 1, 0.0, 3.0),
        ("[cost] / 8 * 2", 1, 100.0, 25.0),
        ("* 5 +", 1, 0.0, 5.0),
        ("", 1, 0.0, 0.0),
    ],
)
def test_formulas(formula: str, quantity: int, cost: float, expected: float) -> None:
    assert evaluate(formula, quantity, cost) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("formula", ["ten", "(1 + 2", "1 2", "5 / ([qty] - 1)", "1 +* 2", "()", "(0-1) ^ 0.5"])
def test_a_malformed_formula_costs_nothing(formula: str) -> None:
    assert evaluate(formula, 1, 100.0) == 0.0
