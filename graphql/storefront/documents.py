"""Documents, parsed and validated once: trusted ones at start, others on first sight, kept while they are in use."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from projection import Projection
from spoina.errors import InvalidInput
from storefront.cost import Measure, Measurer
from storefront.errors import Code, Refused, refused_by
from storefront.limits import CACHED_DOCUMENTS, OTHER_MEMORY, TRUSTED_MEMORY, Limits
from storefront.requests import GraphQLRequest, Variables
from storefront.reuse import is_public
from storefront.schema import served_schema
from storefront.shape import alias_count, deeper_than, root_fields
from storefront.usage import OperationUse, operation_use
from storefront.validity import known_valid

BUDGET = "# budget:"
OTHER = "other"
"""What documents without a name are counted as."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a trusted document may cost: SQL statements on a cold start, and objects (storefront/cost.py); larger variables are refused.

    `at` are the variables at which it costs exactly that; tests measure both.
    """

    sql: int
    cost: int
    at: Variables = {}


class Operation(msgspec.Struct, frozen=True):
    node: OperationDefinitionNode
    measure: Measure
    maximum: int
    """The cost that variables may bring it to."""
    projection: Projection
    public: bool
    """Whether the same answer is everyone's."""
    use: OperationUse


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A valid document, ready to run. `name` is a trusted document's path without its ending, "web/product"."""

    sha256: str
    text: str
    document: DocumentNode
    operations: Mapping[str, Operation]
    name: str | None = None
    budget: Budget | None = None

    @property
    def trusted(self) -> bool:
        return self.budget is not None

    def operation(self, name: str | None) -> Operation:
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise Refused(Code.OPERATION_UNKNOWN, "operationName: needed, the document has several operations")
        if name not in self.operations:
            raise Refused(Code.OPERATION_UNKNOWN, f"operationName: the document has no operation {name!r}")
        return self.operations[name]


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def operations_folder() -> Path:
    """Beside this package in the repository, inside it once installed."""
    package = Path(__file__).parent
    return next(folder for folder in (package / "operations", package.parent / "operations") if folder.is_dir())


@cache
def served_documents() -> tuple[GraphQLSchema, Mapping[str, Prepared]]:
    """The schema and the documents that come with the program, compiled: once in a process, since they know nothing of a shop."""
    schema = served_schema()
    return schema, load_trusted(schema, operations_folder())


def load_trusted(schema: GraphQLSchema, folder: Path, *, anew: bool = False) -> dict[str, Prepared]:
    """Every document of the folder by its hash, compiled. Raises InvalidInput naming the file that is not valid or has no budget. `anew`:
    validated even where it is known that they are valid."""
    trusted: dict[str, Prepared] = {}
    valid = frozenset[str]() if anew else known_valid(schema, folder)
    for path in sorted(folder.glob("*/*.graphql")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        try:
            prepared = prepare(schema, text, name=name, budget=_budget(name, text), valid=sha256_of(text) in valid)
        except Refused as refusal:
            raise InvalidInput(name, str(refusal)) from refusal
        for operation in prepared.operations.values():
            operation.projection.compile()
        trusted[prepared.sha256] = prepared
    return trusted


def _budget(name: str, text: str) -> Budget:
    line = next((line for line in text.splitlines() if line.startswith(BUDGET)), None)
    if line is None:
        raise InvalidInput(name, f"no line begins with {BUDGET!r}")
    try:
        return msgspec.json.decode(line.removeprefix(BUDGET), type=Budget)
    except msgspec.DecodeError as error:
        raise InvalidInput(name, f"budget: {error}") from None


def prepare(
    schema: GraphQLSchema,
    text: str,
    *,
    name: str | None = None,
    budget: Budget | None = None,
    limits: Limits | None = None,
    introspection: bool = False,
    valid: bool = False,
) -> Prepared:
    """Parses, validates (unless it is known to be `valid`) and measures. `limits` are for documents that are not trusted. Raises
    Refused."""
    document = _parse(text, limits)
    if limits and (aliases := alias_count(document)) > limits.aliases:
        raise Refused(Code.LIMIT_EXCEEDED, f"query: at most {limits.aliases} aliases, this document has {aliases}")
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    if found := [] if valid else validate(schema, document, rules):
        raise refused_by(Code.VALIDATION_FAILED, found)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    for node in nodes:
        _refuse_deep(node, fragments, limits)
        _refuse_long(node, fragments, limits)
    maximum = budget.cost if budget else limits.cost if limits else 0
    sha256 = sha256_of(text)
    operations = {
        node.name.value if node.name else "": Operation(
            node,
            Measurer(schema, fragments, node).measure(node),
            maximum,
            Projection(schema, document, node, memory_bytes=TRUSTED_MEMORY if budget else OTHER_MEMORY),
            is_public(document, node),
            operation_use(schema, document, node, name or OTHER, sha256),
        )
        for node in nodes
    }
    return Prepared(sha256=sha256, text=text, document=document, operations=operations, name=name, budget=budget)


def _parse(text: str, limits: Limits | None) -> DocumentNode:
    if limits and len(text.encode()) > limits.document_bytes:
        raise Refused(Code.LIMIT_EXCEEDED, f"query: at most {limits.document_bytes} bytes")
    try:
        return parse(text, max_tokens=limits.tokens if limits else None, no_location=False)
    except GraphQLSyntaxError as error:
        if limits and "tokens. Parsing aborted" in error.message:
            raise Refused(Code.LIMIT_EXCEEDED, f"query: at most {limits.tokens} tokens") from None
        raise refused_by(Code.PARSE_FAILED, [error]) from None


def _refuse_deep(node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits | None) -> None:
    if limits and deeper_than(limits.depth, node.selection_set, fragments):
        raise Refused(Code.LIMIT_EXCEEDED, f"query: at most {limits.depth} levels of fields")


def _refuse_long(node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits | None) -> None:
    if not limits or node.operation is not OperationType.MUTATION:
        return
    if (count := len(root_fields(node.selection_set, fragments))) > limits.mutations:
        raise Refused(Code.LIMIT_EXCEEDED, f"query: at most {limits.mutations} mutations, this document has {count}")


class Documents:
    """Finds a request's document. Raises Refused for one that is unknown, not trusted where only trusted ones are served, or not valid."""

    def __init__(
        self,
        schema: GraphQLSchema,
        trusted: Mapping[str, Prepared],
        limits: Limits,
        *,
        trusted_only: bool = False,
        introspection: bool = False,
    ) -> None:
        self._schema, self._trusted, self._limits = schema, trusted, limits
        self._trusted_only, self._introspection = trusted_only, introspection
        self._seen: OrderedDict[str, Prepared] = OrderedDict()

    def find(self, request: GraphQLRequest) -> Prepared:
        if request.query is None:
            return self._by_hash(request.sha256)
        sha256 = sha256_of(request.query)
        if request.sha256 is not None and request.sha256 != sha256:
            raise Refused(Code.BAD_REQUEST, "sha256Hash: does not belong to this query")
        if known := self._known(sha256):
            return known
        if self._trusted_only:
            raise Refused(Code.DOCUMENT_NOT_TRUSTED, f"only trusted documents are served; {sha256} is none of them")
        return self._prepare(request.query, sha256)

    def _by_hash(self, sha256: str | None) -> Prepared:
        if sha256 is None:
            raise Refused(Code.BAD_REQUEST, "query: missing; so are documentId and extensions.persistedQuery.sha256Hash")
        if known := self._known(sha256):
            return known
        raise Refused(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")

    def _known(self, sha256: str) -> Prepared | None:
        if found := self._trusted.get(sha256):
            return found
        if found := self._seen.get(sha256):
            self._seen.move_to_end(sha256)
        return found

    def _prepare(self, text: str, sha256: str) -> Prepared:
        prepared = prepare(self._schema, text, limits=self._limits, introspection=self._introspection)
        self._seen[sha256] = prepared
        if len(self._seen) > CACHED_DOCUMENTS:
            self._seen.popitem(last=False)
        return prepared


def is_mutation(operation: Operation) -> bool:
    return operation.node.operation is OperationType.MUTATION


def is_subscription(operation: Operation) -> bool:
    return operation.node.operation is OperationType.SUBSCRIPTION
