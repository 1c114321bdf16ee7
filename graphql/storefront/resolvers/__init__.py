"""How a field is read where it is more than an attribute: functions of a domain Struct and the request's context, and of nothing else.

A resolver takes its parent first and, if it needs one, `info` second, of which only `.context` may be read. So the same function serves
graphql-core and whatever else may run a document (storefront/direct.py). What a product's or a variant's field needs is mostly in `Settled`
(storefront/standing.py): answered from that, it is remembered until something in it changes.
"""

import strawberry

from storefront.context import Context

Info = strawberry.Info[Context, None]
