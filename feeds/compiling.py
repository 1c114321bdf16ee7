"""Makes one Python function of many nodes.

A node's function that is a single `return` is written out where its value is made; every other one is called. What depends on the product
alone is made once for all its variants, what depends on nothing is made now, and what nobody asks for is not made at all. Each value gets
a variable of its own, so that a rule that writes a field anew changes nothing for the next variant.

No text becomes source: functions are taken over as syntax trees, and whatever they hold is bound as a constant.
"""

import ast
import copy
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import EnumMeta, IntEnum
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, NamedTuple, Protocol

import msgspec

from feeds.nodes import Node, is_once

_CLOSING_LINES = 4
_PARTS = attrgetter("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars")


class Level(IntEnum):
    """How often a value is made."""

    CONSTANT = 0
    PRODUCT = 1
    STEADY = 2
    """Where it is another than the variant's before."""
    VARIANT = 3


class Written(Protocol):
    """A function that knows how to write itself out."""

    def __call__(self, *values: Any) -> Any: ...

    def written(self, arguments: Sequence[str], compiler: "Compiler") -> ast.expr:
        """`arguments`: names of variables."""


class Variable(NamedTuple):
    name: str
    level: Level


class _Statement(msgspec.Struct):
    """`writes` nothing: it is there for what it does."""

    level: Level
    lines: list[ast.stmt]
    reads: frozenset[str]
    writes: frozenset[str]
    guarded_by: tuple[str, ...] = ()
    """Variables of which at least one has to be another object than before."""


class Compiler:
    """Nodes are added in the order in which they are to be run."""

    def __init__(self, constants: Mapping[str, object], inputs: Mapping[str, Level], memories: list[dict[Any, Any]] | None = None) -> None:
        """`constants`: values that are known already, by name. `inputs`: variables that the function will have. `memories`: gets what the
        function will remember from one call to the next."""
        self.memories = [] if memories is None else memories
        self._known: dict[str, Any] = {}
        self._variables = {name: self.bind(value) for name, value in constants.items()}
        self._variables |= {name: Variable(name, level) for name, level in inputs.items()}
        self._levels: dict[str, Level] = dict(self._variables.values())
        self._lazy: dict[str, ast.expr] = {}
        self._made: dict[tuple[object, str], str] = {}
        self._called_once: set[str] = set()
        """Of these those that the node which is being added reads."""
        self._statements: list[_Statement] = []
        self._count = 0

    def add(self, each: Node) -> None:
        read = [self._variables[name] for name in each.reads]
        level = max((variable.level for variable in read), default=Level.CONSTANT)
        if level is Level.CONSTANT:
            self._add_constants(each, read)
            return
        written = [Variable(self._fresh(name), Level.STEADY if each.steady else level) for name in each.targets]
        self._called_once.clear()
        value = self._inlined(each.function, [variable.name for variable in read])
        if each.lazy:
            self._lazy[written[0].name] = value
            self._levels.update(written)
        else:
            self._assign(level, written, value, read, self._called_once)
        self._variables.update(zip(each.targets, written, strict=True))

    def _assign(
        self, level: Level, written: Sequence[Variable], value: ast.expr, read: Sequence[Variable], further: Iterable[str] = ()
    ) -> None:
        """`further`: variables that the value reads, too."""
        names = [ast.Name(variable.name, ast.Store()) for variable in written]
        target: ast.expr = names[0] if len(names) == 1 else ast.Tuple(list(names), ast.Store())
        guards = tuple(dict.fromkeys(variable.name for variable in read if variable.level is Level.STEADY))
        reads = frozenset((*(variable.name for variable in read), *further))
        writes = frozenset(variable.name for variable in written)
        self._statements.append(_Statement(level, [ast.Assign([target], value)], reads, writes, guards if level is Level.STEADY else ()))
        self._levels.update(written)

    def add_all(self, nodes: Iterable[Node]) -> None:
        for each in nodes:
            self.add(each)

    def act(self, text: str, *reads: str, **bound: object) -> None:
        """A statement of ours, run for each variant: $0, $1 … are the values named in `reads`, $name what is bound by that name."""
        variables = [self._variables[name] for name in reads]
        names = {f"${at}": variable.name for at, variable in enumerate(variables)}
        names |= {f"${name}": self.bind(value).name for name, value in bound.items()}
        for mark in sorted(names, key=len, reverse=True):
            text = text.replace(mark, names[mark])
        lines = ast.parse(text).body
        self._statements.append(_Statement(Level.VARIANT, lines, frozenset(variable.name for variable in variables), frozenset()))

    def level(self, name: str) -> Level:
        return self._variables[name].level

    def value(self, name: str) -> object:
        """Of a constant."""
        return self._known[self._variables[name].name]

    def bind(self, value: object) -> Variable:
        name = f"c_{len(self._known)}"
        self._known[name] = value
        return Variable(name, Level.CONSTANT)

    def piece(self, variable: str) -> ast.expr:
        """A variable's text within an f-string; a constant text is written out."""
        value = self._known.get(variable)
        return ast.Constant(value) if isinstance(value, str) else ast.FormattedValue(ast.Name(variable, ast.Load()), -1)

    def once(self, function: Callable[[str], Any], argument: str) -> str:
        """The variable that holds what the function makes of a variable."""
        made = self._made.get((function, argument))
        if made is None:
            level = self._levels.get(argument, Level.CONSTANT)
            made = self._made[function, argument] = self._fresh("once")
            self._assign(level, [Variable(made, level)], _call(self.bind(function).name, [argument]), [Variable(argument, level)])
        self._called_once.add(made)
        return made

    def function(self, skeleton: str, **bound: object) -> Callable[..., Any]:
        """`skeleton`: a function in which PRODUCT and VARIANT stand as statements for what is made once and for each variant."""
        tree = ast.parse(skeleton)
        kept = self._needed()
        for each in kept:
            if not each.reads.isdisjoint(self._lazy):
                each.lines = [_Asked(self._lazy).visit(line) for line in each.lines]
        once = [line for each in kept if each.level is Level.PRODUCT for line in each.lines]
        again = [each for each in kept if each.level is not Level.PRODUCT]
        before, each_time = _guarded(again)
        places = {"PRODUCT": [*once, *before] or [ast.Pass()], "VARIANT": each_time or [ast.Pass()]}
        filled = _Filled(places).visit(tree)
        self._known |= {"UNSET": object(), **bound}
        exec(compile(ast.fix_missing_locations(filled), "<feed>", "exec"), self._known)  # noqa: S102 - what a compiler is for
        made: Callable[..., Any] = self._known[tree.body[0].name]  # type: ignore[attr-defined]
        return made

    def _add_constants(self, each: Node, read: Sequence[Variable]) -> None:
        made = each.function(*[self._known[variable.name] for variable in read])
        values = (made,) if len(each.targets) == 1 else made
        self._variables.update((name, self.bind(value)) for name, value in zip(each.targets, values, strict=True))

    def _fresh(self, name: str) -> str:
        self._count += 1
        return f"{name if name.isidentifier() else 'v'}_{self._count}"

    def _needed(self) -> list[_Statement]:
        needed: set[str] = set()
        kept = []
        for each in reversed(self._statements):
            if not each.writes or not each.writes.isdisjoint(needed):
                needed |= each.reads
                kept.append(each)
        return kept[::-1]

    def _inlined(self, function: Callable[..., Any], arguments: Sequence[str]) -> ast.expr:
        written: Callable[[Sequence[str], Compiler], ast.expr] | None = getattr(function, "written", None)
        if written is not None:
            return written(arguments, self)
        if is_once(function):
            return ast.Name(self.once(function, arguments[0]), ast.Load())
        if isinstance(function, attrgetter):
            return ast.Attribute(ast.Name(arguments[0], ast.Load()), function.__reduce__()[1][0], ast.Load())
        returned = _single_return(function)
        if returned is None:
            return _call(self.bind(function).name, arguments)
        parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
        names = dict(zip(parameters, arguments, strict=True))
        self._count += 1
        expression: ast.expr = _Inlining(self, names, _outer_values(function), self._count).visit(returned)
        return expression


class _Inlining(ast.NodeTransformer):
    """Puts variables in the place of parameters, constants in the place of what lies outside of the function."""

    def __init__(self, compiler: Compiler, names: Mapping[str, str], outer: Mapping[str, Any], number: int) -> None:
        self._compiler, self._names, self._outer, self._number = compiler, dict(names), outer, number

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Store):
            self._names[node.id] = f"{node.id}_of_{self._number}"
        if node.id not in self._names:
            if node.id not in self._outer:
                return node
            self._names[node.id] = self._compiler.bind(self._outer[node.id]).name
        return ast.Name(self._names[node.id], node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(ast.Name(function), [ast.Name(argument)], []) if is_once(self._outer.get(function)) and argument in self._names:
                return ast.Name(self._compiler.once(self._outer[function], self._names[argument]), ast.Load())
        return ast.Call(self.visit(node.func), [self.visit(each) for each in node.args], [self.visit(each) for each in node.keywords])

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        return ast.NamedExpr(self.visit(node.target), self.visit(node.value))

    def _visit_comprehension(self, node: Any) -> ast.expr:
        node.generators = [self.visit(each) for each in node.generators]
        node.elt = self.visit(node.elt)
        made: ast.expr = node
        return made

    visit_ListComp = visit_GeneratorExp = visit_SetComp = _visit_comprehension  # noqa: N815 - as ast has them

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.target = self.visit(node.target)
        node.iter, node.ifs = self.visit(node.iter), [self.visit(each) for each in node.ifs]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and isinstance(kind := self._outer.get(node.value.id), EnumMeta):
            return ast.Name(self._compiler.bind(kind[node.attr]).name, ast.Load())
        return ast.Attribute(self.visit(node.value), node.attr, node.ctx)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Constant texts become part of what surrounds them."""
        pieces: list[ast.expr] = []
        for each in node.values:
            piece = self.visit(each)
            if isinstance(piece, ast.FormattedValue) and piece.conversion == -1 and piece.format_spec is None:
                piece = self._compiler.piece(piece.value.id) if isinstance(piece.value, ast.Name) else piece
            pieces.append(piece)
        return ast.JoinedStr(pieces)


class _Filled(ast.NodeTransformer):
    def __init__(self, places: Mapping[str, list[ast.stmt]]) -> None:
        self._places = places

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        return self._places[node.value.id] if isinstance(node.value, ast.Name) and node.value.id in self._places else node


class _Asked(ast.NodeTransformer):
    """Puts what lazy variables stand for in their place."""

    def __init__(self, lazy: Mapping[str, ast.expr]) -> None:
        self._lazy = lazy

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._lazy[node.id]) if node.id in self._lazy else node


def _guarded(statements: Sequence[_Statement]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """What stands before the first variant, and what is run for each: statements that need not be run again for the same objects stand
    behind a test, neighbours behind one."""
    before: list[ast.stmt] = []
    lines: list[ast.stmt] = []
    for place, (guarded_by, group) in enumerate(groupby(statements, attrgetter("guarded_by"))):
        inner = [line for each in group for line in each.lines]
        if not guarded_by:
            lines += inner
            continue
        was = [f"was_{place}_{name}" for name in guarded_by]
        test = " or ".join(f"{name} is not {old}" for name, old in zip(guarded_by, was, strict=True))
        remember = "; ".join(f"{old} = {name}" for name, old in zip(guarded_by, was, strict=True))
        (line,) = ast.parse(f"if {test}: {remember}").body
        line.body += inner  # type: ignore[attr-defined]
        lines.append(line)
        before += ast.parse("; ".join(f"{old} = UNSET" for old in was)).body
    return before, lines


def _call(function: str, arguments: Sequence[str]) -> ast.expr:
    return ast.Call(ast.Name(function, ast.Load()), [ast.Name(each, ast.Load()) for each in arguments], [])


def _single_return(function: Callable[..., Any]) -> ast.expr | None:
    """What the function returns, where it does nothing else and its source is at hand. A tree of its own each time: it is changed where it
    is put."""
    source = _source_of(function.__code__) if isinstance(function, FunctionType) else ""
    returned = _body_of(_parsed(source))[0] if source else None
    return returned.value if isinstance(returned, ast.Return) else None


def _parsed(source: str) -> ast.FunctionDef:
    """Raises SyntaxError, also for what is another statement."""
    found = ast.parse(source).body[0]
    if not isinstance(found, ast.FunctionDef):
        raise SyntaxError("no function")
    return found


@lru_cache(maxsize=1024)
def _source_of(code: CodeType) -> str:
    """Of a function that is a single return; "" of any other, and where the source is not at hand."""
    for source in _sources_of(code) if code.co_name != "<lambda>" else ():
        try:
            parsed = _parsed(source)
        except SyntaxError:
            continue
        arguments, body = parsed.args, _body_of(parsed)
        is_plain = not (arguments.kwonlyargs or arguments.vararg or arguments.kwarg)
        return source if is_plain and len(body) == 1 and isinstance(body[0], ast.Return) and _comes_to(parsed, code) else ""
    return ""


def _comes_to(parsed: ast.FunctionDef, code: CodeType) -> bool:
    """Whether that is the source of the code: the file may be another version's, put there after this one was loaded."""
    (around,) = ast.parse(f"def around({', '.join(code.co_freevars)}): pass").body
    around.body = [parsed]  # type: ignore[attr-defined]
    made = compile(ast.Module([around], []), code.co_filename, "exec", dont_inherit=True)
    return any(_is_same(each, code) for outer in _inner(made) for each in _inner(outer))


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _is_same(one: CodeType, other: CodeType) -> bool:
    """But for the lines where they stand."""
    parts, constants = _PARTS(one), zip(one.co_consts, other.co_consts, strict=False)
    return (
        parts == _PARTS(other)
        and len(one.co_consts) == len(other.co_consts)
        and all(
            _is_same(mine, its) if isinstance(mine, CodeType) and isinstance(its, CodeType) else (type(mine), mine) == (type(its), its)
            for mine, its in constants
        )
    )


def _sources_of(code: CodeType) -> Iterator[str]:
    """As far as the last line that anything is done in, and some lines more, in which brackets end. inspect.getsource, which takes all
    lines apart into words, takes ten times as long."""
    lines = linecache.getlines(code.co_filename)
    last = max((end for _, end, _, _ in code.co_positions() if end is not None), default=0)
    for further in range(_CLOSING_LINES if lines and last else 0):
        yield textwrap.dedent("".join(lines[code.co_firstlineno - 1 : last + further]))


def _body_of(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body


def _outer_values(function: Callable[..., Any]) -> dict[str, Any]:
    """What the function sees beside its parameters, without what is Python's own."""
    found = inspect.getclosurevars(function)
    return {**found.globals, **found.nonlocals}
