from spoina.settings import MeilisearchSettings, Settings


def test_without_an_address_the_embedded_engine_searches():
    assert Settings.from_env({"SPOINA_MEILISEARCH_KEY": "alone"}).meilisearch is None


def test_meilisearch_has_an_address_and_perhaps_a_key():
    settings = Settings.from_env({"SPOINA_MEILISEARCH_URL": "http://search:7700/", "SPOINA_MEILISEARCH_KEY": "wiedza"})
    assert settings.meilisearch == MeilisearchSettings(url="http://search:7700", key="wiedza")
    assert Settings.from_env({"SPOINA_MEILISEARCH_URL": "http://search:7700"}).meilisearch == MeilisearchSettings(url="http://search:7700")


def test_the_key_is_in_no_representation():
    settings = Settings.from_env({"SPOINA_MEILISEARCH_URL": "http://search:7700", "SPOINA_MEILISEARCH_KEY": "wiedza"})
    assert "wiedza" not in repr(settings)
    assert "wiedza" not in repr(settings.meilisearch)
