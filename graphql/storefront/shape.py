"""How deep a document goes and how many aliases it has: counted on the syntax, each fragment once."""

from collections.abc import Iterable, Mapping

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode, SelectionSetNode


def depth_of(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """Levels of fields; fragments add none, and introspection is left out (graphql-core bounds it by itself)."""
    known: dict[str, int] = {}

    def below(node: SelectionNode) -> int:
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                return 0
            return 1 + (level(node.selection_set.selections) if node.selection_set else 0)
        if isinstance(node, InlineFragmentNode):
            return level(node.selection_set.selections)
        if not isinstance(node, FragmentSpreadNode):
            return 0
        name = node.name.value
        if name not in known:
            known[name] = level(fragments[name].selection_set.selections)
        return known[name]

    def level(nodes: Iterable[SelectionNode]) -> int:
        return max((below(node) for node in nodes), default=0)

    return level(selections.selections)


def alias_count(document: DocumentNode) -> int:
    waiting = [definition.selection_set for definition in document.definitions if hasattr(definition, "selection_set")]
    found = 0
    while waiting:
        for node in waiting.pop().selections:
            found += isinstance(node, FieldNode) and node.alias is not None
            if inner := getattr(node, "selection_set", None):
                waiting.append(inner)
    return found
