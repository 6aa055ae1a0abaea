# What the host platform finds: what it means, and what can be done.

## Before the move: what forbids it

note-host-release-missing = The release { $release } is not on the host any more. Choose another version, or deploy this one again.
note-host-release-incomplete = The release { $release } is not complete: it has no { $marker }. Deploy it again, or choose another version.
note-host-shared-missing = { $path } of the release { $release } is not there, or leads nowhere. Put it right, then ask again.
note-host-disk-full = The disk of { $folder } has { $free } bytes free. At least { $wanted } are wanted. Make room, then ask again.
note-host-disk-unread = How much is free on the disk of { $folder } cannot be read.
note-host-link-not-writable = The bot may not write in { $folder }, where the link to the release lies. Give it write permission there.
note-host-program-not-runnable = The restart program { $program } cannot be run by the bot. Check that it is there and executable.
note-host-unit-unread = systemd cannot be asked about { $unit }. Check that the bot may reach its bus.
note-host-unit-not-loaded = systemd has no usable unit { $unit }. Check its name and its file.
note-host-unit-not-startable = { $unit } refuses to be started by hand. Change the unit, or name another one.

## Before the move: what to know

note-host-release-marked-bad = The release { $release } has a file { $file }: somebody found it bad before.
note-host-no-restart = Nothing is restarted: the link alone is moved. Whether users are served by it, the platform cannot say.
note-host-no-process = After { $program } no process is looked at: the platform goes by the link alone. Name a `pid_file` for a proof.
note-host-process-outside-now = The process of { $service } runs { $program } in { $folder }, which is in no release. After the move no proof will be possible. Let it work in the folder of its release.
note-host-process-hidden-now = The bot may not see what the process of { $service } runs. After the move no proof will be possible. Give it CAP_SYS_PTRACE, or the user of the service.
note-host-process-not-linked = { $service } runs the release { $release }, which is not the one that the link leads to.

## What changes, and what stays

note-host-link-moves = The link moves from { $from } to { $to }.
note-host-unit-restarts = { $unit } is restarted.
note-host-unit-reloads = systemd reads the file of { $unit } again.
note-host-program-runs = { $program } restarts the service.
note-host-shared-stays = What releases share is not rolled back: { $paths }.

## On the way

note-host-changing = { $service } is { $state }.
note-host-old-process = Process { $process } still runs the release { $release }.
note-host-process-awaited = The process of { $service } is not there yet.

## It will not get there by itself

note-host-failed = { $service } failed. Read the evidence, then roll back further or fix forward.
note-host-stopped = { $service } does not run, and nothing starts it.
note-host-crashes = { $service } came down { $times } times while it was watched.
note-host-process-gone = The process of { $service } is not there, and nothing starts it.

## It cannot be said

note-host-link-unread = Where the link to the release leads cannot be read.
note-host-service-unread = What serves the release cannot be looked at.
note-host-process-outside = The process of { $service } is in no release, so what it runs is not proven.
note-host-process-hidden = The bot may not see what the process of { $service } runs. Give it CAP_SYS_PTRACE, or the user of the service.
