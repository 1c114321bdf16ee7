"""One bucket of a service like S3, behind a real server: what obstore needs of the protocol, signatures looked at, and faults on demand."""

import hmac
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import md5, sha256
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

from tests.api.conftest import served

NAME = "sklep-feeds"
KEY, SECRET, REGION = "AKIAKLUCZSKLEPU", "tajne-haslo-do-kubelka", "eu-central-1"


class Request:
    def __init__(self, scope: dict, body: bytes) -> None:
        self.method, self.path, self.body = scope["method"], unquote(scope["raw_path"].decode()), body
        self.raw_path = scope["raw_path"].decode()
        self.query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        self.headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}

    @property
    def key(self) -> str:
        return self.path.removeprefix(f"/{NAME}").lstrip("/")


class Bucket:
    """`fault` may answer a request in the bucket's place: status and code, or None."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self.fault: Callable[[Request], tuple[int, str] | None] = lambda _: None
        self._number = 0

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        self.asked.append((request.method, request.key))
        if (refused := self.fault(request) or self._refused(request)) is not None:
            status, code = refused
            told = f"<StringToSign>AWS4-HMAC-SHA256 {SECRET}</StringToSign><AWSAccessKeyId>{KEY}</AWSAccessKeyId>"
            return status, {}, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>It is {code}.</Message>{told}</Error>".encode()
        if "uploads" in request.query or "uploadId" in request.query:
            return self._multipart(request)
        if "delete" in request.query:
            keys = re.findall(r"<Key>(.*?)</Key>", request.body.decode())
            for key in keys:
                self.objects.pop(key, None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return 200, {}, f"<?xml version='1.0'?><DeleteResult>{deleted}</DeleteResult>".encode()
        return {"PUT": self._put, "GET": self._get, "HEAD": self._get, "DELETE": self._delete}[request.method](request)

    def _refused(self, request: Request) -> tuple[int, str] | None:
        if request.path.split("/")[1] != NAME:
            return 404, "NoSuchBucket"
        if not is_signed(request):
            return 403, "SignatureDoesNotMatch"
        missing = request.method in {"GET", "HEAD"} and request.key not in self.objects
        return (404, "NoSuchKey") if missing else None

    def _put(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        self.objects[request.key] = request.body
        return 200, {"etag": _tag(request.body)}, b""

    def _get(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        content = self.objects[request.key]
        headers = {"etag": _tag(content), "last-modified": "Mon, 02 Mar 2026 12:00:00 GMT"}
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if found is None:
            return 200, headers, content
        start, end = int(found[1]), min(int(found[2]) + 1, len(content))
        return 206, {**headers, "content-range": f"bytes {start}-{end - 1}/{len(content)}"}, content[start:end]

    def _delete(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        self.objects.pop(request.key, None)
        return 204, {}, b""

    def _multipart(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        upload = request.query.get("uploadId", "")
        match request.method:
            case "PUT":
                self.uploads[upload][int(request.query["partNumber"])] = request.body
                return 200, {"etag": _tag(request.body)}, b""
            case "DELETE":
                del self.uploads[upload]
                return 204, {}, b""
            case _ if upload:
                parts = self.uploads.pop(upload)
                self.objects[request.key] = b"".join(parts[number] for number in sorted(parts))
                return 200, {}, self._told(request, "CompleteMultipartUploadResult", f"<ETag>{escape(_tag(b''))}</ETag>")
            case _:
                self._number += 1
                self.uploads[f"upload-{self._number}"] = {}
                return 200, {}, self._told(request, "InitiateMultipartUploadResult", f"<UploadId>upload-{self._number}</UploadId>")

    def _told(self, request: Request, name: str, more: str) -> bytes:
        return f"<?xml version='1.0'?><{name}><Bucket>{NAME}</Bucket><Key>{escape(request.key)}</Key>{more}</{name}>".encode()


def _tag(content: bytes) -> str:
    return f'"{md5(content).hexdigest()}"'


def is_signed(request: Request) -> bool:
    """AWS Signature Version 4, of the one key there is."""
    found = re.fullmatch(
        rf"AWS4-HMAC-SHA256 Credential={KEY}/(\d+)/{REGION}/s3/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)",
        request.headers.get("authorization", ""),
    )
    payload = request.headers.get("x-amz-content-sha256", "")
    if found is None or payload not in {sha256(request.body).hexdigest(), "UNSIGNED-PAYLOAD"}:
        return False
    day, names, signature = found.groups()
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(request.query.items()))
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names.split(";"))
    canonical = f"{request.method}\n{request.raw_path}\n{query}\n{headers}\n{names}\n{payload}"
    scope = f"{day}/{REGION}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature)


@asynccontextmanager
async def served_bucket() -> AsyncIterator[tuple[Bucket, str]]:
    """And the address of the service."""
    bucket = Bucket()

    async def application(scope, receive, send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        request = Request(scope, body)
        status, headers, content = bucket.answer(request)
        shown = [(name.encode(), value.encode()) for name, value in {**headers, "content-length": str(len(content))}.items()]
        await send({"type": "http.response.start", "status": status, "headers": shown})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else content})

    async with served(application) as client:
        yield bucket, str(client.base_url)
