"""Settings, tasks, swaps and keys through the official client, which waits in threads of its own and never on the request path."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchCommunicationError, MeilisearchError, MeilisearchTimeoutError
from meilisearch.models.task import TaskInfo

from spoina.errors import IndexTaskFailed, SearchUnavailable

T = TypeVar("T")

TASK_SECONDS: Final = 600
"""How long a task may take before it counts as unavailable: the settings of 100,000 products are minutes of work."""
_POLL_MILLISECONDS: Final = 20
_REMEDY: Final = "start Meilisearch, or correct SPOINA_MEILISEARCH_URL and SPOINA_MEILISEARCH_KEY"


class Administration:
    """Raises SearchUnavailable where Meilisearch cannot be asked, IndexTaskFailed where it could not do what it was asked."""

    def __init__(self, client: meilisearch.Client) -> None:
        self._client = client

    async def ensure_index(self, uid: str) -> None:
        """An index whose products have the key `id`."""
        if not await self.exists(uid):
            await self._done(lambda: self._client.create_index(uid, {"primaryKey": "id"}), harmless="index_already_exists")

    async def exists(self, uid: str) -> bool:
        return await self._asked(lambda: self._client.get_raw_index(uid), missing="index_not_found") is not None

    async def settings(self, uid: str) -> Mapping[str, object]:
        return dict(await self._asked(lambda: self._client.index(uid).get_settings()) or {})

    async def set_settings(self, uid: str, settings: Mapping[str, object]) -> None:
        await self._done(lambda: self._client.index(uid).update_settings(dict(settings)))

    async def swap(self, one: str, other: str) -> None:
        """Both exchange their documents, settings and tasks in one step."""
        await self._done(lambda: self._client.swap_indexes([{"indexes": [one, other]}]))

    async def drop(self, uid: str) -> None:
        await self._done(lambda: self._client.delete_index(uid), harmless="index_not_found")

    async def delete_documents(self, uid: str, ids: Sequence[int]) -> None:
        chosen = f"id IN [{', '.join(map(str, ids))}]"
        await self._done(lambda: self._client.index(uid).delete_documents(filter=chosen), harmless="index_not_found")

    async def finished(self, task: int) -> None:
        """Waits for a task that was enqueued otherwise."""
        await self._waited(task, harmless=None)

    async def search_key(self, uid: UUID, index: str, description: str) -> str:
        """The key with this uid, made when there is none: it may search this index and nothing else."""
        found = await self._asked(lambda: self._client.get_key(str(uid)), missing="api_key_not_found")
        if found is None:
            options = {"uid": str(uid), "actions": ["search"], "indexes": [index], "expiresAt": None, "description": description}
            found = await self._asked(lambda: self._client.create_key(options))
        if found is None:
            raise SearchUnavailable("Meilisearch made no key", _REMEDY)
        return str(found.key)

    async def _done(self, command: Callable[[], TaskInfo], *, harmless: str | None = None) -> None:
        task = await self._asked(command, missing=harmless)
        if task is not None:
            await self._waited(task.task_uid, harmless=harmless)

    async def _waited(self, uid: int, *, harmless: str | None) -> None:
        task = await self._asked(lambda: self._client.wait_for_task(uid, TASK_SECONDS * 1000, _POLL_MILLISECONDS))
        if task is None or task.status == "succeeded":
            return
        error = task.error or {}
        if error.get("code") != harmless or harmless is None:
            raise IndexTaskFailed(uid, str(error.get("code") or task.status), str(error.get("message") or "no reason was given"))

    async def _asked(self, call: Callable[[], T], *, missing: str | None = None) -> T | None:
        """None where the answer is the error `missing`."""
        try:
            return await asyncio.to_thread(call)
        except MeilisearchApiError as error:
            if missing is not None and error.code == missing:
                return None
            raise SearchUnavailable(f"Meilisearch refused: {error.code or error.status_code} {error.message}", _REMEDY) from error
        except MeilisearchTimeoutError as error:
            raise SearchUnavailable("Meilisearch did not finish in time", _REMEDY) from error
        except (MeilisearchCommunicationError, OSError) as error:
            # OSError: a connection lost in the middle of an answer, which the client lets through.
            raise SearchUnavailable("Meilisearch cannot be reached", _REMEDY) from error
        except (MeilisearchError, ValueError) as error:
            # ValueError: what answers is no JSON, or not in the form that the client checks.
            raise SearchUnavailable(f"what answered is not Meilisearch as its client knows it ({type(error).__name__})", _REMEDY) from error
