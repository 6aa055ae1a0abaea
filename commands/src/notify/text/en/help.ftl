# How to type it.

help-title = What you can type
help-verb = { $verb }
help-no-topic = There is no verb “{ $topic }”. These are all:
help-more = `help <verb>` explains one. Ids of incidents and of rollbacks both work. Text after `because` goes to the end of the line.

help-rollback-form = /rollback <service>[@version][,<service>…] [<version>|previous|last-good] [env=…] [severity=critical|high|medium|low] [data=none|minor|major] [fix=45m] [detected=15:25] [because …]
help-rollback = Proposes a rollback: opens an incident and its room, shows the plan, and asks those who may approve. Without a version it goes back to the newest one that the ledger marks good and that does not run. Example: /rollback api-service v1.2.9 severity=high detected=15:25 because answers are slow
help-plan-form = /rollback plan <service> [the same as above]
help-plan = Shows what would happen and what would be lost. It changes nothing and opens nothing.
help-status-form = /rollback status [id]
help-status = Shows what goes on.
help-history-form = /rollback history <service> [env=…]
help-history = Shows what ran when, what is good and bad, and what the platform still has.
help-report-form = /rollback report <id>
help-report = Shows the incident report as it stands now.
help-why-form = /rollback why <service> [env=…]
help-why = Shows which version would be chosen, and why.
help-help-form = /rollback help [verb]
help-help = Shows this.
help-close-form = /rollback close [incident]
help-close = Says that the incident is over. Its report becomes final.
help-approve-form = /rollback approve [id] [<short digest>]
help-approve = Votes yes to exactly the plan of this digest. Without a digest the plan is shown with its button instead.
help-deny-form = /rollback deny [id] [because …]
help-deny = Ends the request. Anybody who may approve it may deny it.
help-abort-form = /rollback abort [id] [because …]
help-abort = Stops a run. If nothing has moved, what was begun is taken back. If something has, it is not moved back, and the run ends as partial.
help-retry-form = /rollback retry [id] [because …]
help-retry = Tries the step that failed again.
help-skip-form = /rollback skip [id] because …
help-skip = Goes on without the step that failed. The report names it.
help-mark-form = /rollback mark <service> <version> good|bad because …
help-mark = Tells the ledger what you know of a version.
help-repair-form = /rollback repair [incident]
help-repair = Makes again what people removed from an incident's room: the room, its messages, pins and people.
