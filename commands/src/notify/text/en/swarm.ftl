# What the Swarm platform finds: what it means, and what can be done.

## Before the move: what forbids it

note-swarm-job = { $service } is a job: it ends by itself, and cannot be rolled back. Run the job of the older version instead.
note-swarm-removed = The { $kind } { $name } was removed from the swarm, and the release of { $service } used it. Create it again, then ask again.
note-swarm-image-missing = Neither the registry nor the manager has { $image } of { $service }. Push it again, or choose another version.

## Before the move: what to know

note-swarm-no-replicas = { $service } is scaled to 0: after the move nobody will be served by it, and nothing be proven.
note-swarm-stack = { $service } belongs to the stack { $stack }. The next deploy of that stack decides again what runs: put { $image } into its file first.
note-swarm-outage = { $tasks ->
    [one] The only task of { $service } is
   *[other] All { $tasks } tasks of { $service } are
} stopped before anything starts in its place: nobody is served in between. `docker service update { $option } start-first { $service }` avoids that, where two tasks may run beside each other.
note-swarm-engine-may-roll-back = If tasks of { $service } fail, the engine goes back to { $image } by itself: its update settings say so.
note-swarm-update-runs = An update of { $service } is under way ({ $state }). The move cuts it off.
note-swarm-no-digest = { $image } of { $service } is named without a digest: each node fetches what the tag means then.
note-swarm-registry-away-local = The registry does not tell of { $image } of { $service }. The manager has it; other nodes may not.
note-swarm-registry-away = The registry does not tell of { $image } of { $service }, and the manager does not have it. Nodes that do not have it either cannot run it.
note-swarm-no-health-check = { $service } has no health check: that it runs is all that the engine can say. Hold longer, and name a health endpoint.

## What changes, and what stays

note-swarm-image-changes = { $service } is set from { $from } to { $to }. All else of its specification stays.
note-swarm-by-engine = The engine's own rollback leads { $service } to exactly that, and is used: it goes by the rollback settings of the service.
note-swarm-order = Tasks of { $service } are replaced { $parallelism ->
    [0] all at once
    [one] one at a time
   *[other] { $parallelism } at a time
}, { $order }.
note-swarm-stays = Not rolled back: { $field } of { $service } (was { $then }, is { $now }).

## On the way

note-swarm-not-moved = The service is still set to { $image }.
note-swarm-running = { $running } of { $wanted } tasks run it{ $old ->
    [0] .
   *[other] , { $old } others are there.
}
note-swarm-waiting = Task { $place } is { $state }: { $error }

## It will not get there by itself

note-swarm-paused = The engine stopped the update ({ $state }), and only a new one moves it on.
note-swarm-engine-rolled-back = The engine took the move back by itself ({ $state }). Read the evidence, then roll back further or fix forward.
note-swarm-crashes = Task { $place } ended by itself { $times } times.
note-swarm-nobody-serves = The service wants no task, or no node may run one: nobody is served by it.
note-swarm-bytes-differ = Not all tasks run the same bytes: { $image } is a tag, and nodes fetched what it meant to each. Set the service to a digest.
note-swarm-stuck = Task { $place } stays { $state }. The engine would wait without end.

## It cannot be said

note-swarm-unread = The swarm cannot be asked.
note-swarm-bytes-unknown = Task { $place } was started by its tag alone, on another node: whether that means { $image } there, no manager can tell. Set the service to the digest.

## What was cleaned up

note-swarm-image-removed = { $image } is removed from the manager's engine; other nodes keep theirs.
note-swarm-image-stays = { $image } stays on the manager's engine: it is in use ({ $by }).
note-swarm-image-is-gone = { $image } is not on the manager's engine any more.
