"""STORAGE_URL is read strictly, and a mistake in it never shows its secret."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from nstsite.env import SettingsError, read_environment
from nstsite.storage_url import read_storage_url


def test_all_parts_are_read() -> None:
    bucket = read_storage_url(
        "s3://AKEY:se%2Fcr%40et@store.example:9000/pictures/easel/files?region=eu-north-1&tls=0&public=https://p.example"
    )
    assert (bucket.endpoint, bucket.name, bucket.folder) == ("http://store.example:9000", "pictures", "easel/files")
    assert (bucket.access_key, bucket.secret_key, bucket.region) == ("AKEY", "se/cr@et", "eu-north-1")
    assert (bucket.addressing, bucket.public_endpoint, bucket.origin) == (
        "path",
        "https://p.example",
        "https://p.example",
    )


def test_little_is_needed() -> None:
    bucket = read_storage_url("s3://store.example/pictures")
    assert (bucket.endpoint, bucket.folder, bucket.region) == ("https://store.example", "", "us-east-1")
    assert "access_key" not in bucket.options(), "boto3 looks for the keys then"
    assert bucket.public_endpoint == bucket.endpoint


def test_amazon_names_the_bucket_in_the_host() -> None:
    bucket = read_storage_url("s3://k:s@s3.eu-central-1.amazonaws.com/pictures?region=eu-central-1")
    assert (bucket.addressing, bucket.origin) == ("virtual", "https://pictures.s3.eu-central-1.amazonaws.com")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://store.example/pictures", "begins with s3://"),
        ("s3:///pictures", "names the store’s host"),
        ("s3://bad host/pictures", "names the store’s host"),
        ("s3://store.example:port/pictures", "no address"),
        ("s3://store.example", "names a bucket"),
        ("s3://store.example/Pictures", "names a bucket"),
        ("s3://store.example/pictures/../other", "plain path"),
        ("s3://only-a-key@store.example/pictures", "%2F"),
        ("s3://key:@store.example/pictures", "Give both"),
        ("s3://key:hush/hush@store.example/pictures", "%2F"),
        ("s3://store.example/pictures?regoin=x", "regoin is no option"),
        ("s3://store.example/pictures?region=", "with a value"),
        ("s3://store.example/pictures?tls=0&tls=1", "given once"),
        ("s3://store.example/pictures?tls=maybe", "tls is 1 or 0"),
        ("s3://store.example/pictures?nonsense", "NAME=VALUE"),
        ("s3://store.example/pictures?addressing=up", "path or virtual"),
        ("s3://store.example/pictures?public=files.example", "public is where browsers"),
        ("s3://store.example/pictures?public=https://files.example/deep", "public is where browsers"),
        ("s3://store.example/pictures#x", "%23"),
    ],
)
def test_a_mistake_is_told(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read_storage_url(text)


@pytest.mark.parametrize("end", ["no-bucket!", "pictures?x=1", "pictures?tls=2"])
def test_the_secret_is_not_told(end: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_environment({"STORAGE_URL": f"s3://key:hushhush@store.example/{end}"})
    assert "STORAGE_URL" in str(caught.value)
    assert "hushhush" not in str(caught.value)


def test_the_time_of_presigned_addresses_is_bounded() -> None:
    assert read_environment({"EASEL_PRESIGNED_SECONDS": "300"}).presigned_seconds == 300
    with pytest.raises(SettingsError, match="EASEL_PRESIGNED_SECONDS"):
        read_environment({"EASEL_PRESIGNED_SECONDS": "86400"})
