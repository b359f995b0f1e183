#!/bin/sh
# Sets Paper Round up and runs its tests:  sh tests/run.sh [PYTEST ARGUMENT ...]
set -eu
cd "$(dirname "$0")/.."
( set -- dev; . deploy/setup.sh )
unset PYTHONDONTWRITEBYTECODE  # else every process that a test starts compiles all modules anew
exec .venv/bin/python -m pytest -n 3 "$@"
