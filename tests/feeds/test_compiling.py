"""Nodes made into one function: what is made when, and that it comes to what running them one by one comes to."""

import linecache

import pytest

from feeds.compiling import Compiler, Level
from feeds.nodes import Node, node, once, run
from feeds.remembering import Remembering

SKELETON = """
def made(product, variants):
    found = []
    PRODUCT
    for variant in variants:
        VARIANT
    return found
"""
WORD = "constant & text"


class Counting:
    def __init__(self) -> None:
        self.calls = []

    def upper(self, text):
        self.calls.append(text)
        return text.upper()


def compiled(nodes, *asked, constants=()):
    compiler = Compiler(dict(constants), {"product": Level.PRODUCT, "variant": Level.VARIANT})
    compiler.add_all(nodes)
    compiler.act(f"found.append(({', '.join(f'${at}' for at in range(len(asked)))},))", *asked)
    return compiler.function(SKELETON)


def test_what_depends_on_the_product_is_made_once():
    counting = Counting()
    made = compiled([Node(("big",), counting.upper, ("product",))], "big")
    assert (made("a", [1, 2, 3]), counting.calls) == ([("A",)] * 3, ["a"])


def test_what_depends_on_nothing_is_made_beforehand():
    counting = Counting()
    made = compiled([Node(("big",), counting.upper, ("name",))], "big", constants={"name": "x"})
    assert counting.calls == ["x"]
    assert (made("a", [1, 2]), counting.calls) == ([("X",)] * 2, ["x"])


def test_what_nobody_asks_for_is_not_made():
    counting = Counting()
    made = compiled([Node(("big",), counting.upper, ("variant",)), Node(("same",), str, ("variant",))], "same")
    assert (made("a", [1]), counting.calls) == ([("1",)], [])


def test_what_is_made_of_a_steady_value_is_kept_for_the_next_variant():
    counting = Counting()
    nodes = [Node(("name",), lambda variant: variant[0], ("variant",), steady=True), Node(("big",), counting.upper, ("name",))]
    first, second = "eins", "zwei"
    assert compiled(nodes, "big")("a", [(first,), (first,), (second,), (first,)]) == [("EINS",), ("EINS",), ("ZWEI",), ("EINS",)]
    assert counting.calls == ["eins", "zwei", "eins"]


def test_a_rule_changes_nothing_for_the_next_variant():
    nodes = [Node(("title",), str.strip, ("product",)), Node(("title",), lambda title, variant: f"{title} {variant}", ("title", "variant"))]
    assert compiled(nodes, "title")(" mug ", [1, 2]) == [("mug 1",), ("mug 2",)]


def test_a_function_marked_so_is_called_once_for_all_that_ask():
    counting = Counting()

    @once
    def shouted(text: str) -> str:
        return counting.upper(text)

    def is_loud(variant: str) -> bool:
        return shouted(variant) == variant

    nodes = [Node(("loud",), shouted, ("variant",)), node(is_loud, "is loud")]
    assert compiled(nodes, "loud", "is loud")("a", ["x", "Y"]) == [("X", False), ("Y", True)]
    assert counting.calls == ["x", "Y"]


def test_a_lazy_value_is_made_where_it_is_asked_for():
    counting = Counting()

    def chosen(variant: int, big: str) -> str:
        return big if variant > 1 else ""

    nodes = [Node(("big",), counting.upper, ("product",), lazy=True), node(chosen, "chosen")]
    assert (compiled(nodes, "chosen")("a", [0, 1]), counting.calls) == ([("",), ("",)], [])


LIMIT = 3


def written_with_names_of_its_own(product: str, variant: int) -> str:
    return f"{WORD} {[each for each in product if each > 'a']} {half if (half := variant // 2) > LIMIT else -half}"


@pytest.mark.parametrize("variant", [4, 9])
def test_a_function_that_is_written_out_comes_to_what_it_returns(variant):
    nodes = [node(written_with_names_of_its_own, "text"), node(written_with_names_of_its_own, "again")]
    values = {"product": "abc", "variant": variant}
    run(nodes, values)
    assert compiled(nodes, "text", "again")("abc", [variant]) == [(values["text"], values["again"])]


def test_what_a_function_remembers_can_be_forgotten():
    counting, memories = Counting(), []
    compiler = Compiler({}, {"product": Level.PRODUCT, "variant": Level.VARIANT}, memories)
    compiler.add(Node(("big",), Remembering(counting.upper, 1), ("variant",)))
    compiler.act("found.append($0)", "big")
    made = compiler.function(SKELETON)
    assert (made("", ["a", "a"]), made("", ["a"]), counting.calls) == (["A", "A"], ["A"], ["a"])
    for each in memories:
        each.clear()
    assert (made("", ["a"]), counting.calls) == (["A"], ["a", "a"])


def several_lines(product: str, variant: int) -> str:
    """Ends with brackets on lines of their own."""
    return "".join(
        [
            product,
            str(variant),
        ]
    )


def test_a_function_is_written_out_to_its_last_bracket():
    made = compiled([node(several_lines, "text")], "text")
    assert several_lines not in made.__globals__.values()
    assert made("a", [1]) == [("a1",)]


BEFORE = "def text(product: str, variant: int) -> str:\n    return f'CASE {product} {variant}{[each for each in product]}'\n"


@pytest.mark.parametrize(
    ("case", "after", "is_written_out"),
    [
        ("as it was loaded", BEFORE, True),
        ("other lines", f"A = 1\n{BEFORE}", False),
        ("other words", BEFORE.replace("} {", "}, {"), False),
        ("another name", BEFORE.replace("text", "name"), False),
        ("another order", BEFORE.replace("{product} {variant}", "{variant} {product}"), False),
        ("deeper", BEFORE.replace("in product]", "in 'b']"), False),
        ("nothing", "", False),
    ],
)
def test_of_a_file_replaced_by_another_versions_nothing_is_taken(case, after, is_written_out, tmp_path):
    file, loaded = tmp_path / "loaded.py", {}
    exec(compile(BEFORE.replace("CASE", case), str(file), "exec"), loaded)
    file.write_text(after.replace("CASE", case))
    linecache.checkcache(str(file))

    made = compiled([node(loaded["text"], "text")], "text")

    assert (loaded["text"] in made.__globals__.values()) is not is_written_out
    assert made("a", [1]) == [(f"{case} a 1['a']",)]
