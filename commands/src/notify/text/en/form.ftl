# Forms, and what chats with forms say beside them.

word-go-back = Go back
cut-mark = The rest did not fit here. It is in the file beside this message, or in the incident report.

form-request = Roll back
form-propose = Propose
form-service = Service
form-service-hint = Type a part of its name
form-version = Version to go back to (the last good one if left empty)
form-version-hint = Choose the service first
form-severity = How bad it is for users
form-critical = Critical: outage, data loss or a security breach
form-high = High: serious slowdown, or a main function broken
form-medium = Medium: part of a function, or slightly slow
form-low = Low: cosmetic
form-data = What happened to data
form-none = Nothing
form-minor = Some of it is affected
form-major = Much of it is affected
form-fix = How long a fix forward would take
form-fix-short = Less than half an hour
form-fix-hour = Up to an hour
form-fix-hours = Up to two hours
form-fix-long = Longer
form-reason = Reason
form-users = Text for users
form-keep = Keep it
form-users-label = What users will read, once it is published

note-form-needs-service = Choose one of the services.
note-form-version-too-long = This is longer than any version.
note-form-not-opened = The form could not be opened. Press the button again.
