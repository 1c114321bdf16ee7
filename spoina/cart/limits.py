"""How large a cart and its parts may be. Each limit is in the refusal that it causes."""

MOST_LINES = 500
MOST_PIECES = 9999
"""Of one line: what WooCommerce's Store API allows by default."""
MOST_BYTES = 512 * 1024
"""Of everything in a cart, as it is stored."""
MOST_OPERATIONS = 200
"""In one batch."""
MOST_REMEMBERED_REMOVALS = 1000
LONGEST_NOTE = 5000
MOST_ATTRIBUTES = 100
LONGEST_KEY = 100
LONGEST_VALUE = 1000
LONGEST_FIELD = 200
"""Of an address or a buyer."""
LONGEST_EMAIL = 254
MOST_COUPONS = 50
LONGEST_CODE = 100
MOST_ADDRESSES = 20
LONGEST_ID = 64
"""Of names that clients choose."""
MOST_SECRETS = 20
"""Devices that were given a cart; the one that was given it first loses it first."""
