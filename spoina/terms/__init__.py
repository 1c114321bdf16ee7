"""The shop's terms of sale: what decides the sums of a cart besides its products. Mirrored from WooCommerce, read from memory."""
