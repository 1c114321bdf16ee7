from spoina.catalog.categories import CategoryTree
from tests.spoina.catalog.builders import category

TREE = CategoryTree(
    [
        category(5, 2),
        category(3, 1, title="b"),
        category(2, 1, title="B", position=0),
        category(4, 1, title="a", position=1),
        category(1, title="z"),
        category(6, title="y", handle="category-1"),
    ]
)


def ids(categories) -> list[int]:
    return [each.id for each in categories]


def test_siblings_stand_in_the_shops_order():
    assert ids(TREE.roots) == [6, 1]
    assert ids(TREE.children(1)) == [2, 3, 4]
    assert ids(TREE) == [6, 1, 2, 5, 3, 4]
    assert len(TREE) == 6


def test_descendants_and_ancestors_leave_out_the_category_itself():
    assert ids(TREE.descendants(1)) == [2, 5, 3, 4]
    assert ids(TREE.ancestors(5)) == [1, 2]
    assert (TREE.descendants(5), TREE.ancestors(1), TREE.ancestors(99), TREE.children(99)) == ((), (), (), ())


def test_categories_are_found_by_id_and_handle():
    assert TREE.by_id(5).handle == "category-5"
    assert TREE.by_handle("category-5").id == 5
    assert TREE.by_handle("category-1").id == 6  # of two with one handle, the first in order
    assert (TREE.by_id(99), TREE.by_handle("none")) == (None, None)


def test_an_unknown_parent_or_a_circle_makes_a_root():
    tree = CategoryTree([category(1, 2), category(2, 1), category(3, 3), category(4, 99), category(5, 4)])
    assert ids(tree.roots) == [1, 2, 3, 4]
    assert ids(tree) == [1, 2, 3, 4, 5]
    assert ids(tree.ancestors(5)) == [4]
