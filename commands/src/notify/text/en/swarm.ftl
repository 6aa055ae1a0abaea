# What the Swarm platform finds: what it means, and what can be done.

## Before the move: what forbids it

note-swarm-job = The service is a job: it ends by itself, and cannot be rolled back. Run the job of the older version instead.
note-swarm-removed = The { $kind } { $name } was removed from the swarm, and the release used it. Create it again, then ask again.
note-swarm-image-missing = Neither the registry nor the manager has { $image }. Push it again, or choose another version.

## Before the move: what to know

note-swarm-no-replicas = The service is scaled to 0: after the move nobody will be served by it.
note-swarm-stack = The service belongs to the stack { $stack }. The next deploy of that stack decides again what runs: put { $image } into its file first.
note-swarm-outage = All tasks are stopped before new ones start (parallelism { $parallelism }, stop-first): nobody is served in between. `--update-order start-first` avoids that.
note-swarm-engine-may-roll-back = If tasks fail, the engine goes back to { $image } by itself: the service says so in its update settings.
note-swarm-update-runs = An update of the service is under way ({ $state }). The move cuts it off.
note-swarm-no-digest = { $image } is named without a digest: each node fetches what the tag means then.
note-swarm-registry-away-local = The registry does not tell of { $image }. The manager has it; other nodes may not.
note-swarm-registry-away = The registry does not tell of { $image }, and the manager does not have it. Nodes that have it not either cannot run it.
note-swarm-no-health-check = The image has no health check: that it runs is all that the engine can say. Hold longer, and name a health endpoint.

## What changes, and what stays

note-swarm-image-changes = The service is set from { $from } to { $to }. All else of its specification stays.
note-swarm-order = Tasks are replaced { $parallelism ->
    [0] all at once
    [one] one at a time
   *[other] { $parallelism } at a time
}, { $order }.
note-swarm-stays = Not rolled back: { $field } (was { $then }, is { $now }).

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
note-swarm-nobody-serves = The service wants no task, so nobody is served by it.
note-swarm-stuck = Task { $place } stays { $state }. The engine would wait without end.

## It cannot be said

note-swarm-unread = The swarm cannot be asked.
