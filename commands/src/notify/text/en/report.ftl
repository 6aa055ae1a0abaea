# The text for users, and the timeline of the report.

## For users [P5]

user-title-done = Service update: rollback completed
user-title-partial = Service update: rollback not finished
user-title-as-before = Service update: rollback not carried out
user-status-done = Rolled back
user-status-partial = Not finished. Not all is proven.
user-status-as-before = Unchanged
user-duration = { $span }, from its detection at { $from }
user-happened-done = A problem was reported, and we rolled back { $destinations }.
user-happened-partial = A problem was reported, and we began to roll back { $destinations }. Not all of it is confirmed.
user-happened-as-before = A problem was reported, and we prepared to roll back { $destinations }. We did not carry it out, and no version was changed.
user-healthy = { $service }: checks pass. { $probes }.
user-verified = { $service }: the right version answers. Its health was not measured.
user-failing = { $service }: checks did not pass when they last ran.
user-not-checked = { $service }: not checked.
user-data-not-checked = Data was not checked.
user-data-no-loss = No data was lost by the rollback, by the checks that ran.
user-data-stated = Data impact of the problem, as reported: { $data }.
user-data-loss = A check reports that data was affected by the rollback.
user-next-watch = Switchback watches for drift until { $at }. Further steps: from the team.
user-next-team = Further steps: from the team.
user-next-tasks = Some of the work is left to be done by hand.

## The timeline

timeline-opened = Incident opened for { $services }, severity { $severity }, detected at { $detected }
timeline-rollback-added = { $rollback } was added to the incident
timeline-room-ready = The room { $room } is ready
timeline-room-failed = The room in { $chat } is not complete: { $why }
timeline-task = { $rollback } step { $step } is left for people to do: { $why }
timeline-drifted = { $service } { $target } no longer runs what it was rolled back to; it runs { $now }
timeline-closed = Incident closed
timeline-repair = Repair of the room asked for
timeline-archive-due = The room has been there for as long as it is to stay
timeline-archived = The room is archived
timeline-text-edited = { $id } text for users changed
timeline-text-published = { $id } text for users published
timeline-wanted = { $service } to { $wanted }
timeline-requested = { $id } asked for: { $services }. Reason: { $reason }
timeline-planned = { $id } plan { $digest } made
timeline-voted = { $id } vote for plan { $digest } as { $role }, by { $source }
timeline-approved = { $id } plan { $digest } approved
timeline-denied = { $id } denied as { $role }. Reason: { $reason }
timeline-expired = { $id } expired without approval
timeline-replaced = { $id } replaced by { $by }
timeline-decision-soon = { $id } reminder: 10 of 15 minutes to decide are over
timeline-decision-due = { $id } reminder: the 15 minutes to decide are over
timeline-still-asked = { $id } reminder: a question still waits
timeline-started = { $id } run started
timeline-void = { $id } plan void: { $changes }
timeline-abort = { $id } abort asked for. Reason: { $reason }
timeline-asked = { $id } paused at step { $step }: { $why }
timeline-retry = { $id } answered as { $role }: retry. Reason: { $reason }
timeline-skip = { $id } answered as { $role }: skip. Reason: { $reason }
timeline-done = { $id } run ended: done
timeline-partial = { $id } run ended: partial
timeline-as-before = { $id } run ended, nothing moved: { $why }
timeline-watch-ended = { $id } watch for drift ended
timeline-step-started = { $id } step { $step } started, attempt { $attempt }
timeline-step-again = { $id } step { $step } started again, after a restart
timeline-step-finished = { $id } step { $step } finished
timeline-step-failed = { $id } step { $step } attempt { $attempt } failed: { $why }
timeline-observed = { $id } step { $step }: { $seen }
