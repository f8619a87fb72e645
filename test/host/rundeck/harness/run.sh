#!/bin/sh
# Runs the harness, building it first when it is missing or its sources have changed. The options: README.md.
here=$(cd "$(dirname "$0")" && pwd)
jar="$here/target/rundeck-harness.jar"

stale() {
    [ ! -f "$jar" ] || [ -n "$(find "$here/pom.xml" "$here/src" -newer "$jar" | head -n 1)" ]
}

if stale; then
    # Maven's own chatter goes to stderr: stdout is for the harness's JSON lines
    (cd "$here" && mvn --quiet --batch-mode -Dstyle.color=never package) >&2 || exit 70
    touch "$jar"
fi
[ "$1" = build ] && exit 0

# a small heap and the first compiler alone: each run lives seconds
exec java ${JAVA_OPTIONS:--Xmx512m -XX:TieredStopAtLevel=1} \
    -Dorg.slf4j.simpleLogger.defaultLogLevel="${HARNESS_LOG_LEVEL:-warn}" -jar "$jar" "$@"
