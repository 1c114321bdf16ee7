"""Deliveries to other systems over HTTP."""
