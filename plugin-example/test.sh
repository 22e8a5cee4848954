#!/bin/sh
# Runs the plugin as the agent would, and checks what it prints.
set -eu
cd "$(dirname "$0")"

output=$(./plugin.sh hello 'a"b\c')
for expected in '"name": "uptime.seconds"' '"args": "hello a\"b\\c"' '"name": "answer", "value": 42'; do
  case $output in
    *"$expected"*) ;;
    *) echo "expected $expected in: $output" >&2; exit 1 ;;
  esac
done
echo "plugin-example: passed"
