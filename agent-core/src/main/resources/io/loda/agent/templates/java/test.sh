#!/bin/sh
# Builds target/@NAME@.jar and tests it, with a JDK 17 or later and the agent's plugin-api jar alone.
set -eu
cd "$(dirname "$0")"
[ -z "${JAVA_HOME:-}" ] || PATH=$JAVA_HOME/bin:$PATH

api=${PLUGIN_API:-}
agent=$(command -v agent || :)
[ -z "$agent" ] || agent=$(dirname "$(dirname "$(readlink -f "$agent")")")
for jar in "${AGENT_HOME:-/opt/agent}"/lib/plugin-api-*.jar "$agent"/lib/plugin-api-*.jar \
  "$agent"/distribution/target/lib/plugin-api-*.jar; do
  [ -n "$api" ] || [ ! -f "$jar" ] || api=$jar
done
[ -f "$api" ] || {
  echo "@NAME@: set PLUGIN_API to the agent's lib/plugin-api-*.jar" >&2
  exit 1
}

rm -rf target
mkdir -p target/classes
find src/main/java -name '*.java' -exec javac --release 17 -Xlint:all -cp "$api" -d target/classes {} +
cp -R src/main/resources/. target/classes
jar --create --file target/@NAME@.jar -C target/classes .
java -cp "target/@NAME@.jar:$api" test/PluginTest.java
echo "@NAME@: passed"
