# Answers to one person.

answer-accepted = { $id }: proposed. Those who may decide are asked in its room.
answer-voted = { $id }: your vote counts. { $votes } of { $needed } are there.
answer-voted-enough = { $id }: your vote counts. Approved ({ $votes } of { $needed }).
answer-denied = { $id }: denied. No target has moved.
answer-abort = { $id }: stopping. Nothing has moved: what was begun is taken back.
answer-abort-moved-taken = { $id }: stopping. Something has moved and is not moved back: the run ends as partial.
answer-retry = { $id }: the step is tried again.
answer-skip = { $id }: the run goes on without the step.
answer-marked = { $service } { $version } is now marked { $standing }
answer-closed = { $id }: closed
answer-repair = { $id }: what is missing in its room is made again.
answer-text-edited = { $id }: the text for users is changed. Nothing is published yet.
answer-text-published = { $id }: the text for users is being published.

refused-title = Not done
label-may = May do it
label-identity = Your account
ambiguous-title = Several are open. Name one:
parse-error-title = Not understood
parse-error-help = Type `/rollback help` to see every form.
blocked-title = This rollback cannot be done now
blocked-why = { $service }: { $why }

preview-title = Plan: { $changes }
preview-only = This is what would happen. Nothing was changed or opened.
fix-forward-title = Fix forward: { $services }
fix-forward-nothing-opened = Nothing was opened.

status-title = { $count ->
    [0] No incident is open
    [one] 1 incident
   *[other] { $count } incidents
}
status-incident = { $id } · { $severity } · opened { $day } { $opened } · { $room }
status-incident-closed = { $id } · { $severity } · opened { $day } { $opened } · closed
status-rollback = { $id }: { $subject }: { $state }, asked by { $who }
status-rollback-at = { $id }: { $subject }: { $state } ({ $at }), asked by { $who }
status-waits-for = for: { $who }

history-title = History of { $service }
history-nothing-seen = The bot has not seen anything run yet.
history-seen = Seen running, newest first
history-marks = Marks, newest first
history-candidates = The platform still has, of { $target }
history-sighting = { $at } { $target }: { $version } ({ $standing })
history-mark = { $at } { $version }: { $standing }, { $cause }
history-soaked = checks passed through a soak
history-rolled-back-from = rolled back from, in { $rollback }
history-said = said by { $who }: “{ $because }”
history-candidate = { $version }, made { $created }, { $standing }
history-candidate-revision = { $version } ({ $revision }), made { $created }, { $standing }

why-title = Without a version, { $service } would go back to
why-running = { $target } runs
why-chosen = Chosen
why-standing = Standing
why-last-seen = Last seen running
why-never-seen = never by the bot
why-mark = Mark
why-rule = The rule: of the versions that the bot's own ledger marks good and that do not run now, the one that ran last. The platform's own “previous” is never asked.
