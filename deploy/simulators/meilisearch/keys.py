"""Who may do what: the master key, API keys, and tenant tokens signed with an API key."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from simulators.meilisearch.errors import ApiError, Json, unknown_key

_SEARCH = "search"
_ACTION = re.compile(r"\*|[a-z]+(\.([a-zA-Z]+|\*))?")


class Grant(NamedTuple):
    """What a call may touch. `rules`: by index pattern, the filter a tenant token forces; None: no tenant."""

    indexes: tuple[str, ...] = ("*",)
    rules: Json | None = None

    def filter_for(self, index: str) -> object:
        """Raises ApiError. The rule that names the index goes before those with a star."""
        if not any(fnmatchcase(index, pattern) for pattern in self.indexes):
            raise unknown_key()
        if self.rules is None:
            return None
        matching = sorted((pattern for pattern in self.rules if fnmatchcase(index, pattern)), key=len, reverse=True)
        if not matching:
            raise unknown_key()
        rule = self.rules[index if index in self.rules else matching[0]]
        return rule.get("filter") if isinstance(rule, dict) else None


class Keyring:
    """Without a master key everybody may do everything, but nobody can make keys."""

    def __init__(self, master_key: str | None) -> None:
        self.master_key = master_key
        self.keys: dict[str, Json] = {}

    def grant(self, authorization: str | None, action: str, now: datetime) -> Grant:
        """Raises ApiError."""
        if self.master_key is None:
            if action.startswith("keys."):
                raise ApiError("missing_master_key", "Meilisearch is running without a master key. To access this API endpoint, set one.")
            return Grant()
        if not authorization:
            raise ApiError(
                "missing_authorization_header", "The Authorization header is missing. It must use the bearer authorization method."
            )
        scheme, _, secret = authorization.partition(" ")
        if scheme != "Bearer":
            raise unknown_key()
        if hmac.compare_digest(secret.encode(), self.master_key.encode()):
            return Grant()
        return self._of_token(secret, action, now) if secret.count(".") == 2 else self._of_key(self._by_secret(secret), action, now)

    def create(self, options: Any, now: datetime) -> Json:
        for name in ("actions", "indexes", "expiresAt"):
            if name not in options:
                code = f"missing_api_key_{'expires_at' if name == 'expiresAt' else name}"
                raise ApiError(code, f"Missing field `{name}`")
        for action in options["actions"]:
            if not _ACTION.fullmatch(action):
                raise ApiError("invalid_api_key_actions", f"Unknown value `{action}` at `.actions`")
        uid = str(options.get("uid") or uuid4())
        if uid in self.keys:
            raise ApiError("api_key_already_exists", f"`uid` field value `{uid}` is already an existing API key.")
        made = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.keys[uid] = {
            "uid": uid,
            "key": self._secret(uid),
            "name": options.get("name"),
            "description": options.get("description"),
            "actions": options["actions"],
            "indexes": options["indexes"],
            "expiresAt": options["expiresAt"],
            "createdAt": made,
            "updatedAt": made,
        }
        return self.keys[uid]

    def get(self, uid_or_key: str) -> Json:
        found = self.keys.get(uid_or_key) or next((key for key in self.keys.values() if key["key"] == uid_or_key), None)
        if found is None:
            raise ApiError("api_key_not_found", f"API key `{uid_or_key}` not found.")
        return found

    def delete(self, uid_or_key: str) -> None:
        del self.keys[self.get(uid_or_key)["uid"]]

    def _secret(self, uid: str) -> str:
        """As documented: the key's uid, signed with the master key."""
        return hmac.new(str(self.master_key).encode(), str(UUID(uid)).encode(), hashlib.sha256).hexdigest()

    def _by_secret(self, secret: str) -> Json:
        for key in self.keys.values():
            if hmac.compare_digest(key["key"].encode(), secret.encode()):
                return key
        raise unknown_key()

    def _of_key(self, key: Json, action: str, now: datetime) -> Grant:
        wildcards = {"*", action, f"{action.partition('.')[0]}.*"}
        if wildcards.isdisjoint(key["actions"]) or _is_over(key["expiresAt"], now):
            raise unknown_key()
        return Grant(tuple(key["indexes"]))

    def _of_token(self, token: str, action: str, now: datetime) -> Grant:
        signed, _, signature = token.rpartition(".")
        try:
            payload = json.loads(_decoded(signed.partition(".")[2]))
            key = self.keys[str(payload["apiKeyUid"])]
            given = _decoded(signature)
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise unknown_key() from None
        if not hmac.compare_digest(hmac.new(key["key"].encode(), signed.encode(), hashlib.sha256).digest(), given):
            raise unknown_key()
        ends = payload.get("exp")
        if ends is not None and ends <= now.timestamp():
            message = f"Tenant token expired. Was valid up to `{ends}` and we're now `{int(now.timestamp())}`."
            raise ApiError("invalid_api_key", message)
        if action != _SEARCH:
            raise unknown_key()
        rules = payload["searchRules"]
        named = rules if isinstance(rules, dict) else dict.fromkeys(rules)
        return Grant(self._of_key(key, action, now).indexes, named)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _is_over(moment: str | None, now: datetime) -> bool:
    return moment is not None and datetime.fromisoformat(moment) <= now
