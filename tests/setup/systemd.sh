#!/bin/sh
# What the tests against a real systemd need, on Debian 12 or newer, as root. Running it again is quick.
# They start `systemd --user` in a mount namespace of their own, so PID 1 may be anything; what they
# need of the machine beside these packages is the right to mount and a cgroup2 file system.
set -eu

wanted="systemd dbus-daemon dbus-user-session util-linux"
missing=""
for package in $wanted; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi
