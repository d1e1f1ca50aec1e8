#!/bin/sh
# Every GPU path beside the CPU's, on any machine with CUDA, in about six minutes; sizes by flags: benchmarks/gpu.sh --help.
# PYTHON names the interpreter (default: the one of .venv, else python3). Without CUDA it says so and exits with 2.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
    PYTHON=python3
    [ ! -x .venv/bin/python ] || PYTHON=.venv/bin/python
fi
exec env PYTHONUNBUFFERED=1 "$PYTHON" -m benchmarks.gpu "$@"
