"""Fifteen ways to break the compiler, each a small slip that somebody could make. The differential test has to find every one."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLEnumType, GraphQLFloat, GraphQLInt

from projection import arguments, bodies, collecting, leaves, module, running

Patch = Callable[[Any], None]


def _conditions_are_ignored(monkeypatch: Any) -> None:
    monkeypatch.setattr(collecting.Collector, "_included", lambda _self, _node: True)


def _skip_is_read_as_include(monkeypatch: Any) -> None:
    def included(self: Any, node: Any) -> bool:
        return all(self._condition(directive) for directive in node.directives or ())

    monkeypatch.setattr(collecting.Collector, "_included", included)


def _fragments_fit_every_type(monkeypatch: Any) -> None:
    fits = collecting.Collector._fits

    def loose(self: Any, on: Any, condition: Any) -> bool:
        return fits(self, on, condition) or condition.name.value in {"Thing", "Weighed"}

    monkeypatch.setattr(collecting.Collector, "_fits", loose)


def _keys_are_sorted(monkeypatch: Any) -> None:
    fields = collecting.Collector.fields
    monkeypatch.setattr(collecting.Collector, "fields", lambda *given: dict(sorted(fields(*given).items())))


def _merged_fields_are_lost(monkeypatch: Any) -> None:
    made = bodies.Body._made
    monkeypatch.setattr(bodies.Body, "_made", lambda self, type_, value, nodes: made(self, type_, value, nodes[:1]))


def _integers_have_no_range(monkeypatch: Any) -> None:
    monkeypatch.setitem(leaves._TESTS, GraphQLInt.coerce_output_value, "{x} if {x}.__class__ is int else {c}({x})")


def _floats_may_be_infinite(monkeypatch: Any) -> None:
    monkeypatch.setitem(leaves._TESTS, GraphQLFloat.coerce_output_value, "{x} if {x}.__class__ is float else {c}({x})")


def _enums_show_their_values(monkeypatch: Any) -> None:
    source_of = leaves.source_of
    monkeypatch.setattr(bodies, "source_of", lambda leaf: "{x}" if isinstance(leaf, GraphQLEnumType) else source_of(leaf))


def _nulls_pass(monkeypatch: Any) -> None:
    coercion = leaves.coercion
    monkeypatch.setattr(bodies, "coercion", lambda leaf, required, ordinary: coercion(leaf, required=False, ordinary=ordinary))


def _errors_pass_as_values(monkeypatch: Any) -> None:
    monkeypatch.setattr(leaves.Ordinary, "admit", lambda _self, _value: None)


def _texts_are_lists(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "items_of", list)


def _defaults_of_variables_are_forgotten(monkeypatch: Any) -> None:
    monkeypatch.setattr(arguments, "_leave_out", lambda _signature, _coerced: None)


def _null_arguments_are_dropped(monkeypatch: Any) -> None:
    def keep(_self: Any, bound: dict[str, object], name: str, value: object) -> None:
        if value is not None:
            bound[name] = value

    monkeypatch.setattr(arguments.FieldArguments, "_keep", keep)


def _wrong_variables_pass(monkeypatch: Any) -> None:
    monkeypatch.setattr(arguments, "_coerced", lambda value, _type: value)


def _batches_find_nothing(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "_found", lambda keys, _once, _loaded: iter([None] * len(keys)))


BREAKAGES: dict[Patch, int] = {
    _conditions_are_ignored: 2,
    _skip_is_read_as_include: 2,
    _fragments_fit_every_type: 1,
    _keys_are_sorted: 4,
    _merged_fields_are_lost: 8,
    _integers_have_no_range: 87,
    _floats_may_be_infinite: 18,
    _enums_show_their_values: 5,
    _nulls_pass: 35,
    _errors_pass_as_values: 96,
    _texts_are_lists: 124,
    _defaults_of_variables_are_forgotten: 142,
    _null_arguments_are_dropped: 50,
    _wrong_variables_pass: 1,
    _batches_find_nothing: 3,
}
"""Each with a seed whose document finds it, to be tried first; where documents have changed since, another one is looked for."""
