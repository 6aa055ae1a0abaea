# What is said where a typed command cannot be read: what is wrong, and what to type instead.
# Each message is the sentence of one problem of the grammar (parse/note.rs).

note-parse-too-long = That is more than { $limit } characters, so nothing was read. Type one command, and keep the reason short.

note-parse-unknown-word = "{ $typed }" is neither a service nor a verb. Services: { $known }. For the verbs: /rollback help
note-parse-unknown-word-near = "{ $typed }" is neither a service nor a verb. Did you mean: { $near }?
note-parse-unknown-service = No service is called "{ $typed }". Services: { $known }.
note-parse-unknown-service-near = No service is called "{ $typed }". Did you mean: { $near }?
note-parse-no-services = The catalogue has no service, so there is nothing to roll back. Add one to the configuration.
note-parse-missing-service = Which service? For example: { $example }
note-parse-service-twice = "{ $service }" is in the list twice. Name each service once.
note-parse-service-not-there = { $service } is not in { $environment }. It is in: { $known }. For example: env=production
note-parse-missing-comma = "{ $service }" is a second service. Put a comma between services: api-service,{ $service } v1.2.9
note-parse-wrong-sign = Put @ between a service and its version: { $service }@v1.2.9

note-parse-unknown-environment = No environment is called "{ $typed }". Use one of: { $known }.
note-parse-environment-as-version = "{ $environment }" is an environment and stands where the version goes. Write env={ $environment }

note-parse-version-in-list = "{ $typed }" follows a comma, so it is read as a service. Without the comma it is the version: api-service { $typed }
note-parse-verb-not-first = "{ $verb }" must come first. For example: { $example }
note-parse-missing-version = No version follows "{ $after }". For example: api-service@v1.2.9, or last-good for the newest good one.
note-parse-needs-version = "{ $verb }" needs one exact version. For example: { $example }
note-parse-bad-version = "{ $typed }" is no version. A version is at most 128 letters, digits and . _ + - and begins with a letter or a digit: v1.2.9
note-parse-bad-revision = "{ $typed }" is no revision. After rev: comes its number: rev:12
note-parse-bad-image-digest = "{ $typed }" is no image digest. After sha256: come 12 to 64 of the digits 0-9 and a-f.
note-parse-version-near = "{ $typed }" is almost "{ $near }". Write { $near }, or the exact version: v1.2.9

note-parse-unknown-key = "{ $typed }" is no key. Keys: { $known }. A reason goes last, after the word because.
note-parse-unknown-key-near = "{ $typed }" is no key. Did you mean: { $near }?
note-parse-key-twice = "{ $key }" is there twice. Keep one.
note-parse-key-not-here = "{ $verb }" takes no { $key }. For example: { $example }
note-parse-missing-value = No value follows "{ $key }". For example: { $example }
note-parse-missing-equals = "{ $key }" needs an equals sign and a value. For example: { $example }
note-parse-stray-equals = There is an equals sign without a key before it. For example: severity=high

note-parse-bad-severity = "{ $typed }" is no severity. Use critical, high, medium or low: severity=high
note-parse-bad-data = "{ $typed }" is no data impact. Use none, minor or major: data=none
note-parse-bad-duration = "{ $typed }" is no length of time. Write it like 45m, 2h or 1h30m: fix=45m
note-parse-duration-without-unit = "{ $typed }" has no unit. For minutes write { $typed }m, for hours { $typed }h.
note-parse-duration-zero = A length of time must be more than nothing. Leave it out, or write it like 45m.
note-parse-duration-too-long = "{ $typed }" is more than 30 days. Write it like 45m, 2h or 1h30m.
note-parse-bad-detected = "{ $typed }" is no moment. Write the time of day, or how long ago: detected=15:25 or detected=10m
note-parse-time-with-zone = "{ $typed }" has a zone but no day. Write the day too: detected=2024-01-15T15:25Z, or leave the zone out: detected=15:25
note-parse-date-without-zone = "{ $typed }" is not clear without a time and a zone. Write detected=2024-01-15T15:25Z, or the time alone: detected=15:25

note-parse-empty-reason = No reason follows "because". For example: because checkout is slow
note-parse-reason-too-long = The reason is longer than { $limit } characters. Shorten it; the rest can go into the room.
note-parse-reason-not-here = "{ $verb }" takes no reason. For example: { $example }
note-parse-needs-reason = "{ $verb }" needs a reason. For example: { $example }

note-parse-bad-id = "{ $typed }" is no id. An incident is INC-2024-0115-001, its first rollback is INC-2024-0115-001/1.
note-parse-needs-id = "{ $verb }" needs an id. For example: { $example }
note-parse-bad-digest = "{ $typed }" is no digest of a plan. It is 8 to 64 of the digits 0-9 and a-f, as the plan shows it: 1a2b3c4d. Without it you get the plan and its button.
note-parse-bad-standing = "{ $typed }" is neither good nor bad. For example: /rollback mark api-service v1.2.9 bad because it loses orders
note-parse-needs-standing = Is it good or bad? For example: /rollback mark api-service v1.2.9 bad because it loses orders

note-parse-unknown-topic = There is no help on "{ $typed }". There is on: { $known }.
note-parse-unknown-topic-near = There is no help on "{ $typed }". Did you mean: { $near }?

note-parse-unexpected = "{ $typed }" is one word too many. For example: { $example }
note-parse-mention = "{ $typed }" is a mention or markup of the chat, not a name. Type names as plain text: api-service v1.2.9
note-parse-link = "{ $typed }" is a link, not a name. Type the name or the version as plain text: api-service v1.2.9
