# What the engine, the plan and the verbs find.

room-topic = { $id }: { $services }, severity { $severity }.

## Planning

note-migrations-between = Migrations lie between the versions, and { $version } bears them: { $message } A fix forward may still be the better way.
note-migrations-unknown = Whether { $version } bears the schema of now is not known: { $message }
note-migrations-blocked = The migrations forbid this rollback: { $version ->
    [unknown] the old version does not bear the schema of now.
   *[other] { $version } does not bear the schema of now.
}
note-migrations-not-told = The program that knows the migrations gave no answer.
note-migrations-not-checked = Migrations of { $service } are not checked: no program tells them. What the schema and the data have become does not go back.
note-no-version-check = { $service } has no version endpoint in the catalogue: which version users are served cannot be proven.
note-plan-unwritable = The plan cannot be written down.

## Running

note-no-leave-to-move = There is no leave to do { $step }: it is in no approved plan, or the lease is another's.
note-stopped-in-the-middle = It was under way when people said stop. The bot looked at the platform, and did not try again.
note-target-revision-gone = Revision { $revision }, where the plan goes, is not there any more.
note-service-not-in-plan = The service of this step is not in the plan.
note-hook-not-in-plan = The program of { $hook } is not in the plan.
note-room-failed = The room could not be made in { $chat }. Nothing waits for it.
note-room-gone = The room is gone from { $chat }. `repair` makes it again.
note-room-topic-failed = The topic of the room could not be set.
note-room-invite-failed = { $who } could not be invited to the room.
note-room-pin-failed = The plan could not be pinned in the room.
note-room-bookmark-failed = The bookmark { $title } could not be set.
note-room-archive-failed = The room could not be archived.

## Who may, and what stands in the way

note-may-not-abort = Only who asked for it, who approved it, an approver of now or a commander may stop it.
note-nothing-to-approve = No request waits for a decision.
note-nothing-to-abort = Nothing runs that could be stopped.
note-already-closed = { $incident } is closed already.
note-several-hold-locks = The services are held by more than one rollback, { $rollback } among them. Let those end first.
note-service-locked-running = { $rollback } is running for this service. Wait for it, or abort it first.
note-replaced-one-runs = { $rollback }, which this one should replace, runs again. Wait for it, or abort it first.
note-version-never-seen = { $version } of { $service } is neither on the platform nor in the bot's ledger. Check the spelling.
note-replacement-leaves-open = { $rollback } left { $step } open, and this plan does not close it. Abort { $rollback } first, or ask for all of its services.
note-version-disagrees = { $service } says that it is { $served }, the platform says { $platform }. Find out which is so before you decide.
note-may-not-publish = Only who asked for it, who approved it, an approver of now or a commander may publish it.
note-no-user-text = There is no text for users of this rollback yet.
note-text-published = The text for users was published already.
note-text-changed = The text for users is another one now. Read it, then publish it.
note-text-empty = A text without words is not published.
note-needs-a-form = This chat has no forms. Publish the text as it is, or edit it in a chat that has them.
note-no-room = The incident has no room in any chat.
