#!/usr/bin/env bash
# pywb, which replays archives, under .tools/pywb: prints the folder of its commands.
# It has an environment of its own, for it needs a redis client older than ours.
set -u
cd "$(dirname "$0")/.." || exit 1
folder="$PWD/.tools/pywb"
if [ ! -x "$folder/bin/wayback" ]; then
  python="${PYTHON:-.venv/bin/python}"
  [ -x "$python" ] || python=python3
  { "$python" -m venv "$folder" && "$folder/bin/pip" install --disable-pip-version-check --quiet -r scripts/pywb.txt; } >&2 \
    || { rm -rf "$folder"; echo "pywb: cannot be installed" >&2; exit 1; }
fi
echo "$folder/bin"
