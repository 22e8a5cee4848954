#!/bin/sh
# Tests the plugin; needs nothing but Python 3.
set -eu
cd "$(dirname "$0")"

python3 -B test_plugin.py
echo "@NAME@: passed"
