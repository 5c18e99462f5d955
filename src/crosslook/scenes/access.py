"""How an asset is asked for: plainly, signed for S3, or signed by the Planetary Computer."""

import os
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import requests

from crosslook.errors import InputError
from crosslook.scenes.downloads import Request
from crosslook.scenes.s3 import s3_request
from crosslook.scenes.stac_assets import Asset
from crosslook.scenes.web import TIMEOUT_S, check_url, open_session, reason, shown

SIGNER = "https://planetarycomputer.microsoft.com/api/sas/v1/sign"
SIGNED_HOSTS = ".blob.core.windows.net"
SIGNER_KEY = "PC_SDK_SUBSCRIPTION_KEY"
ANSWER_BYTES = 2**20


def asking(
    asset: Asset, environ: Mapping[str, str] = os.environ, signer: str = SIGNER
) -> Callable[[], Request]:
    """Make the request for an asset, as often as it is called; nothing is sent to it yet.

    An asset that bills the requester is asked for as one who pays: whoever calls this has agreed.

    Raises:
        InputError: one line, if its address is not followed, or a credential is missing.
    """
    if asset.href.startswith("s3://"):
        s3_request(asset.href, asset.pays, asset.region, environ)  # says now what is missing
        return lambda: Request(*s3_request(asset.href, asset.pays, asset.region, environ))
    check_url(asset.href, environ)
    if (urlsplit(asset.href).hostname or "").endswith(SIGNED_HOSTS):
        return lambda: Request(_signed(asset.href, environ, signer))
    return lambda: Request(asset.href)


def _signed(href: str, environ: Mapping[str, str], signer: str) -> str:
    """The address with a signature of limited time, which the Planetary Computer gives anyone."""
    key = environ.get(SIGNER_KEY)
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    session = open_session(ANSWER_BYTES, retries=3, environ=environ)
    try:
        answer = session.get(
            signer, params={"href": shown(href)}, headers=headers, timeout=TIMEOUT_S
        )
        signed = answer.json()["href"] if answer.status_code == 200 else None
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{shown(signer)}: {reason(error)}.") from None
    if not isinstance(signed, str) or shown(signed) != shown(href):
        raise InputError(f"{shown(signer)} does not sign {shown(href)}: try again later.")
    return signed
