"""`@inContext(country:, language:)`: where a document says its reader is."""

from collections.abc import Mapping

import msgspec
from graphql import EnumValueNode, OperationDefinitionNode, StringValueNode, VariableNode

NAME = "inContext"


class InContext(msgspec.Struct, frozen=True):
    """What was asked for, if anything; whether the shop offers it is for `localization` to say."""

    country: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> "InContext":
        directive = next((one for one in operation.directives or () if one.name.value == NAME), None)
        if directive is None:
            return NOWHERE
        given = {argument.name.value: _value(argument.value, variables) for argument in directive.arguments or ()}
        return cls(given.get("country"), given.get("language"))


NOWHERE = InContext()


def _value(node: object, variables: Mapping[str, object]) -> str | None:
    if isinstance(node, VariableNode):
        given = variables.get(node.name.value)
        return given if isinstance(given, str) else None
    return node.value if isinstance(node, EnumValueNode | StringValueNode) else None
