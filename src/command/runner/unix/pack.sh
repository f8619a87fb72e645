# a node without gzip says so: what it sends as it is may itself be a gzip
raw=
command -v gzip >&2 || raw=raw=1
pack() { if [ "$raw" ]; then cat; else gzip -c; fi; }
# a program that is not there has not read anything: the next one can
sha256() { sha256sum || shasum -a 256 || openssl dgst -sha256 -r; }
text() {
  { base64 || openssl base64 || python3 -c 'import base64, sys; base64.encode(sys.stdin.buffer, sys.stdout.buffer)' ||
    perl -MMIME::Base64 -0777 -ne 'print encode_base64($_)' || od_text; } | tr -d '\n'
}
od_text() {
  od -An -v -tu1 | tr -s ' \n' '\n\n' | awk '
    function put(n) { printf "%s", substr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", n + 1, 1) }
    NF { n = n * 256 + $1; if (++k == 3) { put(int(n / 262144)); put(int(n / 4096) % 64); put(int(n / 64) % 64); put(n % 64); n = k = 0 } }
    END { if (k == 1) { put(int(n / 4)); put(n % 4 * 16); printf "==" } if (k == 2) { put(int(n / 1024)); put(int(n / 16) % 64); put(n % 16 * 4); printf "=" } }'
}
