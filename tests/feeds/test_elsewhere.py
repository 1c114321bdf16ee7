"""Feeds that lie in a service like S3: what is different there from a folder of this machine."""

import gzip
import logging
import re

import pytest

from feeds import records, storage
from feeds.building import Builder
from feeds.differing import difference
from feeds.files import FeedFiles, stored_pieces
from feeds.storage import open_storage
from spoina.errors import DependencyUnavailable
from tests.feeds.bucket import KEY, NAME, REGION, SECRET, served_bucket
from tests.feeds.shop import NOW, SetClock, builder, definition, good, open_shop, put_in

NAME_OF_FEED = "google-pl"


@pytest.fixture
async def bucket(monkeypatch):
    async with served_bucket() as (found, address):
        settings = {"endpoint": address, "access_key_id": KEY, "secret_access_key": SECRET, "region": REGION, "allow_http": "true"}
        for name, value in settings.items():
            monkeypatch.setenv(f"AWS_{name.upper()}", value)
        yield found


@pytest.fixture
def build(pool, tmp_path, bucket):
    """Builds on one machine of any number."""

    async def built(machine="one", **more):
        return await Builder(pool, kept(tmp_path / machine), SetClock(), lambda: "geheim").build(definition(), by_hand=True, **more)

    return built


def kept(folder):
    return open_storage(f"s3://{NAME}/spoina", folder)


async def served(pool, folder) -> bytes:
    """What a crawler is given by a machine."""
    feed = await records.published(pool, NAME_OF_FEED)
    with await FeedFiles(kept(folder)).open(feed.name, feed.build, feed.packed_bytes) as file:
        whole = b"".join(stored_pieces(file, 0, feed.packed_bytes))
        assert b"".join(stored_pieces(file, 100, 50)) == whole[100:150]
    return gzip.decompress(whole)


async def test_built_published_served_changed_and_rolled_back(pool, tmp_path, bucket, build):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    first = await build()
    assert set(bucket.objects) == {f"spoina/{NAME_OF_FEED}/{first.number}.{kind}" for kind in ("gz", "index")}
    before = await served(pool, tmp_path / "another")
    assert before.count(b"<item>") == 60
    await put_in(pool, [good(7, title="Nowy kubek")])
    second = await build("another")
    assert (second.made.incremental, second.made.rendered) == (True, 1)
    assert b"Nowy kubek" in await served(pool, tmp_path / "one")
    changes = [line async for line in difference(pool, kept(tmp_path / "one"), NAME_OF_FEED, None)]
    assert [line for line in changes if "title" in line] == ["-<g:title>Kubek emaliowany 7</g:title>", "+<g:title>Nowy kubek</g:title>"]
    assert await records.roll_back(pool, NAME_OF_FEED, None, NOW) == first.number
    assert await served(pool, tmp_path / "one") == before
    assert (await build()).made.rendered == 1
    assert not bucket.uploads


async def test_a_machine_needs_no_copy_of_what_it_built_itself(pool, tmp_path, bucket, build):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    await build()
    await put_in(pool, [good(7, title="Nowy kubek")])
    await build()
    await served(pool, tmp_path / "one")
    assert [key for method, key in bucket.asked if method == "GET" and key.endswith(".gz")] == []
    assert len(list((tmp_path / "one" / NAME_OF_FEED).iterdir())) == 1


async def test_old_builds_leave_the_bucket(pool, bucket, build):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    for turn in range(records.BUILDS_KEPT + 2):
        await put_in(pool, [good(7, title=f"Kubek w wersji {turn}")])
        await build()
    numbers = {int(re.search(r"(\d+)\.gz$", key)[1]) for key in bucket.objects if key.endswith(".gz")}
    assert len(numbers) == records.BUILDS_KEPT + 1
    assert len(bucket.objects) == 2 * len(numbers)


@pytest.fixture
def in_parts(monkeypatch):
    """A feed that is larger than one part of an upload."""
    monkeypatch.setattr(storage, "_SENT_AT_ONCE", 3000)


async def test_a_large_file_is_sent_in_parts(pool, tmp_path, bucket, build, in_parts):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    await build()
    assert (await served(pool, tmp_path / "another")).count(b"<item>") == 60
    assert sum(method == "PUT" and key.endswith(".gz") for method, key in bucket.asked) > 1


async def test_an_upload_that_fails_is_taken_back(pool, tmp_path, bucket, build, in_parts):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    first = await build()
    await put_in(pool, [good(7, title="Nowy kubek")])
    bucket.fault = lambda request: (403, "QuotaExceeded") if request.query.get("partNumber") == "2" else None
    with pytest.raises(DependencyUnavailable, match="QuotaExceeded: It is QuotaExceeded"):
        await build()
    assert not bucket.uploads
    assert set(bucket.objects) == {f"spoina/{NAME_OF_FEED}/{first.number}.{kind}" for kind in ("gz", "index")}
    assert [file.name for file in (tmp_path / "one" / NAME_OF_FEED).iterdir()] == [f"{first.number}.gz"]
    (state,) = await records.feed_states(pool, NAME_OF_FEED)
    assert (state.status, state.build.id) == ("failed", first.number)
    bucket.fault = lambda _: None
    assert (await build()).changed


@pytest.mark.parametrize(
    ("case", "told"),
    [("key", "403 Forbidden, SignatureDoesNotMatch"), ("bucket", "404 Not Found, NoSuchBucket"), ("refused", "AccessDenied")],
)
async def test_what_is_wrong_is_said_without_the_key(pool, tmp_path, bucket, build, case, told, monkeypatch, caplog):
    await open_shop(pool, [good(1)])
    match case:
        case "key":
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "inne-tajne-haslo")
        case "bucket":
            monkeypatch.setattr("tests.feeds.bucket.NAME", "another")
        case "refused":
            bucket.fault = lambda request: (403, "AccessDenied") if request.method == "PUT" else None
    with caplog.at_level(logging.DEBUG), pytest.raises(DependencyUnavailable) as refused:
        await build()
    (state,) = await records.feed_states(pool, NAME_OF_FEED)
    assert told in state.reason
    everything = f"{refused.value} {state.reason} {caplog.text}"
    assert [word for word in (KEY, SECRET, "inne-tajne-haslo", "AWS4-HMAC") if word in everything] == []


async def test_away_and_back(pool, tmp_path, bucket, build, monkeypatch):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    await build()
    before = await served(pool, tmp_path / "one")
    await put_in(pool, [good(7, title="Nowy kubek")])
    monkeypatch.setattr(storage, "_RETRY", {"max_retries": 0})
    bucket.fault = lambda _: (503, "SlowDown")
    with pytest.raises(DependencyUnavailable, match="503 Service Unavailable, SlowDown"):
        await build()
    assert await served(pool, tmp_path / "one") == before
    with pytest.raises(DependencyUnavailable):
        await served(pool, tmp_path / "another")
    bucket.fault = lambda _: None
    built = await build()
    assert (built.changed, built.made.incremental) == (True, True)
    assert b"Nowy kubek" in await served(pool, tmp_path / "another")


async def test_a_shop_that_moves_to_a_bucket(pool, tmp_path, bucket, build):
    await open_shop(pool, [good(number) for number in range(1, 61)])
    on_disk = await builder(pool, tmp_path / "files").build(definition())
    moved = await build()
    assert (moved.changed, moved.made.digest, set(bucket.objects)) == (
        True,
        on_disk.made.digest,
        {f"spoina/{NAME_OF_FEED}/{moved.number}.{kind}" for kind in ("gz", "index")},
    )
