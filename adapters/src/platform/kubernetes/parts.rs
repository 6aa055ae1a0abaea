//! The pods of a workload, as people see them. Of very many, those of which something is to be said.

use commands::model::Part;

use super::history::History;
use super::judge::Cluster;
use super::pod::Pod;
use super::workload::Workload;

/// How many pods are shown each: an observation is kept in the log and shown on a card.
const SHOWN: usize = 25;

/// One part for each pod, and one for those that are too many to show.
pub(super) fn parts(workload: &Workload, cluster: &Cluster) -> Vec<Part> {
    let mut pods: Vec<&Pod> = cluster.pods_of(workload).collect();
    // What needs a look comes before what does not, where not all of them have room.
    let is_fine = |pod: &Pod| pod.is_ready && !pod.is_leaving && pod.restarts == 0;
    if pods.len() > SHOWN {
        pods.sort_by(|a, b| (is_fine(a), &a.name).cmp(&(is_fine(b), &b.name)));
    }
    let others = pods.split_off(pods.len().min(SHOWN));
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    let shown = pods.into_iter().map(|pod| part(pod, &cluster.history));
    nobody(workload).into_iter().chain(shown).chain(rest(&others)).collect()
}

fn nobody(workload: &Workload) -> Option<Part> {
    let (name, state) = (workload.name().to_owned(), "0 replicas".to_owned());
    (workload.wanted() == 0).then(|| Part { name, state, detail: "nothing serves".to_owned() })
}

fn part(pod: &Pod, history: &History) -> Part {
    let number = pod.revision_number(history).map(|number| format!("revision {number}"));
    let ready = if pod.is_ready { "ready" } else { "not ready" }.to_owned();
    let restarts = (pod.restarts > 0).then(|| format!("{} restarts", pod.restarts));
    let said = (!pod.detail.is_empty()).then(|| pod.detail.clone());
    let detail: Vec<String> = [number, Some(ready), restarts, said].into_iter().flatten().collect();
    Part { name: pod.name.clone(), state: pod.state.clone(), detail: detail.join(", ") }
}

fn rest(pods: &[&Pod]) -> Option<Part> {
    let ready = pods.iter().filter(|pod| pod.is_ready).count();
    let name = format!("{} more", pods.len());
    (!pods.is_empty()).then(|| Part { name, state: format!("{ready} ready"), detail: String::new() })
}
