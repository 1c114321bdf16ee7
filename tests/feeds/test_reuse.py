"""What a process keeps from one build of a feed to the next, as long as it holds."""

import pytest

from feeds.checks.rules import judged
from feeds.frame import load_frame
from feeds.reading import open_catalogue
from feeds.rendering import renderer
from tests.feeds.shop import NOW, builder, content, definition, good, open_shop, put_in
from tests.sql_statements import count_statements, within

MANY = range(1, 61)


async def test_a_feed_is_compiled_once(pool, tmp_path, monkeypatch):
    """As long as it is defined and the shop is as they were."""
    compiled = []
    monkeypatch.setattr("feeds.recipe.renderer", lambda *parts: compiled.append(parts) or renderer(*parts))
    await open_shop(pool, [good(number) for number in MANY])
    again = builder(pool, tmp_path)
    incremental = []
    for turn, whole in enumerate([True, False, True, False]):
        await put_in(pool, [good(7, title=f"Kubek w wersji {turn}")])
        incremental.append((await again.build(definition(), whole=whole)).made.incremental)
    assert (incremental, len(compiled)) == ([False, True, False, True], 1)
    assert "Kubek w wersji 3" in await content(pool, tmp_path)
    await again.build(definition('currency = "EUR"\nexchange_rate = "0.25"\n'))
    assert len(compiled) == 2


CHANGES_OF_THE_FRAME = {
    "the shop": "update shop set name = 'Inny'",
    "a category": "update term set body = convert_to(replace(convert_from(body, 'UTF8'), 'Kubki', 'Garnki'), 'UTF8') where slug = 'kubki'",
    "a category less": "delete from term where slug = 'kubki'",
    "a rate": """
        insert into tax_rate (id, class, country, state, postcodes, cities, rate, name, priority, compound, shipping, position, as_of)
        values (1, '', 'PL', '', '{}', '{}', '23', 'VAT', 1, false, false, 0, now())
    """,
    "a location": "update location set name = 'Magazyn' where id = 1",
    "a buffer": "insert into channel_buffer (channel, units) values ('web', 2)",
    "a policy": "insert into share_policy (scarce_at, open_after) values (3, '1 day')",
    "a share": "insert into share_policy values (true, 3, '1 day'); insert into channel_share values ('web', 2)",
}


@pytest.mark.parametrize("case", CHANGES_OF_THE_FRAME)
async def test_what_the_shop_says_is_read_again_only_when_it_has_changed(pool, case):
    await open_shop(pool, [good(1)])
    async with open_catalogue(pool, NOW) as catalogue:
        known = catalogue.frame
    async with open_catalogue(pool, NOW, known=known) as catalogue:
        assert catalogue.frame is known
    await pool.execute(CHANGES_OF_THE_FRAME[case])
    async with open_catalogue(pool, NOW, known=known) as catalogue:
        assert facts(catalogue.frame) == facts(await load_frame(pool)) != facts(known)


def facts(frame):
    return frame.shop, [*frame.categories], frame.taxes, frame.stock


async def test_a_shop_that_was_looked_at_again_is_no_other(pool, tmp_path):
    """Every synchronisation writes down when that was."""
    await open_shop(pool, [good(number) for number in MANY])
    again = builder(pool, tmp_path)
    await again.build(definition())
    await pool.execute("update shop set as_of = as_of + interval '1 hour'")
    sent = []
    for turn in range(2):
        await put_in(pool, [good(7, title=f"Kubek w wersji {turn}")])
        async with count_statements(pool) as statements:
            assert (await again.build(definition())).made.incremental
        sent.append(len(statements))
    assert sent == [16, 10]


async def test_an_incremental_build_asks_little(pool, tmp_path):
    """Each question takes a small feed's build as long as many products do."""
    await open_shop(pool, [good(number) for number in MANY])
    again = builder(pool, tmp_path)
    await again.build(definition())
    await put_in(pool, [good(7, title="Inny kubek")])
    async with count_statements(pool) as statements:
        built = await again.build(definition())
    within({10}, "an incremental build", statements)
    assert (built.made.incremental, built.made.rendered) == (True, 1)


@pytest.mark.parametrize(("most", "again"), [(500, False), (0, True)])
async def test_what_products_have_in_common_is_remembered_from_build_to_build(pool, tmp_path, monkeypatch, most, again):
    """Unless that is too much."""
    cases = []
    monkeypatch.setattr("feeds.remembering.judged", lambda *parts: cases.append(parts) or judged(*parts))
    monkeypatch.setattr("feeds.items.MOST_KEPT", most)
    await open_shop(pool, [good(number) for number in MANY])
    one = builder(pool, tmp_path)
    await one.build(definition())
    known = len(cases)
    await put_in(pool, [good(7, title="Inny kubek")])
    built = await one.build(definition())
    assert (built.made.incremental, 0 < known < len(MANY), len(cases) > known) == (True, True, again)
