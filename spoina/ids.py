"""Typed identifiers.

WooCommerce owns the catalogue, so its numbers are ours: products and variations share WordPress's post ids (a simple product is sold
as one variant that carries the product's own id), and categories, tags and brands share its term ids.
"""

from typing import NewType
from uuid import UUID

ProductId = NewType("ProductId", int)
VariantId = NewType("VariantId", int)
StockItemId = NewType("StockItemId", int)
"""The id whose stock is counted: the variant's own, or its product's where WooCommerce manages stock on the parent."""
CategoryId = NewType("CategoryId", int)
TermId = NewType("TermId", int)
LocationId = NewType("LocationId", int)
KeyId = NewType("KeyId", int)
HoldId = NewType("HoldId", UUID)
TransferId = NewType("TransferId", UUID)
StockExceptionId = NewType("StockExceptionId", int)
TerminalId = NewType("TerminalId", int)
RegisterId = NewType("RegisterId", int)
SaleId = NewType("SaleId", UUID)
ShiftId = NewType("ShiftId", UUID)
PickupId = NewType("PickupId", UUID)
OrderId = NewType("OrderId", UUID)
OrderTaskId = NewType("OrderTaskId", int)
ReturnId = NewType("ReturnId", UUID)
ShopCustomerId = NewType("ShopCustomerId", int)
"""WooCommerce's number of a customer."""
CartId = NewType("CartId", UUID)
CartLineId = NewType("CartLineId", UUID)
OperationId = NewType("OperationId", str)
"""One change of a cart, named by the client: sent again, it is the same change."""
CustomerId = NewType("CustomerId", str)
"""The subject of a customer token: opaque."""
Sku = NewType("Sku", str)
Gtin = NewType("Gtin", str)
Channel = NewType("Channel", str)
"""Where something is sold: web, app, pos, allegro, …"""
