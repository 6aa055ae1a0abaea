#!/bin/sh
# Starts `systemd --user` in the mount namespace in which this runs, and ends it, with all that it
# started, once standard input closes: when the test ends, however it ends.
# $1: an empty folder. The bus is then at $1/run/bus; unit files are read from $1/units.
set -eu
folder=$1

# One unified hierarchy, whatever the machine has.
if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
    mount -t cgroup2 none /sys/fs/cgroup
fi
group=/sys/fs/cgroup/switchback-test-$$
mkdir "$group"

finish() {
    echo 1 > "$group/cgroup.kill" || true
    # A group cannot be removed until its last process is collected.
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        find "$group" -depth -type d -exec rmdir {} + 2> /dev/null && break
        sleep 0.05
    done
}
trap finish EXIT
# A signal must not skip the end of what was started.
trap 'exit 1' INT TERM HUP

# systemd serves users only where it is told that systemd runs the machine.
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mkdir /run/systemd/system
mkdir -p "$folder/run" "$folder/home" "$folder/units"

env -i PATH="$PATH" HOME="$folder/home" XDG_RUNTIME_DIR="$folder/run" SYSTEMD_UNIT_PATH="$folder/units:" \
    sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$group" \
    /lib/systemd/systemd --user --unit=basic.target --log-target=console --log-level=info \
    < /dev/null 2> "$folder/log" > "$folder/log" &

cat > /dev/null
