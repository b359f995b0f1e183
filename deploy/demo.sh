#!/bin/sh
# Sets Paper Round up and shows its main job on the sample papers, offline:  sh deploy/demo.sh [TOPIC]
set -eu
cd "$(dirname "$0")/.."
topic="$*"
set --
. deploy/setup.sh
exec .venv/bin/python -m deploy.demo "${topic:-recsys}"
