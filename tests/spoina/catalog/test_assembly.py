from spoina.catalog.assembly import assemble
from spoina.catalog.types import Kind, Option, SelectedOption
from tests.spoina.catalog.builders import product, variant


def test_a_variation_shows_its_options_in_the_order_of_the_product():
    chosen = (SelectedOption("Kolor", "Rdza"), SelectedOption("Stary", "x"), SelectedOption("Rozmiar", "XL"))
    axes = (Option("Rozmiar", ("XL",)), Option("Kolor", ("Rdza",)))
    (shown,) = assemble(product(1, kind=Kind.VARIABLE, options=axes), [variant(10, 1, options=chosen)]).variants
    assert (shown.options, shown.title) == ((chosen[2], chosen[0], chosen[1]), "XL / Rdza / x")
