#!/usr/bin/env bash
# Runs Genesis with the arguments given. Its first run in a job installs it from GENESIS_PACKAGE.
set -euo pipefail
shopt -s inherit_errexit

fail() {
    printf '%s\n' "$@" >&2
    exit 2
}

[[ -n ${GENESIS_PACKAGE:-} ]] || fail \
    'GENESIS_PACKAGE is not set, and Genesis is in no public package registry.' \
    'Set it in this CI to what pip can install, with the extra for lint, for example' \
    '  genesis-agents[lint] @ git+https://git.example.com/genesis.git@v0.1.0' \
    'A pull request from a fork does not get it. Without Genesis: genesis ci --standalone'
if [[ ${1:-} == deploy* && -z ${NATS_URL:-} ]]; then
    # One that began and ended with this job would not know what was live before.
    fail 'NATS_URL is not set: deploying takes a Genesis that runs, whose agents the work is for.' \
        'Set NATS_URL, NATS_ACCOUNT and NATS_SEED in this CI.'
fi

place=${RUNNER_TEMP:-/tmp}/genesis-$(printf '%s' "$GENESIS_PACKAGE" | cksum | tr ' ' -)
if [[ ! -x $place/bin/genesis ]]; then
    python3 -m venv "$place" >&2
    "$place/bin/pip" install --quiet --disable-pip-version-check "$GENESIS_PACKAGE" >&2
fi
exec "$place/bin/genesis" "$@"
