# What is said about a decision: the decision, the rule that gave it, and what could not be judged.

note-decision-roll-back = Advice: roll back.
note-decision-consider = Advice: weigh it. A rollback and a fix forward both have something for them.
note-decision-fix-forward = Advice: fix forward. A rollback against this needs a reason: add because and your words at the end.

note-consider-fix-forward = A rollback is the last resort. First ask whether a fix forward is faster or safer, above all if the release changed the database.

note-rule-major-data-impact = Data was lost or spoiled. A rollback does not bring it back, and the old version may not read what the new one wrote. Stop the writes first, find the last good backup, then weigh it.
note-rule-major-data-impact-underrated = Data was lost or spoiled, which counts as critical. Check the severity first. A rollback does not bring data back, so stop the writes and weigh it.
note-rule-critical-slow-fix = Critical, and the fix takes more than 30 minutes. Users cannot wait that long.
note-rule-critical-quick-fix = Critical, but a fix is expected within 30 minutes. Roll back if you are not sure of that time; a rollback takes minutes.
note-rule-high-slow-fix = High severity, and the fix takes more than an hour. Users are served sooner by a rollback.
note-rule-high-quick-fix = High severity, but a fix is expected within an hour. Roll back if the trouble is growing or you are not sure of that time.
note-rule-medium-slow-fix = Medium severity and no data impact, but the fix takes more than two hours. A rollback may be worth it.
note-rule-medium-fix-forward = Medium severity, and a fix is expected within two hours. The risk of a rollback is larger than its gain.
note-rule-low-fix-forward = Low severity. Users can wait for a fix, however long it takes.

note-detected-in-future = The trouble cannot have been noticed at { $detected }: it is { $now } now. Check the day and the zone, or write how long ago: detected=10m
note-detected-long-ago = { $detected } is more than 30 days ago; it is { $now } now. Check the year and the month, or write the time of day: detected=15:25
