"""Meilisearch as the search engine: the same documents, the same Polish and the same answers as the embedded one.

shape.py          a SearchDocument as Meilisearch keeps it
settings.py       the index's settings, as code
asking.py         a reading of a query as searches, and one answer from all of them
filters.py        filters as Meilisearch writes them
connection.py     HTTP on the request path: httpx and msgspec
circuit.py        a server that does not answer is not waited for by everybody
administration.py settings, tasks, swaps and keys through the official client, in worker threads
state.py          which generation is live, and the shop's own words
engine.py         SearchEngine
index.py          SearchIndex
tenants.py        tokens with which a browser may search by itself
opening.py        open_meilisearch, which puts them together

Meilisearch knows no lemmas and has no "or" between words. A query becomes several searches, one for each way in which its words may be
meant (as typed, by lemma, by synonym, written together, as a code), and federated multi-search answers with their union, each product
once, with exact totals and facets because a page is asked for and not an offset. That needs Meilisearch 1.34 or newer.
"""
