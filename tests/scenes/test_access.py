import pytest
from stac_server import running, send_json

from crosslook.errors import InputError
from crosslook.scenes.access import asking
from crosslook.scenes.stac_assets import Asset

LOCAL = {"CROSSLOOK_LOCAL_HTTP": "1", "PC_SDK_SUBSCRIPTION_KEY": "mine"}
BLOB = "https://account.blob.core.windows.net/container/vv.tif"


def asset(href, pays=False):
    return Asset("a", href, None, None, pays, None)


def test_a_plain_address_is_asked_for_plainly():
    request = asking(asset("https://example.org/a?version=2"), {})()

    assert (request.url, request.headers) == ("https://example.org/a?version=2", {})


@pytest.mark.parametrize("href", ["file:///etc/passwd", "http://example.org/a", "../a"])
def test_what_is_not_followed_is_refused_before_anything_is_sent(href):
    with pytest.raises(InputError, match=r"is not followed|is no address"):
        asking(asset(href), {})


def test_missing_keys_are_said_before_anything_is_sent():
    with pytest.raises(InputError, match="s3://bucket needs keys"):
        asking(asset("s3://bucket/a"), {})


def test_addresses_of_the_planetary_computer_are_signed_at_each_attempt():
    with running() as server:
        count = iter("12")
        server.routes["/sign"] = lambda it: send_json(it, {"href": f"{BLOB}?sig={next(count)}"})
        ask = asking(asset(BLOB), LOCAL, server.url + "/sign")

        assert [ask().url, ask().url] == [BLOB + "?sig=1", BLOB + "?sig=2"]
        assert server.seen[0]["headers"]["Ocp-Apim-Subscription-Key"] == "mine"


def test_a_signer_that_names_another_file_is_not_followed():
    with running() as server:
        server.routes["/sign"] = lambda it: send_json(it, {"href": "https://example.org/?sig=1"})

        with pytest.raises(InputError, match="does not sign"):
            asking(asset(BLOB), LOCAL, server.url + "/sign")()
