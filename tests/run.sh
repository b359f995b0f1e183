#!/bin/sh
# Sets Paper Round up and runs its tests:  sh tests/run.sh [PYTEST ARGUMENT ...]
# THOROUGH=20 draws twenty times as many random cards for the renderers: 2,000 a platform.
set -eu
cd "$(dirname "$0")/.."
( set -- dev; . deploy/setup.sh )
exec .venv/bin/python -m pytest -n 3 "$@"
