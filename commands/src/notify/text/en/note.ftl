# Things that were found, and refusals: what it means, and what can be done. One sentence for each code
# `note-<code>`. An argument that is not given reads `unknown`.

## How a run ended as before

note-ended-aborted = People stopped it before anything moved.
note-ended-plan-void = The live platform changed after the plan was made, so the plan is void{ $blocked ->
    [unknown] . Ask again for a new plan.
   *[other] , and no new one can be made: { $blocked }
}
note-ended-step-failed = Step { $step } failed before anything moved. What was begun was taken back. Read the evidence, then ask again.
note-ended-all-skipped = Every target was left out by people. Nothing moved.

## The version to go back to

note-target-unproven = { $version } is unproven: the bot never saw it run well. Check it, or mark it good: `mark <service> { $version } good because …`
note-target-known-bad = { $version } is marked bad{ $rolled_back_in ->
    [unknown] { $because ->
        [unknown] { "" }
       *[other] : “{ $because }”
    }
   *[other] : it was rolled back from in { $rolled_back_in }
}. Choose another version, unless you know better.
note-target-newer = { $version ->
    [unknown] This version
   *[other] { $version }
} is newer than what runs. This is a deployment, not a rollback.
note-target-equal = { $version ->
    [unknown] This version
   *[other] { $version }
} is running already. There is nothing to roll back.
note-target-previous-toggles = “previous” is what ran before by the bot's own ledger{ $version ->
    [unknown] { "" }
   *[other] : { $version }
}. After a rollback that can be the bad release. Name the version to be sure.
note-version-unknown = There is no { $version } on the platform. It has: { $available }. Check the spelling, or choose one of these.
note-version-gone = { $version } ran here (last seen to begin on { $seen }, as { $revision }), and the platform has not kept it: there is nothing to go back to. Deploy { $version } anew with your pipeline, or choose one that is there: { $available }.
note-version-by-ledger = { $count } revisions are called { $version }. Taken is { $revision }, the only one that the ledger calls good.
note-version-ambiguous = { $version ->
    [unknown] The version
   *[other] { $version }
} is more than one revision{ $available ->
    [unknown] { "" }
   *[other] : { $available }
}. Name the revision instead.
note-version-running-unknown = The platform does not say which version runs now. The plan goes by its revision.
note-no-good-version = The ledger marks no version good that is not running. Name a version, or mark one good first.
note-nothing-before = The bot has not seen anything run before what runs now. Name a version.
note-not-all-environments = The service runs in several environments: { $environments }. Add `env=…`.
note-service-unknown = There is no service { $service } in the catalogue.
note-environment-unknown = { $service } has no environment { $environment }.

## Judging

# The other ground of the rule `rule-medium-fix-forward`.
note-rule-medium-data-changed = Medium severity, and data was changed. A rollback may lose more of it than it saves.

## Asking

note-service-locked = { $service ->
    [unknown] The service
   *[other] { $service }
} is locked by { $rollback }, asked for by { $who }. Follow that one, deny or abort it, or replace it by a new request that is approved.
note-second-rollback-needs-version = { $service ->
    [unknown] It
   *[other] { $service }
} was rolled back { $minutes } min ago. Name the version, so that it does not toggle.
note-against-advice-needs-reason = The advice is to fix forward. To roll back all the same, add `because …`
note-not-mapped = Your chat account belongs to no person in the configuration. You may read, not decide. Ask an operator to add you.
note-incident-has-open-rollback = The incident has a rollback that is not over: { $rollback }. Decide on it first.
note-nothing-open = Nothing is open.
note-incident-removed = { $id } was closed on { $closed }. Its record was removed on { $removed }, since the log does not keep closed incidents for longer.
note-incident-not-found = No incident { $id }. Open ones: /rollback status

## Voting and answering

note-not-eligible = Your role does not count here. Needed: { $roles }.
note-own-request-not-counted = You asked for this rollback, so your vote does not count. Ask somebody else to vote.
note-already-voted = You voted for this plan already.
note-digest-mismatch = This is not the plan that stands now{ $expected ->
    [unknown] { "" }
   *[other] : that one is { $expected }
}. Look at the new plan, then decide.
note-plan-expired = This request has expired. Ask again.
note-not-proposed = It is not waiting for approval any more{ $phase ->
    [unknown] { "" }
   *[other] : { $phase }
}.
note-nothing-to-answer = No question waits for an answer.
note-old-card = This card is old. The question was answered, or another one is asked now. Use the newest card.
note-not-paused = It is not paused, so there is nothing to retry or skip.
note-skip-needs-reason = To skip a step, add `because …`
note-already-over = It is over. Nothing was changed.
note-already-stopping = It is stopping already.
note-role-answer-too-old = The answer about who holds the role is too old. It is asked for again: press once more.
note-on-call-unavailable = The rota does not say who is on call, so no on-call vote can count now: { $why }. Try again, or ask an incident commander.
note-command-panicked = Switchback itself failed at this, and it is not tried again. Look at what stands (/rollback status) before you repeat it; its log on the machine says more.
note-log-unavailable = The log cannot be written, so nothing is done: { $why }.

## Hooks

note-hook-failed = { $hook ->
    [unknown] The program
   *[other] The program of { $hook }
} failed. Read its output, mend it, then retry.
note-hook-blocked = { $hook ->
    [unknown] The program
   *[other] The program of { $hook }
} says no. Do what it asks for, then retry.
note-hook-unknown = { $hook ->
    [unknown] The program
   *[other] The program of { $hook }
} cannot say whether it is done. Look by hand, then retry or skip.
note-hook-half-run = { $hook ->
    [unknown] The program
   *[other] The program of { $hook }
} was interrupted, and nobody knows how far it came. Look by hand, then retry or skip.
note-hook-not-done = { $hook ->
    [unknown] The program
   *[other] The program of { $hook }
} says that it is not done.
note-hook-timed-out = { $hook ->
    [unknown] The program
   *[other] The program of { $hook }
} gave no answer in time and was ended.

## Checks

note-health-failed = { $url } is not well. Find out why, then retry.
note-version-mismatch = Users are served { $found }, not { $expected }. A cache, or a process of the old release, may still answer.
note-version-unreadable = The version endpoint { $url } did not tell a version.
note-slow-response = { $url ->
    [unknown] The service
   *[other] { $url }
} answers too slowly{ $median ->
    [unknown] { "" }
   *[other] : median { $median }, at most { $limit } is well
}.
note-error-rate = Too many of our own probes{ $url ->
    [unknown] { "" }
   *[other] { " " }of { $url }
} failed{ $samples ->
    [unknown] { "" }
   *[other] : { $failed } of { $samples }, at most { $limit } % is well
}.
note-no-checks = { $service } has no checks in the catalogue. After the rollback nobody will have proven that it is well.

## The platform

note-platform-failed = The platform did not do it. Read its words.
note-platform-unknown = The platform cannot be asked now. Nothing is taken for done.
note-platform-forbidden = The bot may not do this on the platform. Read its words, and grant the permission.
note-target-missing = { $target } is not there on the platform.
note-address-wrong = The catalogue's address of { $target } is wrong. An operator must mend the configuration.
note-superseded = Somebody else moved the target: { $by }. Find out who, before anything else is moved.
note-step-panicked = Switchback itself failed in this step. Its log on the machine says more.
note-deadline-passed = It was not there after { $span ->
    [unknown] { $minutes } min
   *[other] { $span }
}.
note-intent-changed = The target changed since the plan was made, so nothing was written. A new plan is needed.
note-unreadable-log = This release cannot read the log of this rollback{ $why ->
    [unknown] { "" }
   *[other] : { $why }
}. Deploy the release that wrote it, or a newer one.
