"""Uses a server through boto3. The endpoint and the credential come from the environment.

Each test gets a bucket of its own. Run by boto3_test.go.
"""

import io
import os
import unittest
import urllib.error
import urllib.request
import ssl
import uuid

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1 << 20
TLS = os.environ["AWS_ENDPOINT_URL"].startswith("https")


def pattern(size, seed=1):
    """size bytes that are not periodic in any block."""
    line = b"".join((i * 2654435761 * seed % (1 << 32)).to_bytes(4, "big") for i in range(4099))
    return (line * (size // len(line) + 1))[:size]


class Suite(unittest.TestCase):
    def setUp(self):
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        self.s3 = boto3.client("s3", config=config)
        self.bucket = "boto3-" + uuid.uuid4().hex
        self.s3.create_bucket(Bucket=self.bucket)

    def refused(self, codes, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertIn(caught.exception.response["Error"]["Code"], codes)

    def body(self, key, **arguments):
        return self.s3.get_object(Bucket=self.bucket, Key=key, **arguments)["Body"].read()

    def test_sizes(self):
        for size in (0, 1, 4096, 128 << 10, (128 << 10) + 1, MIB + 1):
            content = pattern(size)
            self.s3.put_object(Bucket=self.bucket, Key="key", Body=content)
            self.assertEqual(self.body("key"), content)

    def test_transfer(self):
        content = pattern(13 * MIB + 5)
        config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
        self.s3.upload_fileobj(io.BytesIO(content), self.bucket, "large", Config=config, ExtraArgs={"Metadata": {"a": "b"}})
        down = io.BytesIO()
        self.s3.download_fileobj(self.bucket, "large", down, Config=config)
        self.assertEqual(down.getvalue(), content)
        self.s3.copy({"Bucket": self.bucket, "Key": "large"}, self.bucket, "copy", Config=config)
        self.assertEqual(self.body("copy"), content)
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="large")["Metadata"], {"a": "b"})

    def test_checksums(self):
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            put = self.s3.put_object(Bucket=self.bucket, Key=algorithm, Body=b"sum", ChecksumAlgorithm=algorithm)
            head = self.s3.head_object(Bucket=self.bucket, Key=algorithm, ChecksumMode="ENABLED")
            self.assertEqual(put["Checksum" + algorithm], head["Checksum" + algorithm])
            self.assertEqual(self.body(algorithm, ChecksumMode="ENABLED"), b"sum")

    def test_unseekable(self):
        class Stream(io.RawIOBase):
            def __init__(self, content):
                self.content = io.BytesIO(content)

            def readable(self):
                return True

            def readinto(self, into):
                return self.content.readinto(into)

        content = pattern(6 * MIB)
        self.s3.upload_fileobj(Stream(content), self.bucket, "stream")
        self.assertEqual(self.body("stream"), content)

    def test_conditions(self):
        etag = self.s3.put_object(Bucket=self.bucket, Key="key", Body=b"1", IfNoneMatch="*")["ETag"]
        self.refused({"PreconditionFailed"}, self.s3.put_object, Bucket=self.bucket, Key="key", Body=b"2", IfNoneMatch="*")
        self.s3.put_object(Bucket=self.bucket, Key="key", Body=b"3", IfMatch=etag)
        self.refused({"PreconditionFailed"}, self.s3.put_object, Bucket=self.bucket, Key="key", Body=b"4", IfMatch=etag)
        self.assertEqual(self.body("key"), b"3")
        self.refused({"PreconditionFailed"}, self.s3.get_object, Bucket=self.bucket, Key="key", IfMatch=etag)

    def test_listing(self):
        keys = ["dir/%03d" % i for i in range(25)] + ["top", "ünï code & more"]
        for key in keys:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"")
        for call in ("list_objects", "list_objects_v2"):
            pages = self.s3.get_paginator(call).paginate(Bucket=self.bucket, PaginationConfig={"PageSize": 10})
            self.assertEqual([o["Key"] for page in pages for o in page.get("Contents", [])], sorted(keys))
        page = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([p["Prefix"] for p in page["CommonPrefixes"]], ["dir/"])

    def test_versions(self):
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        ids = [self.s3.put_object(Bucket=self.bucket, Key="key", Body=b"%d" % i)["VersionId"] for i in range(3)]
        self.s3.delete_object(Bucket=self.bucket, Key="key")
        self.refused({"NoSuchKey"}, self.s3.get_object, Bucket=self.bucket, Key="key")
        self.assertEqual([self.body("key", VersionId=v) for v in ids], [b"0", b"1", b"2"])
        resource = boto3.resource("s3").Bucket(self.bucket)
        resource.object_versions.delete()
        self.assertEqual(list(resource.object_versions.all()), [])
        self.s3.delete_bucket(Bucket=self.bucket)

    def test_tags_and_copies(self):
        self.s3.put_object(Bucket=self.bucket, Key="key", Body=b"x", Tagging="a=1", ContentType="text/x-test")
        self.s3.copy_object(Bucket=self.bucket, Key="copy", CopySource={"Bucket": self.bucket, "Key": "key"})
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="copy")["TagSet"], [{"Key": "a", "Value": "1"}])
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="copy")["ContentType"], "text/x-test")
        self.refused({"InvalidRequest"}, self.s3.copy_object, Bucket=self.bucket, Key="key",
                     CopySource={"Bucket": self.bucket, "Key": "key"})

    def test_presigned(self):
        context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE")) if TLS else None
        for version in ("s3v4", "s3"):
            s3 = boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": "path"}))
            url = s3.generate_presigned_url("put_object", {"Bucket": self.bucket, "Key": "a b"})
            request = urllib.request.Request(url, data=b"presigned", method="PUT", headers={"Content-Type": ""})
            urllib.request.urlopen(request, context=context)
            url = s3.generate_presigned_url("get_object", {"Bucket": self.bucket, "Key": "a b"})
            self.assertEqual(urllib.request.urlopen(url, context=context).read(), b"presigned")
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(url.replace("a%20b", "other"), context=context)
            self.assertEqual(caught.exception.code, 403)

    def test_encryption(self):
        self.s3.put_object(Bucket=self.bucket, Key="s3", Body=b"secret", ServerSideEncryption="AES256")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="s3")["ServerSideEncryption"], "AES256")
        self.assertEqual(self.body("s3"), b"secret")
        if TLS:
            key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
            self.s3.put_object(Bucket=self.bucket, Key="c", Body=b"secret", **key)
            self.assertEqual(self.body("c", **key), b"secret")
            self.refused({"InvalidRequest"}, self.s3.get_object, Bucket=self.bucket, Key="c")

    def test_errors(self):
        self.refused({"NoSuchKey"}, self.s3.get_object, Bucket=self.bucket, Key="absent")
        self.refused({"NoSuchBucket"}, self.s3.list_objects_v2, Bucket="absent-" + self.bucket[:40])
        self.refused({"404"}, self.s3.head_object, Bucket=self.bucket, Key="absent")
        self.refused({"NoSuchUpload"}, self.s3.list_parts, Bucket=self.bucket, Key="key", UploadId="absent")
        self.refused({"NoSuchTagSet"}, self.s3.get_bucket_tagging, Bucket=self.bucket)
        self.refused({"BucketAlreadyOwnedByYou"}, self.s3.create_bucket, Bucket=self.bucket)
        self.s3.put_object(Bucket=self.bucket, Key="key", Body=b"x")
        self.refused({"InvalidRange"}, self.s3.get_object, Bucket=self.bucket, Key="key", Range="bytes=5-")
        self.refused({"BucketNotEmpty"}, self.s3.delete_bucket, Bucket=self.bucket)


if __name__ == "__main__":
    unittest.main()
