#!/bin/sh
# What the tests against a real Docker engine need, on Debian 12 or newer, as root: the engine itself, its
# command line, and a server of SSH. Nothing is started here; the tests start an engine and a server of their
# own, with their own data, ports and keys, and end them by their ids. Running this again is quick.
set -eu

missing=""
command -v dockerd >/dev/null || missing="docker.io"
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
command -v ssh >/dev/null || missing="$missing openssh-client"
# Newer releases of Debian have the command line in a package of its own.
if ! command -v docker >/dev/null; then
    if apt-cache show docker-cli >/dev/null 2>&1; then missing="$missing docker-cli"; else missing="$missing docker.io"; fi
fi
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
# As root, sshd wants this folder to shut itself in; where its service never ran, nobody made it.
mkdir -p /run/sshd
