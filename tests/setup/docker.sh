#!/bin/sh
# What the tests against a real Docker engine need, on Debian 12 or newer, as root: the engine itself and
# its command line. Nothing is started here; the tests start an engine of their own, with its own data,
# socket and process file, and end it by its id. Running this again is quick.
set -eu

missing=""
command -v dockerd >/dev/null || missing="docker.io"
# Newer releases of Debian have the command line in a package of its own.
if ! command -v docker >/dev/null; then
    if apt-cache show docker-cli >/dev/null 2>&1; then missing="docker.io docker-cli"; else missing="docker.io"; fi
fi
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
