# Writes an object of S3 to standard output, asked for with this machine's own role: Signature Version 4 with keys of the
# instance metadata, for machines without the AWS CLI.
import datetime, hashlib, hmac, json, os
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, build_opener

bucket, key, region = sys.argv[1:]
metadata = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/") + "/latest/"
direct = build_opener(ProxyHandler({}))


def ask(path, method="GET", **headers):
    request = Request(metadata + path, method=method, headers=headers)
    # the AWS CLI's own variable
    seconds = float(os.environ.get("AWS_METADATA_SERVICE_TIMEOUT") or 2)
    return direct.open(request, timeout=seconds).read().decode()


try:
    session = {"X-aws-ec2-metadata-token": ask("api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": "60"})}
    roles = "meta-data/iam/security-credentials/"
    role = json.loads(ask(roles + ask(roles, **session).split()[0], **session))
except Exception:
    sys.exit("no role")

domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
url = urlsplit((endpoint or "https://s3.%s.%s" % (region, domain)).rstrip("/"))
path = url.path + quote("/" + bucket + "/" + key)
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
scope = "%s/%s/s3/aws4_request" % (now[:8], region)
headers = {
    "host": url.netloc,
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "x-amz-date": now,
    "x-amz-security-token": role["Token"],
}
names = ";".join(sorted(headers))
lines = "".join("%s:%s\n" % (name, headers[name]) for name in sorted(headers))
canonical = "\n".join(["GET", path, "", lines, names, "UNSIGNED-PAYLOAD"])
digest = hashlib.sha256(canonical.encode()).hexdigest()
signing = ("AWS4" + role["SecretAccessKey"]).encode()
for word in scope.split("/"):
    signing = hmac.new(signing, word.encode(), hashlib.sha256).digest()
text = "\n".join(["AWS4-HMAC-SHA256", now, scope, digest])
signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
    role["AccessKeyId"],
    scope,
    names,
    signature,
)
download(Request(url.scheme + "://" + url.netloc + path, headers=headers))
