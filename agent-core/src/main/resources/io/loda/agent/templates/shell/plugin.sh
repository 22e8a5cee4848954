#!/bin/sh
# A plugin prints one JSON list of metrics and exits with 0. Its arguments are the item's parameters, split at blanks;
# its folder is the working directory. What it says on stderr ends in the agent's log when the run fails.
set -eu

# In JSON a quote and a backslash stand behind a backslash.
args=$(printf '%s' "$*" | sed 's/[\\"]/\\&/g')
seconds=$(cut -d. -f1 /proc/uptime)
cat <<EOF
[
  {"name": "uptime.seconds", "timestamp": 0, "tags": {"args": "$args"}, "value": $seconds},
  {"name": "answer", "value": 42}
]
EOF
