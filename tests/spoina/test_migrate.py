import asyncio
from pathlib import Path

import pytest

from spoina.db import connect
from spoina.errors import DependencyUnavailable, MigrationFailed
from spoina.migrate import MIGRATIONS, apply_migrations, migrate

SHELF = "-- migrate:up\ncreate table shelf (id int);\n-- migrate:down\ndrop table shelf;\n"
BOX = "-- migrate:up\ncreate table box (id int);\n-- migrate:down\ndrop table box;\n"
BROKEN = "-- migrate:up\ncreate table half (id int);\nselect 1 / 0;\n-- migrate:down\n"
SLOW = SHELF.replace("create", "select pg_sleep(0.3);\ncreate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_shelf.sql").write_text(SHELF)
    (tmp_path / "0002_box.sql").write_text(BOX)
    return tmp_path


async def tables(database: str) -> set[str]:
    connection = await connect(database)
    rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def test_all_migrations_are_applied_in_order_and_the_job_queue_is_installed(empty_database, folder):
    assert await apply_migrations(empty_database, folder) == ["0001_shelf.sql", "0002_box.sql"]
    assert await tables(empty_database) == {
        *("shelf", "box", "schema_migrations"),
        *("pgqueuer", "pgqueuer_log", "pgqueuer_statistics", "pgqueuer_schedules"),
    }


async def test_the_job_queue_survives_a_crash_of_the_server(database):
    connection = await connect(database)
    unlogged = await connection.fetch("select relname from pg_class where relname ~ '^pgqueuer' and relpersistence <> 'p'")
    await connection.close()
    assert unlogged == []


async def test_a_second_run_applies_nothing_and_starts_no_program(empty_database, folder, monkeypatch):
    await apply_migrations(empty_database, folder)
    monkeypatch.setattr("spoina.migrate._dbmate", lambda: pytest.fail("dbmate was looked for"))
    assert await apply_migrations(empty_database, folder) == []


async def test_only_what_is_new_is_applied(empty_database, folder):
    await apply_migrations(empty_database, folder)
    (folder / "0003_bin.sql").write_text(SHELF.replace("shelf", "bin"))
    assert await apply_migrations(empty_database, folder) == ["0003_bin.sql"]


async def test_the_job_queue_is_upgraded_when_another_release_had_installed_it(empty_database, folder):
    await apply_migrations(empty_database, folder)
    connection = await connect(empty_database)
    await connection.execute("comment on table pgqueuer is 'PgQueuer 0.1'; drop trigger tg_pgqueuer_changed on pgqueuer")
    assert await apply_migrations(empty_database, folder) == []
    assert await connection.fetchval("select tgname from pg_trigger where tgrelid = 'pgqueuer'::regclass") == "tg_pgqueuer_changed"
    assert await connection.fetchval("select obj_description('pgqueuer'::regclass)") != "PgQueuer 0.1"
    await connection.close()


async def test_a_migration_that_fails_is_named_with_the_reason_and_leaves_nothing_half_done(empty_database, folder):
    (folder / "0003_broken.sql").write_text(BROKEN)
    with pytest.raises(MigrationFailed, match=r"^0003_broken.sql: .*division by zero"):
        await apply_migrations(empty_database, folder)
    assert await tables(empty_database) == {"shelf", "box", "schema_migrations"}


async def test_runs_at_the_same_time_apply_each_migration_once(empty_database, tmp_path):
    (tmp_path / "0001_shelf.sql").write_text(SLOW)
    outcomes = await asyncio.gather(*(apply_migrations(empty_database, tmp_path) for _ in range(3)))
    assert sorted(outcomes) == [[], [], ["0001_shelf.sql"]]


@pytest.mark.parametrize(
    ("case", "address"),
    [
        ("nobody listens", "postgres://shop:secret@127.0.0.1:1/spoina"),
        ("not an address", "secret"),
    ],
)
async def test_an_address_that_cannot_be_used_is_a_clear_error_without_the_password(case, address, folder):
    with pytest.raises(DependencyUnavailable, match="check SPOINA_DATABASE_URL") as caught:
        await apply_migrations(address, folder)
    assert (caught.value.dependency, "secret" in str(caught.value)) == ("PostgreSQL", False)


async def test_outside_an_event_loop_the_packaged_migrations_are_applied(empty_database):
    packaged = sorted(path.name for path in MIGRATIONS.glob("*.sql"))
    assert await asyncio.to_thread(migrate, empty_database) == packaged
