"""Searches by the documented rules."""

import pytest

from tests.simulators.meilisearch.conftest import refused, titles

ALL = ["Carol", "Wonder Woman", "Life of Pi", "Mad Max: Fury Road", "Moana", "Philadelphia"]


@pytest.mark.parametrize(
    ("case", "query", "found"),
    [
        ("one word", "moana", ["Moana"]),
        ("the last word may still be typed", "wonder wo", ["Wonder Woman"]),
        ("no longer, after a space", "wond ", []),
        ("one letter wrong, from five letters", "mooana", ["Moana"]),
        ("nothing forgiven below five", "carl", []),
        ("two letters wrong, from nine", "philadelfia", ["Philadelphia"]),
        ("the first letter costs two", "boana", []),
        ("neighbours exchanged cost one", "caorl", ["Carol", "Philadelphia"]),
        ("written together", "won der", ["Wonder Woman"]),
        ("written apart", "furyroad ", ["Mad Max: Fury Road"]),
        ("in quotes, to the letter", '"carlo"', []),
        ("in quotes, in this order", '"fury road"', ["Mad Max: Fury Road"]),
        ("not in another", '"road fury"', []),
        ("without a word", "carol -lawyer", ["Carol"]),
        ("case and marks do not matter", "MÓANA", ["Moana"]),
    ],
)
async def test_what_is_found(api, movies, case, query, found):
    assert await titles(api, query) == found, case


async def test_the_more_important_field_ranks_higher(api, movies):
    assert await titles(api, "carol") == ["Carol", "Philadelphia"]
    assert await titles(api, "carol", attributesToSearchOn=["overview"]) == ["Philadelphia"]


async def test_a_word_ranks_higher_near_its_place_in_the_query_and_else_what_came_first(api, done):
    filmed = ["The Long Road Home", "Road", "A Road", "The Very Long Way Home By Road", "No Such Road"]
    await done("POST", "/indexes/movies/documents", json=[{"id": place, "title": title} for place, title in enumerate(filmed, 1)])
    # One word away is told from its place, two to four words away are alike.
    assert await titles(api, "road ") == ["Road", "A Road", "The Long Road Home", "No Such Road", "The Very Long Way Home By Road"]


async def test_how_many_words_must_be_there(api, movies):
    assert await titles(api, "drama carol", matchingStrategy="all") == ["Carol", "Philadelphia"]
    assert await titles(api, "carol adventure ", matchingStrategy="all") == []
    assert await titles(api, "carol adventure ", matchingStrategy="last") == ["Carol", "Philadelphia"]
    assert await titles(api, "drama moana ", matchingStrategy="frequency") == ["Moana"]
    # What is left when words are given up may be written apart or together as well.
    assert await titles(api, "furyroad nowhere ", matchingStrategy="last") == ["Mad Max: Fury Road"]


async def test_only_ten_words_are_searched(api, movies):
    assert await titles(api, "carol " * 10 + "nowhere ", matchingStrategy="all") == ["Carol", "Philadelphia"]


async def test_typos_are_not_forgiven_where_that_is_switched_off(api, done, movies):
    await done("PATCH", "/indexes/movies/settings", json={"typoTolerance": {"disableOnAttributes": ["title"], "disableOnNumbers": True}})
    assert await titles(api, "caorl") == ["Philadelphia"]  # in its overview
    await done("PATCH", "/indexes/movies/settings", json={"typoTolerance": {"disableOnWords": ["caorl"]}})
    assert await titles(api, "caorl ") == []


async def test_synonyms_and_stop_words(api, done, movies):
    await done("PATCH", "/indexes/movies/settings", json={"synonyms": {"princess": ["wonder woman"]}, "stopWords": ["of", "the"]})
    assert await titles(api, "princess ") == ["Wonder Woman"]
    assert await titles(api, "the life of ", matchingStrategy="all") == ["Life of Pi"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("genres = action", ["Wonder Woman", "Mad Max: Fury Road"]),
        ("genres = 'DRAMA' AND year > 2000", ["Carol", "Life of Pi"]),
        ("genres = Action OR year = 2016", ["Wonder Woman", "Mad Max: Fury Road", "Moana"]),
        ("NOT genres IN [Action, Drama]", ["Moana"]),
        ("genres NOT IN [Action, Drama]", ["Moana"]),
        ("genres != Action AND (year = 2015 OR year = 1993)", ["Carol", "Philadelphia"]),
        ("year 2012 TO 2015", ["Carol", "Life of Pi", "Mad Max: Fury Road"]),
        ("rating >= 4.2", ["Carol", "Mad Max: Fury Road"]),
        ("director EXISTS", []),
        ("director.name EXISTS", ["Carol", "Life of Pi"]),
        ("director.name NOT EXISTS AND rating IS NOT NULL", ["Wonder Woman", "Mad Max: Fury Road"]),
        ("rating IS NULL", ["Moana"]),
        ("genres IS EMPTY", ["Moana"]),
        ('director.name STARTS WITH "todd"', ["Carol"]),
        (["year = 2015", ["genres = Drama", "genres = Action"]], ["Carol", "Mad Max: Fury Road"]),
        ("id IN []", []),
        ("", ALL),
    ],
)
async def test_filters(api, movies, filters, found):
    assert await titles(api, filter=filters) == found


@pytest.mark.parametrize(
    "wrong", ["year >", "year = 2015 AND", "(year = 2015", "title = Carol", "year > soon", "year 2012 UP 2015", "year = 1 2"]
)
async def test_a_wrong_filter_is_refused(api, movies, wrong):
    assert await refused(api, "/indexes/movies/search", {"filter": wrong}) == (400, "invalid_search_filter")


async def test_sorting_puts_what_is_missing_last_in_both_directions(api, done, movies):
    await done("PATCH", "/indexes/movies/settings", json={"rankingRules": ["sort", "words", "typo"]})
    up = await titles(api, sort=["rating:asc"])
    down = await titles(api, sort=["rating:desc"])
    assert (up[0], down[0]) == ("Wonder Woman", "Mad Max: Fury Road")
    assert set(up[4:]) == set(down[4:]) == {"Moana", "Philadelphia"}
    assert await titles(api, sort=["year:desc", "title:asc"], limit=3) == ["Wonder Woman", "Moana", "Carol"]
    assert await refused(api, "/indexes/movies/search", {"sort": ["genres:asc"]}) == (400, "invalid_search_sort")
    assert await refused(api, "/indexes/movies/search", {"sort": ["year"]}) == (400, "invalid_search_sort")


async def test_facets_and_their_numbers(api, done, movies):
    answer = (await api.post("/indexes/movies/search", json={"facets": ["genres", "rating"], "filter": "year > 2000"})).json()
    assert answer["facetDistribution"]["genres"] == {"Action": 2, "Adventure": 2, "Drama": 2, "Romance": 1}
    assert answer["facetStats"] == {"rating": {"min": 3.8, "max": 4.5}}
    await done("PATCH", "/indexes/movies/settings", json={"faceting": {"maxValuesPerFacet": 2, "sortFacetValuesBy": {"*": "count"}}})
    answer = (await api.post("/indexes/movies/search", json={"facets": ["genres"]})).json()
    assert list(answer["facetDistribution"]["genres"].items()) == [("Action", 2), ("Adventure", 2)]
    assert await refused(api, "/indexes/movies/search", {"facets": ["title"]}) == (400, "invalid_search_facets")


async def test_facet_search_goes_on_from_what_is_typed(api, movies):
    answer = (await api.post("/indexes/movies/facet-search", json={"facetName": "genres", "facetQuery": "a"})).json()
    assert answer["facetHits"] == [{"value": "Action", "count": 2}, {"value": "Adventure", "count": 2}]
    assert await refused(api, "/indexes/movies/facet-search", {"facetName": "title"}) == (400, "invalid_facet_search_facet_name")


async def test_facet_search_gives_no_more_values_than_are_counted(api, done, movies):
    await done("PATCH", "/indexes/movies/settings", json={"faceting": {"maxValuesPerFacet": 2}})
    hits = (await api.post("/indexes/movies/facet-search", json={"facetName": "genres"})).json()["facetHits"]
    assert [hit["value"] for hit in hits] == ["Action", "Adventure"]


async def test_a_page_is_counted_to_the_end_and_an_offset_estimated(api, done, movies):
    by_page = (await api.post("/indexes/movies/search", json={"page": 2, "hitsPerPage": 4})).json()
    assert (len(by_page["hits"]), by_page["totalHits"], by_page["totalPages"]) == (2, 6, 2)
    by_offset = (await api.post("/indexes/movies/search", json={"offset": 5, "limit": 4})).json()
    assert (len(by_offset["hits"]), by_offset["estimatedTotalHits"]) == (1, 6)
    await done("PATCH", "/indexes/movies/settings", json={"pagination": {"maxTotalHits": 3}})
    cut = (await api.post("/indexes/movies/search", json={"page": 1, "hitsPerPage": 4})).json()
    assert (len(cut["hits"]), cut["totalHits"]) == (3, 3)


async def test_highlights_attributes_and_distinct(api, movies):
    body = {
        "q": "wondr",
        "attributesToRetrieve": ["title"],
        "attributesToHighlight": ["title"],
        "highlightPreTag": "[",
        "highlightPostTag": "]",
    }
    assert (await api.post("/indexes/movies/search", json=body)).json()["hits"] == [
        {"title": "Wonder Woman", "_formatted": {"title": "[Wonder] Woman"}}
    ]
    assert await titles(api, distinct="year", sort=["id:asc"]) == ["Carol", "Wonder Woman", "Life of Pi", "Moana", "Philadelphia"]


async def test_documents_are_fetched_by_filter_in_an_order(api, movies):
    body = {"filter": "year >= 2015", "fields": ["id"], "sort": ["id:desc"], "limit": 2, "offset": 1}
    answer = (await api.post("/indexes/movies/documents/fetch", json=body)).json()
    assert answer == {"results": [{"id": 4}, {"id": 2}], "offset": 1, "limit": 2, "total": 4}
    assert (await api.get("/indexes/movies/documents/3")).json()["title"] == "Life of Pi"
    assert (await api.get("/indexes/movies/documents/77")).json()["code"] == "document_not_found"


async def test_documents_are_changed_and_deleted(api, done, movies):
    await done("PUT", "/indexes/movies/documents", json=[{"id": 5, "rating": 4.9}])
    assert (await api.get("/indexes/movies/documents/5")).json() == {"id": 5, "title": "Moana", "genres": [], "rating": 4.9, "year": 2016}
    assert (await done("POST", "/indexes/movies/documents/delete", json={"filter": "year = 2015"}))["details"]["deletedDocuments"] == 2
    assert (await done("POST", "/indexes/movies/documents/delete-batch", json=["5", 77]))["details"]["deletedDocuments"] == 1
    assert await titles(api) == ["Wonder Woman", "Life of Pi", "Philadelphia"]


async def test_several_searches_in_one_request(api, movies):
    queries = [{"indexUid": "movies", "q": "carol", "limit": 1}, {"indexUid": "movies", "q": "pi", "limit": 1}]
    answer = (await api.post("/multi-search", json={"queries": queries})).json()
    assert [result["hits"][0]["title"] for result in answer["results"]] == ["Carol", "Life of Pi"]
    queries[1]["indexUid"] = "none"
    assert await refused(api, "/multi-search", {"queries": queries}) == (404, "index_not_found")


async def test_a_federated_answer_shows_each_document_once_with_exact_counts(api, movies):
    queries = [{"indexUid": "movies", "q": "drama"}, {"indexUid": "movies", "q": "carol", "federationOptions": {"weight": 2.0}}]
    federation = {"page": 1, "hitsPerPage": 2, "facetsByIndex": {"movies": ["genres", "rating"]}}
    answer = (await api.post("/multi-search", json={"queries": queries, "federation": federation})).json()
    assert [(hit["title"], hit["_federation"]["queriesPosition"]) for hit in answer["hits"]] == [("Carol", 1), ("Philadelphia", 1)]
    assert (answer["totalHits"], answer["totalPages"]) == (3, 2)
    assert answer["facetsByIndex"]["movies"]["distribution"]["genres"] == {"Adventure": 1, "Drama": 2, "Romance": 1, "drama": 1}
    assert answer["facetsByIndex"]["movies"]["stats"] == {"rating": {"min": 4.0, "max": 4.2}}
    queries[0]["limit"] = 3
    assert await refused(api, "/multi-search", {"queries": queries, "federation": {}}) == (400, "invalid_multi_search_query_pagination")


async def test_a_federated_answer_counts_everything_and_reaches_as_far_as_each_index(api, done, movies):
    await done("PATCH", "/indexes/movies/settings", json={"pagination": {"maxTotalHits": 4}})
    asked = {"queries": [{"indexUid": "movies", "q": ""}], "federation": {"page": 2, "hitsPerPage": 3}}
    answer = (await api.post("/multi-search", json=asked)).json()
    assert ([hit["title"] for hit in answer["hits"]], answer["totalHits"], answer["totalPages"]) == (["Mad Max: Fury Road"], 6, 2)
