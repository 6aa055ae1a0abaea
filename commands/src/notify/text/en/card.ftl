# Cards in rooms: proposal, notification, progress, questions, alerts.

## Labels and titles

label-severity = Severity
label-data-impact = Data impact
label-detected = Detected
label-advice = Advice
label-fix-forward = Fix forward
label-assumed = Not stated
label-estimate = Estimate
label-may-approve = May approve
label-plan = Plan
label-asked-by = Asked by
label-reason = Reason
label-replaces = Replaces
label-expires = Expires
label-approved = Approved
label-stands-still = Stands still
label-issue = Issue
label-action = Action
label-eta = ETA
label-impact = Impact
label-status-channel = Status channel
label-waiting-for = Waiting for
label-started = Started
label-ended = Ended
label-took = Took
label-watched = Watched
label-stopped-by = Stopped by
label-step = Step
label-why = Why
label-may-answer = May answer
label-answer = Answer
label-asked = Asked
label-target = Target
label-runs-now = Runs now
label-after = After
label-status = Status
label-time = Time
label-duration = Duration

title-warnings = Warnings
title-losses = What would be lost
title-changes = What changes
title-migrations = Migrations
title-health-before = Health now, by our own probes
title-steps = Steps
title-votes = Votes
title-changed-since = Changed since the plan was made
title-moved = What has moved
title-answers = What each answer means
title-tasks = Left for people to do
title-what-happened = What happened
title-current-status = Current status
title-next-steps = Next steps

## Headlines: ids, names and versions only

headline-planning = { $id }: planning a rollback of { $subject }
headline-proposed = { $id }: roll back { $subject }?
headline-approved = { $id }: approved: { $subject }
headline-void = { $id }: the plan is void: { $subject }
headline-denied = { $id }: denied: { $subject }
headline-expired = { $id }: expired: { $subject }
headline-replaced = { $id }: replaced: { $subject }
headline-starting = { $id }: about to start: { $subject }
headline-running = { $id }: rolling back { $subject }
headline-paused = { $id }: paused: { $subject }
headline-unwinding = { $id }: stopping, nothing has moved: { $subject }
headline-closing = { $id }: stopping, something has moved: { $subject }
headline-done = { $id }: rolled back { $subject }
headline-done-skipped = { $id }: rolled back, with steps left out: { $subject }
headline-partial = { $id }: not finished: { $subject }. Not all is proven.
headline-as-before = { $id }: not rolled back: { $subject }
headline-question = { $id }: needs an answer: { $step }
headline-question-over = { $id }: the question is settled: { $step }
headline-drift = { $id }: { $service } no longer runs what it was rolled back to
headline-task = { $id }: step { $step } is left for people to do
headline-plan-void = { $id }: the approval is void: { $services } changed
headline-decision-soon = { $id }: 10 of 15 minutes to decide are over
headline-decision-due = { $id }: the 15 minutes to decide are over
headline-still-asked = { $id }: a question still waits
headline-user-text = { $rollback }: text for users
headline-user-text-draft = { $rollback }: text for users, not published yet
headline-user-text-published = { $rollback }: text for users, published
headline-details = { $id }: what happened, page { $page }
headline-report = { $id }: incident report
headline-report-closed = { $id }: incident report, closed

## What a rollback is about

subject-asked = { $service } → { $wanted }
wanted-previous = the version before
wanted-last-good = the last good version
reason = “{ $because }”
reason-none = no reason given
asked-by-at = { $who } at { $at }
difference = { $field }: was { $pinned }, is { $now }
difference-nothing = nothing
stands-still = This release cannot read the log of this rollback, so it does nothing: { $why }. Deploy the release that wrote it, or a newer one.

## A plan

plan-change = { $change } · { $standing } in the ledger · { $targets }
plan-target = { $target }: { $change }
plan-advice = { $decision }. { $rule }
plan-advice-assumed = { $decision }, if the assumptions hold. { $rule }
plan-fix-forward = { $span }. Consider this first: a rollback is the last resort.
plan-assumed = { $what }
plan-assumed-asked = { $what }. Approving confirms them.
plan-assumed-confirmed = { $what }. Assumed, and confirmed by the votes.
plan-estimate = about { $span }
plan-no-loss-named = No check named a loss. That does not prove that nothing is lost.
proposal-replaces = { $id }, once this one is approved
proposal-void = The live platform is no longer as the plan pins it. Votes and approval are void. What was begun is taken back, then a new plan is shown.
confirm-approve = Roll back { $changes }? Plan { $digest }.
confirm-deny = Deny { $id }: { $subject }? The request ends.
button-approve = Approve
button-deny = Deny

migration = { $service }: { $said } { $message ->
    [unknown] { "" }
   *[other] { $message } ({ $facts })
}
migration-done = checked.
migration-not-done = not all is as the check wants it.
migration-blocked = the check says no.
migration-unknown = the check cannot say.

## Approval

approval-votes = { $votes ->
    [one] 1 vote
   *[other] { $votes } votes
} of: { $roles }
approval-own = who asked may vote too, if they hold the role
approval-not-own = not who asked
approval-rule = { $votes }; { $own }
approval-or = { " or " }
approval-role = { $role } ({ $names })
approval-vote = { $name } at { $at }

## Steps

step-examine = Check { $service }: version, health, target, permissions
step-undo = Take back: { $what }
step-roll = Roll { $service } { $target }: { $change }
step-see = See all of { $service } { $target } run { $to }
step-verify = Verify { $service } by our own probes
step-hold = See that { $service } stays well for { $span }
step-hook-migrations = Migrations of { $service }
step-hook-backup = Back up { $service }
step-hook-maintenance = Maintenance page on, for { $service }
step-undo-maintenance = Maintenance page off, for { $service }
step-undo-drain = Traffic back to { $service }, by the program that drained it
step-hook-drain = Drain traffic from { $service }
step-hook-configuration = Configuration of { $service }
step-hook-flags = Feature flags of { $service }
step-hook-restore-traffic = Restore traffic to { $service }
step-hook-clean-up = Clean up after { $service }
step-clean-up = Remove what { $from } left of { $service } { $target }, where nothing uses it
step-not-run = not run
step-since = since { $at }
step-attempt = attempt { $attempt }
step-again = to be tried again
step-cut-off = stopped before it ended
step-failed = attempt { $attempt } failed at { $at }: { $why }
step-failed-saying = attempt { $attempt } failed at { $at }: { $why } It says: { $words }
step-skipped = left out by { $by }
step-skipped-because = left out by { $by }: “{ $because }”
step-took-attempts = { $span }, { $attempts } attempts

verdict-done = all of it runs there, and is well
verdict-failed = it will not get there by itself: { $why }
verdict-superseded = moved by somebody else: { $by }
verdict-unknown = cannot be seen now: { $why }
verdict-part = { $count } { $state }
verdict-with-parts = { $verdict } ({ $parts })

probes-together = { $well } of { $samples } of our own probes were answered well
probes-endpoint = { $url }: { $well } of { $samples } answered well, median { $median }
probes-endpoint-before = { $url }: { $well } of { $samples } answered well, median { $median }, before { $before }
probe-answered = { $url }: answered in { $median }
probe-failed = { $url }: failed, { $why }

target-of = { $target } of { $service }
target-moved = { $target }: moved
target-not-moved = { $target }: not moved
target-may-have-moved = { $target }: may have moved, so it is treated as moved

## How it ended

ended-denied = Denied by { $who } as { $role } at { $at }. Reason: { $reason }. No target has moved.
ended-expired = Not approved in time: expired at { $at }. No target has moved.
ended-expired-approved = Approved, but not started in time: expired at { $at }. No target has moved.
ended-replaced = Replaced by { $by } at { $at }. It never ran.
ended-replaced-running = Replaced by { $by } at { $at } while it ran. That one takes over its lock and what it left open.
end-fix-forward = The advice is to fix forward ({ $span }).
end-still-advised = Nothing was rolled back. Fix forward ({ $span }), or ask again.
outcome-skipped = Left out by people: { $steps }.
outcome-missing = Not done, or not proven: { $steps }.
outcome-as-before = No target has moved.
outcome-aborted = Stopped by { $who } before anything moved: { $reason }
proven-seen = { $service } { $target }: all of it was seen running { $to } on the platform.
proven-version = { $service }: its version endpoint answered { $to }.
proven-probes = { $service }, by our own probes: { $probes }.
proven-held = { $service }: it stayed so for { $span }.
watched-until = for drift until { $at }
task = { $step }: { $why }

## The emergency notification

notice-proposed = { $id }: PROPOSED, not decided: roll back { $subject }
notice-void = { $id }: STOPPED, the plan is void: { $subject }
notice-emergency = { $id }: EMERGENCY: rolling back { $subject }
notice-rolling-back = { $id }: rolling back { $subject }
notice-paused = { $id }: PAUSED: rolling back { $subject }
notice-issue = Severity { $severity }. Reported: { $reason }
notice-action-proposed = Proposed: roll back { $destinations }. Not decided.
notice-action-proposed-again = Proposed again, after a change on the platform: roll back { $destinations }. Not decided.
notice-action-void = Stopped before anything moved. A new plan is on its way.
notice-action-paused = Rolling back { $destinations }. Paused: people are asked.
notice-action-stopping = Stopping the rollback of { $destinations }.
notice-action-running = Rolling back { $destinations }. Approved by { $approvers }.
notice-action-none = None. The rollback of { $destinations } is not carried out.
notice-action-replaced = Another rollback takes the place of: { $destinations }.
notice-impact = { $services }. Data impact: { $data }. Before: { $probes }.
notice-action-done = Done.
notice-action-incomplete = Incomplete.
notice-action-as-before = None was carried out.
notice-not-probed = not probed
eta-proposed = { $estimate } after approval
eta-at = about { $at } (estimate)
room-not-there = #{ $name } (being made)

## Progress

progress-proposed-again = This run stopped before anything moved: the platform changed. A new plan is proposed.
progress-abort = { $who }: { $reason }
waiting-approval = approval by { $who }
waiting-answer = an answer by { $who }
button-abort = Abort
confirm-abort = Abort { $id } ({ $subject })? Nothing has moved: what was begun is taken back.
confirm-abort-moved = Abort { $id } ({ $subject })? Something has moved and is not moved back: the run ends as partial.

## Questions

button-retry = Retry
button-skip = Skip
confirm-skip = { $id }: are you sure? { $means }
confirm-abort-question = { $id }: are you sure? { $means }
answer-retry-means = Retry: { $step } is tried again (attempt { $attempt }).
answer-skip-means = Skip: the run goes on without this step, and the report names it.
answer-skip-roll = Skip: { $target } of { $service } stays on { $from }, and the report names it.
answer-skip-roll-unknown = Skip: { $target } of { $service } stays as it is, whichever version that is, and the report names it.
answer-skip-proof = Skip: it is not proven that { $service } is well, and the run ends as partial.
answer-skip-closer = Skip: what this step closes stays as it is, and people must close it by hand.
answer-abort-means = Abort: nothing has moved, so what was begun is taken back, and production stays as before.
answer-abort-moved = Abort: nothing is moved back. What was opened is closed, and the run ends as partial.
question-retried = Retry, by { $who } as { $role } at { $at }. Reason: { $reason }
question-skipped = Skip, by { $who } as { $role } at { $at }. Reason: { $reason }
question-aborted = Aborted by { $who } at { $at }. Reason: { $reason }
question-replaced = The rollback was replaced by { $by } at { $at }.
question-overtaken = The run went on without an answer.

## Alerts

drift-means = Somebody or something moved it. Switchback does not move it back. Look at who deployed, then roll back again if it is wrong.
task-means = It runs no more and holds no lock. Do it by hand, then close the incident.
void-means = The live platform is not as the plan pins it, so the votes no longer count. Nothing has moved. A new plan needs a new approval.

## Report

button-close = Close incident
confirm-close = Close { $id }? Its report becomes final.

summary-planning = being planned
summary-proposed = waits for approval
summary-approved = approved, about to start
summary-running = running
summary-paused = paused, waits for an answer
summary-stopping = stopping
summary-done = rolled back
summary-partial = not finished, not all is proven
summary-as-before = not rolled back, nothing moved
summary-denied = denied
summary-expired = expired
summary-replaced = replaced
summary-stands-still = stands still: this release cannot read its log

## The text for users

button-publish = Publish
button-edit = Edit
confirm-publish = Publish this text of { $id } where users read? It cannot be changed afterwards.
user-text-draft-means = Users do not see this yet. Edit it if you like, then publish it.
label-published = Published
published-by = by { $who } at { $at }

## Details

details-line = { $time } { $who }: { $text }

## Rooms

bookmark-report = Incident report
