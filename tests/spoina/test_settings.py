import pytest

from spoina.errors import InvalidInput
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


def test_limits_have_defaults_and_zero_switches_them_off():
    assert (Settings.from_env({}).limit_address, Settings.from_env({}).limit_key) == (100, 2000)
    settings = Settings.from_env({"SPOINA_LIMIT_ADDRESS": "0", "SPOINA_LIMIT_KEY": "50"})
    assert (settings.limit_address, settings.limit_key) == (0, 50)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("SPOINA_LIMIT_ADDRESS", "-1", "'-1' is not a whole number from zero on"),
        ("SPOINA_LIMIT_KEY", "many", "'many' is not a whole number from zero on"),
        ("SPOINA_LIMIT_KEY", "²", "'²' is not a whole number from zero on"),
        ("SPOINA_WOOCOMMERCE_CONCURRENCY", "0", "'0' is not a whole number above zero"),
    ],
)
def test_a_number_that_is_none_is_named(name, text, reason):
    shop = {"SPOINA_WOOCOMMERCE_URL": "https://sklep.example", "SPOINA_WOOCOMMERCE_KEY": "ck", "SPOINA_WOOCOMMERCE_SECRET": "cs"}
    with pytest.raises(InvalidInput) as refused:
        Settings.from_env(shop | {name: text})
    assert (refused.value.field, refused.value.reason) == (name, reason)


@pytest.mark.parametrize("text", ["bucket", "s3:bucket", "s3://", "ftp://bucket/folder", "file:///srv/feeds"])
def test_what_is_no_bucket_is_said_before_anything_is_built(text):
    with pytest.raises(InvalidInput, match=r"^SPOINA_FEEDS_STORAGE: .* is no bucket, such as s3://BUCKET/FOLDER, gs://"):
        Settings.from_env({"SPOINA_FEEDS_STORAGE": text})
    assert Settings.from_env({"SPOINA_FEEDS_STORAGE": "s3://sklep-feeds/a"}).feeds_storage == "s3://sklep-feeds/a"
