#!/bin/sh
# Runs one Docker engine in the folder $1 for as long as a test uses it: each holds a shared lock on
# `users`. When nobody has for a while, or this is told to end, the engine is ended by its id. It listens
# at its socket, and with TLS on both sides at the port $2 of this machine.
set -u
folder=$1
cd "$folder" || exit 1
# No bridge and no packet filter: services publish on the host's network, so neither is needed.
dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
    --host "unix://$folder/docker.sock" \
    --host "tcp://127.0.0.1:$2" --tlsverify --tlscacert "$folder/tls/ca.pem" \
    --tlscert "$folder/tls/engine.pem" --tlskey "$folder/tls/engine-key.pem" --bridge=none --iptables=false --ip6tables=false \
    --storage-driver vfs --log-level warn >log 2>&1 &
engine=$!

finish() {
    kill "$engine" 2>/dev/null
    wait "$engine"
    # Mounts of containers that did not end in time would keep the folder.
    for mount in $(awk -v folder="$folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r); do
        umount -l "$mount" 2>/dev/null
    done
    rm -rf "$folder/data" "$folder/exec" "$folder/docker.sock" "$folder/pid" "$folder/ready"
    exit 0
}
trap finish TERM INT HUP
exec 9>users

idle=0
while kill -0 "$engine" 2>/dev/null; do
    sleep 1 &
    wait $!
    # Free only if no test holds it. Kept while the engine ends: a test that comes now waits for that.
    if flock --exclusive --nonblock 9; then
        idle=$((idle + 1))
        [ "$idle" -lt 20 ] || finish
        flock --unlock 9
    else
        idle=0
    fi
done
finish
