"""Requests to S3 buckets, signed with the keys in the environment.

Signature version 4 as Amazon describes it ("Authenticating Requests: Using the Authorization
Header", Amazon S3 API reference), for GET without a body.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
EMPTY = hashlib.sha256(b"").hexdigest()
# Public buckets whose region or endpoint is known; others: AWS_REGION, AWS_ENDPOINT_URL_S3.
ENDPOINTS = {"eodata": "https://eodata.dataspace.copernicus.eu"}
REGIONS = {
    "eodata": "default",
    "sentinel-s1-l1c": "eu-central-1",
    "sentinel-s2-l1c": "eu-central-1",
}


def s3_request(
    href: str,
    pays: bool,
    region: str | None = None,
    environ: Mapping[str, str] = os.environ,
    now: datetime | None = None,
) -> tuple[str, dict[str, str]]:
    """The https address of an ``s3://`` one, and the headers that sign a request for it.

    Args:
        href: s3://bucket/key.
        pays: whether the requester agrees to be billed, which is then said to the server.
        region: the bucket's, if the catalogue tells; else it is known, or AWS_REGION, or us-east-1.
        environ: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if used, AWS_SESSION_TOKEN.
        now: when the request is made.

    Raises:
        InputError: if the address is none, or the keys are not set.
    """
    bucket, _, key = href.removeprefix("s3://").partition("/")
    if not href.startswith("s3://") or not BUCKET.fullmatch(bucket) or ".." in bucket or not key:
        raise InputError(f"{quoted(href)} is no s3://bucket/key.")
    missing = [n for n in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not environ.get(n)]
    if missing:
        raise InputError(
            f"s3://{bucket} needs keys: set {' and '.join(missing)} in the environment."
        )
    region = REGIONS.get(bucket) or region or environ.get("AWS_REGION") or "us-east-1"
    path = "/" + quote(key, safe="/-_.~")
    own = environ.get("AWS_ENDPOINT_URL_S3")
    endpoint = own or ENDPOINTS.get(bucket)
    if endpoint:
        url = endpoint.rstrip("/") + f"/{bucket}{path}"
    elif "." in bucket:  # its certificate would not hold for a name with more dots
        url = f"https://s3.{region}.amazonaws.com/{bucket}{path}"
    else:
        url = f"https://{bucket}.s3.{region}.amazonaws.com{path}"
    extra = {"x-amz-request-payer": "requester"} if pays else {}
    if token := environ.get("AWS_SESSION_TOKEN"):
        extra["x-amz-security-token"] = token
    keys = environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"]
    return url, sign(url, extra, keys, region, now or datetime.now(UTC))


def sign(
    url: str, headers: Mapping[str, str], keys: tuple[str, str], region: str, now: datetime
) -> dict[str, str]:
    """The headers, with date and Authorization, of a GET of ``url``, whose path is quoted.

    Args:
        url: without a query.
        headers: further ones that are signed.
        keys: access key and secret key.
        region: of the bucket.
        now: in UTC.
    """
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    sent = {"x-amz-content-sha256": EMPTY, "x-amz-date": stamp} | dict(headers)
    signed = {name.lower(): value for name, value in ({"host": parts.netloc} | sent).items()}
    names = ";".join(sorted(signed))
    lines = [f"{name}:{signed[name].strip()}" for name in sorted(signed)]
    canonical = "\n".join(["GET", parts.path, "", *lines, "", names, EMPTY])
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + keys[1]).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, digest])
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={keys[0]}/{scope}"
    return sent | {"Authorization": f"{credential}, SignedHeaders={names}, Signature={signature}"}
