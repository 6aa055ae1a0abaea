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
word-unproven = unproven

word-roll-back = roll back
word-consider = consider a rollback, and weigh it against a fix
word-fix-forward = fix forward

rule-critical-at-once = Critical trouble is rolled back at once.
rule-major-data-impact = Data was lost or spoiled. A rollback does not bring it back, so people weigh it.
rule-critical-quick-fix = Critical, but no data is affected and a fix is ready within 30 min.
rule-high-slow-fix = High, and a fix takes more than 60 min.
rule-high-quick-fix = High, and a fix takes 60 min or less: a rollback may still be quicker.
rule-medium-slow-fix = Medium, no data is affected, and a fix takes more than 2 h.
rule-medium-fix-forward = Medium: a fix is considered first.
rule-low-fix-forward = Low: this is fixed forward, however long the fix takes.
