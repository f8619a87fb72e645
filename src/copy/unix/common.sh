umask 077
export LC_ALL=C # messages in the words that Rundeck's side knows
has() { command -v "$1" >/dev/null; }
# the last line is for Rundeck; what a tool had to say about a failure stands before it, on stderr
answer() { printf '[rundeck-ssm %s %s]\n' "$run" "$*"; }
fail() {
  answer "failed=$1"
  exit 1
}
