#!/usr/bin/env bash
# Runs once, as Gradescope builds the autograder's image: a Python of 3.11 or later, with what
# checking needs. Nothing is installed while students are graded.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
source="$root/source"

# The newest Python that is there and can make an environment.
usable() {
  for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$name" > /dev/null &&
      "$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      echo "$name"
      return
    fi
  done
}

python="$(usable)"
if [ -z "$python" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  # Of the images of Ubuntu, 24.04 has 3.12, and 22.04 has 3.11 beside its own.
  apt-get -qq install --no-install-recommends python3.12 python3.12-venv ||
    apt-get -qq install --no-install-recommends python3.11 python3.11-venv
  python="$(usable)"
fi
if [ -z "$python" ]; then
  echo "no Python of 3.11 or later; choose an image of Ubuntu 22.04 or later" >&2
  exit 1
fi

"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet --no-cache-dir \
  -c "$source/constraints.txt" -r "$source/requirements.txt"
# What is installed works: the image fails now, not when a student hands in.
PYTHONPATH="$source" "$root/venv/bin/python" -m analysis check --help > /dev/null
