# Words that many messages share.

word-milliseconds = { $count } ms
word-seconds = { $count } s
word-minutes = { $count } min
word-hours = { $count } h

word-system = Switchback
word-trigger = trigger { $name }
word-pipeline = pipeline { $name }

word-service = { $service } ({ $environment })
word-revision = revision { $revision }
word-not-known = not known
word-change = { $from } → { $to }
word-service-change = { $service } { $change }
word-destination = { $service } from { $from } to { $to }
word-assumed = { $value } (assumed)
word-assumed-first = assumed: { $value }
word-severity = { $severity } ({ $priority })

word-on-call = on-call engineer
word-team-lead = team lead
word-incident-commander = incident commander
word-stakeholder = stakeholder

word-data-none = none
word-data-minor = minor: some, and it can be mended
word-data-major = major: data was lost or spoiled

word-good = good
word-bad = known bad
word-marked-bad = bad
word-unproven = unproven

word-roll-back = roll back
word-consider = consider a rollback, and weigh it against a fix
word-fix-forward = fix forward

word-requester = requester
