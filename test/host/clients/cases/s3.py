"""S3, as boto3 and plain HTTP programs see it."""

import hashlib
import io
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from harness import case, client, refused, run, same, settings

s3 = client("s3")
bucket, far = settings["bucket"], settings["farBucket"]
MB = 1024 * 1024


def put(key, body=b"content", **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)


@case("an object comes back with its metadata, ETag and length")
def _():
    put("dir/ü b+c.txt", b"hello", Metadata={"who": "me"}, ContentType="text/x-thing")
    got = s3.get_object(Bucket=bucket, Key="dir/ü b+c.txt")
    same(got["Body"].read(), b"hello")
    same(got["ETag"], '"5d41402abc4b2a76b9719d911017c592"')
    same((got["ContentType"], got["Metadata"]), ("text/x-thing", {"who": "me"}))


@case("a range, and one that cannot be")
def _():
    put("range", b"0123456789")
    part = s3.get_object(Bucket=bucket, Key="range", Range="bytes=2-4")
    same((part["Body"].read(), part["ContentRange"]), (b"234", "bytes 2-4/10"))
    refused("InvalidRange", s3.get_object, Bucket=bucket, Key="range", Range="bytes=10-")


@case("every checksum that boto3 can make is accepted, returned and checked on the way back")
def _():
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        sent = put("sum", b"123456789", ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")
        same(got["Body"].read(), b"123456789")
        same(got[f"Checksum{algorithm}"], sent[f"Checksum{algorithm}"])


@case("a body that is not what its checksum says is BadDigest")
def _():
    refused(
        "BadDigest",
        s3.put_object,
        Bucket=bucket,
        Key="bad",
        Body=b"x",
        ChecksumSHA256=hashlib.sha256(b"y").digest().hex()[:43] + "=",
    )
    refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="bad")


@case("upload_file in parts, download_file in ranges: 33 MB, the same bytes")
def _():
    content = os.urandom(33 * MB)
    config = TransferConfig(multipart_threshold=8 * MB, multipart_chunksize=8 * MB)
    s3.upload_fileobj(io.BytesIO(content), bucket, "parts", Config=config)
    head = s3.head_object(Bucket=bucket, Key="parts")
    assert head["ETag"].endswith('-5"'), head["ETag"]
    back = io.BytesIO()
    s3.download_fileobj(bucket, "parts", back, Config=config)
    assert back.getvalue() == content


@case("an upload of parts, by hand: parts are listed, aborted ones are gone")
def _():
    upload = s3.create_multipart_upload(Bucket=bucket, Key="hand")["UploadId"]
    which = {"Bucket": bucket, "Key": "hand", "UploadId": upload}
    s3.upload_part(**which, PartNumber=1, Body=b"x")
    same([it["Size"] for it in s3.list_parts(**which)["Parts"]], [1])
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert upload in [it["UploadId"] for it in uploads], uploads
    refused(
        "InvalidPart",
        s3.complete_multipart_upload,
        **which,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"0"'}]},
    )
    s3.abort_multipart_upload(**which)
    refused("NoSuchUpload", s3.list_parts, **which)


@case("the paginator lists every key once")
def _():
    for number in range(5):
        put(f"page/{number}")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix="page/", PaginationConfig={"PageSize": 2}
    )
    keys = [it["Key"] for page in pages for it in page["Contents"]]
    same(keys, [f"page/{number}" for number in range(5)])
    folded = s3.list_objects_v2(Bucket=bucket, Prefix="pa", Delimiter="/")
    same([it["Prefix"] for it in folded["CommonPrefixes"]], ["page/"])


@case("deleting one, deleting many")
def _():
    put("gone/1"), put("gone/2")
    s3.delete_object(Bucket=bucket, Key="gone/1")
    keys = [{"Key": "gone/2"}, {"Key": "gone/never"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
    same(answer["Deleted"], keys)
    same(s3.list_objects_v2(Bucket=bucket, Prefix="gone/")["KeyCount"], 0)


@case("If-None-Match: * keeps what is there")
def _():
    put("once", b"first", IfNoneMatch="*")
    refused(
        "PreconditionFailed",
        s3.put_object,
        Bucket=bucket,
        Key="once",
        Body=b"second",
        IfNoneMatch="*",
    )
    same(s3.get_object(Bucket=bucket, Key="once")["Body"].read(), b"first")


@case("KMS keys are repeated in every answer")
def _():
    put("kms", ServerSideEncryption="aws:kms", SSEKMSKeyId="1234")
    head = s3.head_object(Bucket=bucket, Key="kms")
    same(head["ServerSideEncryption"], "aws:kms")
    assert head["SSEKMSKeyId"].endswith(":key/1234"), head["SSEKMSKeyId"]


@case("NoSuchKey, NoSuchBucket, and a bare 404 where there is no body to say so")
def _():
    error = refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="none")
    assert isinstance(error, s3.exceptions.NoSuchKey), type(error)
    refused("NoSuchBucket", s3.list_objects_v2, Bucket="no-such-bucket")
    refused("404", s3.head_object, Bucket=bucket, Key="none")
    refused("404", s3.head_bucket, Bucket="no-such-bucket")


@case("a bucket elsewhere is found by its location, and boto3 follows its redirect")
def _():
    same(s3.get_bucket_location(Bucket=far)["LocationConstraint"], "eu-west-1")
    s3.put_object(Bucket=far, Key="k", Body=b"far")
    same(s3.get_object(Bucket=far, Key="k")["Body"].read(), b"far")


@case("the waiter object_exists")
def _():
    put("there")
    s3.get_waiter("object_exists").wait(
        Bucket=bucket, Key="there", WaiterConfig={"Delay": 1, "MaxAttempts": 1}
    )


@case("a presigned GET and PUT need nothing but HTTP")
def _():
    put("presigned", b"by url")
    which = {"Bucket": bucket, "Key": "presigned"}
    url = s3.generate_presigned_url("get_object", Params=which, ExpiresIn=60)
    same(urllib.request.urlopen(url).read(), b"by url")
    url = s3.generate_presigned_url("put_object", Params=which, ExpiresIn=60)
    request = urllib.request.Request(url, data=b"written by url", method="PUT")
    same(urllib.request.urlopen(request).status, 200)
    same(s3.get_object(**which)["Body"].read(), b"written by url")


@case("a presigned URL through curl and wget, whole and from an offset")
def _():
    put("fetched", b"0123456789")
    which = {"Bucket": bucket, "Key": "fetched"}
    url = s3.generate_presigned_url("get_object", Params=which, ExpiresIn=60)
    fetch = {
        "curl": ["curl", "-fsS", url],
        "wget": ["wget", "-qO-", url],
    }
    tried = [name for name in fetch if shutil.which(name)]
    assert tried, "neither curl nor wget is on this machine"
    for name in tried:
        same(subprocess.run(fetch[name], capture_output=True).stdout, b"0123456789")
    if "curl" in tried:
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"0123"), file.flush()
            subprocess.run(["curl", "-fsS", "-C", "4", "-o", file.name, url], check=True)
            with open(file.name, "rb") as whole:
                same(whole.read(), b"0123456789")


@case("a presigned URL that was tampered with, or is over, is 403")
def _():
    # boto3 still signs URLs in the way before version 4 unless told otherwise.
    signed = client("s3", keys=settings["known"], signature_version="s3v4")
    which = {"Bucket": bucket, "Key": "presigned"}
    presign = lambda seconds: signed.generate_presigned_url(
        "get_object", Params=which, ExpiresIn=seconds
    )
    same(urllib.request.urlopen(presign(60)).status, 200)
    for url, code in (
        (presign(60) + "0", "SignatureDoesNotMatch"),
        (presign(-1), "AccessDenied"),
    ):
        try:
            urllib.request.urlopen(url)
        except urllib.error.HTTPError as error:
            same(error.code, 403)
            body = error.read().decode()
            assert f"<Code>{code}</Code>" in body, body
        else:
            raise AssertionError("accepted")


@case("buckets are made, listed and removed; not while they hold something")
def _():
    s3.create_bucket(Bucket="made-here")
    assert "made-here" in [it["Name"] for it in s3.list_buckets()["Buckets"]]
    s3.put_object(Bucket="made-here", Key="k", Body=b"")
    refused("BucketNotEmpty", s3.delete_bucket, Bucket="made-here")
    s3.delete_object(Bucket="made-here", Key="k")
    s3.delete_bucket(Bucket="made-here")
    refused("404", s3.head_bucket, Bucket="made-here")


@case("what is not played is refused, not misunderstood")
def _():
    try:
        s3.get_object_tagging(Bucket=bucket, Key="there")
    except ClientError as error:
        same(error.response["Error"]["Code"], "NotImplemented")
    else:
        raise AssertionError("answered")


run()
