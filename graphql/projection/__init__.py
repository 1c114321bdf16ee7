"""GraphQL at the speed of encoding: a valid query document and a schema become an executable plan, and the plan makes what msgspec encodes.

graphql-core decides for every value of every answer what was already known when the document was written: which fields are asked for, of
what type they are, what stands in a fragment, what an argument says. That costs fifty times what encoding the answer costs. Here it is
decided once, for each document:

1. The fields of each selection set are collected for each concrete type it can meet: fragments, aliases and merged fields are gone after
   that, and `@skip` and `@include` too, because each combination of their variables has a variant of its own (collecting.py, outline.py).
2. Each large selection set becomes one generated Python function that reads its fields from the parent, checks each value's class and
   puts them into a Struct whose fields are named like the answer's keys; a small one stands within the function that meets its parent
   (writing.py, bodies.py, leaves.py). Arguments are made once for a run (arguments.py).
3. A run calls the root's function. What has to be waited for leaves an empty place in its parent's Struct and waits in a list; when the
   functions are done everything in the list is waited for at once, and the values are put in their places, level by level. A batch-loaded
   field leaves its key instead: one call loads all keys, however many parents asked (running.py).

    projection = Projection(schema, document, operation)
    projection.compile()
    data = await projection.run(variables, context)      # a Struct to encode, or None
    answer = {"data": data}

What depends on nothing but a value that stays from request to request (a product in memory), or on that and a short key that tells what
else its fields may read (its stock, say), is encoded once and copied for as long as both are the same (remembering.py).

**None means: let graphql-core answer.** A run that meets anything unusual (an error, null where there must be none, a value that does not
fit, a variable that is wrong) gives up, so that errors, paths and the propagation of nulls are always graphql-core's own. This is safe
because queries and the events of subscriptions may be read twice. A mutation's root fields are performed one after the other, and what
each came to is kept: graphql-core goes on from there and performs none again (performing.py). Documents that cannot be compiled say why
(`Projection.reason`). When nearly every run of a plan gives up, the plan rests for a while, so that a bad row does not make each request
pay twice (projecting.py).

A plan must know how a field is read without asking graphql-core, so every field's *reading* is stated: an attribute, a function, a batch
load; likewise the classes that stand for an abstract type's possible types (readings.py). `read_by` states it and gives graphql-core a
resolver made of the same reading, so that there are not two truths. A field whose reading is not stated is never compiled: what else its
resolver does (permissions, counting) is therefore never left out. Resolvers may read nothing of `info` but `.context`, and must not change
their arguments.
"""

from projection.performing import Performed
from projection.projecting import Projection, State
from projection.readings import Attribute, Batch, ByClass, Call, Standing, keeps, performed_by, read_by, typed_by

__all__ = [
    "Projection",
    "Performed",
    "State",
    "Attribute",
    "Call",
    "Batch",
    "ByClass",
    "Standing",
    "read_by",
    "performed_by",
    "typed_by",
    "keeps",
]
