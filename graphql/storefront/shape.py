"""How deep a document goes and how many aliases it has: counted on the syntax, each fragment once."""

from collections.abc import Iterable, Mapping

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode, SelectionSetNode


def deeper_than(limit: int, selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """Whether there are more than `limit` levels of fields. Fragments add none, and introspection is left out (graphql-core bounds it by
    itself). Looks no further than one level past the limit, so that no document exhausts the stack."""
    known: dict[str, int] = {}

    def below(node: SelectionNode, left: int) -> int:
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                return 0
            return 1 + (level(node.selection_set.selections, left - 1) if node.selection_set else 0)
        if isinstance(node, InlineFragmentNode):
            return level(node.selection_set.selections, left)
        return spread(node.name.value) if isinstance(node, FragmentSpreadNode) else 0

    def spread(name: str) -> int:
        if name not in known:
            known[name] = level(fragments[name].selection_set.selections, limit)
        return known[name]

    def level(nodes: Iterable[SelectionNode], left: int) -> int:
        return max((below(node, left) for node in nodes), default=0) if left >= 0 else 0

    return level(selections.selections, limit) > limit


def root_fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """The names of an operation's fields, as often as they are selected; each fragment once."""
    waiting, spread, found = [*selections.selections], set[str](), list[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            found.append(node.name.value)
        elif not isinstance(node, FragmentSpreadNode):
            waiting += getattr(node, "selection_set", selections).selections
        elif node.name.value not in spread:
            spread.add(node.name.value)
            waiting += fragments[node.name.value].selection_set.selections
    return found


def alias_count(document: DocumentNode) -> int:
    waiting = [definition.selection_set for definition in document.definitions if hasattr(definition, "selection_set")]
    found = 0
    while waiting:
        for node in waiting.pop().selections:
            found += isinstance(node, FieldNode) and node.alias is not None
            if inner := getattr(node, "selection_set", None):
                waiting.append(inner)
    return found
