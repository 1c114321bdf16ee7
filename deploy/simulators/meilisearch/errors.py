"""What Meilisearch refuses, in its own codes."""

from typing import Any

Json = dict[str, Any]

_AUTH, _REQUEST, _INTERNAL, _SYSTEM = "auth", "invalid_request", "internal", "system"
_CODES: dict[str, tuple[str, int]] = {
    "missing_authorization_header": (_AUTH, 401),
    "missing_master_key": (_AUTH, 401),
    "invalid_api_key": (_AUTH, 403),
    "index_not_found": (_REQUEST, 404),
    "document_not_found": (_REQUEST, 404),
    "task_not_found": (_REQUEST, 404),
    "api_key_not_found": (_REQUEST, 404),
    "not_found": (_REQUEST, 404),
    "index_already_exists": (_REQUEST, 409),
    "api_key_already_exists": (_REQUEST, 409),
    "missing_content_type": (_REQUEST, 415),
    "invalid_content_type": (_REQUEST, 415),
    "internal": (_INTERNAL, 500),
    "too_many_search_requests": (_SYSTEM, 503),
}


class ApiError(Exception):
    """Any other code is a bad request."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.type, self.status = _CODES.get(code, (_REQUEST, 400))

    def as_json(self) -> Json:
        link = f"https://docs.meilisearch.com/errors#{self.code}"
        return {"message": self.message, "code": self.code, "type": self.type, "link": link}


def index_not_found(uid: str) -> ApiError:
    return ApiError("index_not_found", f"Index `{uid}` not found.")


def unknown_key() -> ApiError:
    return ApiError("invalid_api_key", "The provided API key is invalid.")
