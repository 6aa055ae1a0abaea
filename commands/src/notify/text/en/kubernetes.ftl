# What the Kubernetes platform finds: what it means, and what can be done.

## Before the move: what forbids it

note-kubernetes-paused = You cannot roll back a paused { $workload }: edits that wait in it would be released with it. Look at them, resume it with `kubectl rollout resume`, then ask again. Or set `paused = "resume"` in its address: a rollback then resumes it in the same write, and the plan says so.
note-kubernetes-selector = The labels of that revision's pods do not match the selector any more, and a selector cannot be changed. The workload must be made anew.
note-kubernetes-argocd-heals = The application { $application } of Argo CD heals itself: the move will be reverted at once. Revert the commit in git, or switch automatic sync off (`argocd app set { $application } --sync-policy none`) and ask again; switch it on again afterwards.
note-kubernetes-argocd-unknown = The application { $application } of Argo CD owns this, and the bot cannot read it in namespace { $namespace }: if it heals itself, the move would be reverted at once. Let the bot read it (`get` on `applications` there), or say in `[kubernetes.argocd]` in which `namespace` and `context` it is, or that this is to warn alone (`unread = "warn"`).
note-kubernetes-rollout = The Argo Rollout { $rollout } moves these pods. Roll that back: `kubectl argo rollouts undo { $rollout }`. It replays its steps unless the revision lies within its rollback window.
note-kubernetes-flagger = Flagger's canary { $canary } moves these pods: a move here begins a new analysis of the old version. Roll back by the canary's gate or rollback webhook.
note-kubernetes-may-not = The bot may not { $verb } { $resource } in namespace { $namespace }. Give its account that permission.
note-kubernetes-reference-missing = { $kind } { $name } is not there, and pods of that revision do not begin without it. Create it again, then ask again.
note-kubernetes-refused = The cluster would refuse the move.
note-kubernetes-pod-refused = The cluster would refuse the pods of that revision. The evidence says what they lack, or which policy is in the way: mend that, then ask again.
note-kubernetes-admission-changes = An admission webhook of the cluster would change what is written ({ $fields }): it could never be seen whether the old revision runs. Roll back by what owns the workload.

## Before the move: what to know

note-kubernetes-may-not-all = The bot may not { $verb } { $resource } in namespace { $namespace }: it will see or mend less.
note-kubernetes-unchecked = Not looked at, since the bot may not or the cluster did not say: { $what }.
note-kubernetes-argocd-automatic = The application { $application } of Argo CD syncs by itself. It leaves the move alone until the next commit or parameter, and then sets what git says: revert the commit too.
note-kubernetes-argocd-manual = The application { $application } of Argo CD will show this as out of sync; its next sync sets what git says: revert the commit too.
note-kubernetes-argocd-unread = The application { $application } of Argo CD owns this, and the bot cannot read it. If it heals itself, the move will be reverted at once.
note-kubernetes-flux = Flux ({ $kind } { $name }) will revert the move at { $when }, some seconds more or less. Suspend it before (`flux suspend`), or revert the commit in git.
note-kubernetes-flux-within = Flux ({ $kind } { $name }) will revert the move within { $interval }, at an unknown moment. Suspend it before (`flux suspend`), or revert the commit in git.
note-kubernetes-flux-suspended = Flux ({ $kind } { $name }) is suspended and leaves the move alone. When it is resumed it sets what git says: revert the commit too.
note-kubernetes-flux-unread = Flux ({ $kind } { $name }) owns this and will revert the move at its next round; when that is, it does not say. Suspend it before (`flux suspend`), or revert the commit in git.
note-kubernetes-flux-release = Flux (HelmRelease { $name }) owns this and does not correct drift: the move stays until its next release.
note-kubernetes-helm = Helm's release { $release } owns this. Its next upgrade sets what the chart says: deploy the older version by it too.
note-kubernetes-operator = { $kind } { $name } made this workload, and its controller may take the move back. Watch for it.
note-kubernetes-no-replicas = It is scaled to 0 replicas: after the move nobody will be served by it.
note-kubernetes-update-runs = An update is under way ({ $updated } of { $wanted } updated, { $available } available). The move cuts it off.
note-kubernetes-resumes = { $workload } is paused. The move resumes it in the same write: edits of its pods that wait in it are replaced by the old version and not released. It stays resumed.
note-kubernetes-outage = All pods are stopped before new ones start (strategy Recreate): nobody is served in between.
note-kubernetes-partition = Only pods from ordinal { $partition } on move (partition); those below stay as they are.
note-kubernetes-by-hand = Pods are replaced only when somebody deletes them (OnDelete). After the move delete: { $pods }
note-kubernetes-no-readiness = A container has no readiness probe: that it runs is all that the cluster can say. Hold longer, and name a health endpoint.
note-kubernetes-label-disagrees = Its label says { $label }, the tag of its image { $version }. The tag is taken.
note-kubernetes-no-digest = { $image } is named without a digest: each node runs what the tag meant when it fetched it.
note-kubernetes-short-history = The cluster keeps { $limit ->
    [0] no old revision
    [one] one old revision
   *[other] { $limit } old revisions
} of it (revisionHistoryLimit). What is older is gone.
note-kubernetes-below-autoscaler = It wants { $replicas } pods, and its autoscaler { $name } at least { $least }: more will come.
note-kubernetes-quota-short = The quota { $quota } has no room for { $surge } more (`{ $what }`: { $used } of { $hard } used), and the update may take no pod away first. Raise the quota, or allow `maxUnavailable: 1`, or the move will stand still.
note-kubernetes-reference-changed = { $kind } { $name } was changed on { $when }, after that revision was made. Pods of the old version will read it as it is now.
note-kubernetes-last-applied = It was made by `kubectl apply`: the next apply may merge wrongly with the move. Compare the result with the file then.
note-kubernetes-applied = { $manager } applied this from the server's side. Its next apply will meet a conflict with `{ $own }`: apply the old version, or use `--force-conflicts`.
note-kubernetes-no-dry-run = An admission webhook of the cluster takes no dry run: what it says of the move will be seen only then.

## What changes, and what stays

note-kubernetes-revision = { $workload } in namespace { $namespace } of { $cluster } is set to the pods of its revision { $number } ({ $name }). All else of it stays.
note-kubernetes-changes = { $field }: { $from } → { $to }
note-kubernetes-more-changes = { $count ->
    [one] One more field changes.
   *[other] { $count } more fields change.
}
note-kubernetes-undo-differs = `kubectl rollout undo` would go to revision { $number } ({ $version }) instead.
note-kubernetes-rolling = Pods are replaced step by step: at most { $surge } more than wanted, at most { $unavailable } fewer.
note-kubernetes-rounds = Pods are replaced on { $at_once } of { $nodes } nodes at a time, in { $rounds ->
    [one] one round
   *[other] { $rounds } rounds
}.
note-kubernetes-deletes-pods = Not ready, and holding up their own replacement: { $pods }. Those that still are after the move are deleted, one after the other, since the controller would wait for them without end. Their volumes stay; no disruption budget is asked.
note-kubernetes-replicas-stay = Not rolled back: the number of pods ({ $replicas }).
note-kubernetes-autoscaler = Not rolled back: the number of pods is the autoscaler's ({ $name }, { $least } to { $most }; now { $replicas }).
note-kubernetes-references-stay = Not rolled back: { $names }.
note-kubernetes-claims-stay = Not rolled back: volumes and claim templates.

## On the way

note-kubernetes-not-observed = The cluster has taken the move; its controller has not seen it yet.
note-kubernetes-creation-fails = Pods cannot be made: { $error }
note-kubernetes-pod-waits = Pod { $pod }, container { $container }: { $reason }{ $message ->
    [unknown] .
   *[other] . { $message }
}
note-kubernetes-on-delete = Pods of the revision before wait to be deleted by hand: { $pods }
note-kubernetes-running = { $made } of { $wanted } pods are of the revision, { $ready } ready{ $old ->
    [0] { "" }
    [one] ; 1 older is there still
   *[other] ; { $old } older are there still
}.
note-kubernetes-restarts = All pods are there, and one has just restarted: it is watched for some seconds.

## It will not get there by itself

note-kubernetes-deleted = The workload was deleted.
note-kubernetes-recreated = The workload was deleted and made anew: it is another one of the same name.
note-kubernetes-cannot-create = The cluster makes no pods of that revision. A quota, an admission policy or a missing account is in the way: the evidence says which.
note-kubernetes-images-differ = Not all pods run the same image in container { $container }: its tag meant another one when a node fetched it. Users are not all served the same. Deploy by digest; or skip, where these nodes rightly differ (another processor architecture).
note-kubernetes-deadline = The cluster saw no progress for as long as the workload allows (progressDeadlineSeconds).
note-kubernetes-restarted = Pod { $pod } restarted after it was ready ({ $times } times in all).
note-kubernetes-pod-stuck = Pod { $pod }, container { $container }, stays in { $reason }.
note-kubernetes-pod-blocks = Pod { $pod } is not ready and holds up its own replacement: the controller waits for it without end. Delete it (`kubectl delete pod { $pod }`), then retry: it is made anew from the old version. Delete no second one before it is ready.

## It cannot be said

note-kubernetes-unread = The cluster cannot be asked.
