//! What tasks really run. A task whose specification names only a tag may run any bytes: the container
//! says which, where it lies on the engine that is asked; other nodes tell no manager.

use std::collections::HashMap;

use bollard::models::ContainerSummary;
use bollard::query_parameters::{ListContainersOptionsBuilder, ListImagesOptionsBuilder};
use commands::ports::PlatformError;

use super::client::{Client, within};
use super::image::Image;
use super::task::Task;

/// The label by which a container names its task.
const TASK_LABEL: &str = "com.docker.swarm.task.id";

/// Every task of this service, each with the digest of its image where its specification or its
/// container says one.
///
/// # Errors
/// Any but `IntentChanged`.
pub(super) async fn tasks(client: &Client, service: &str) -> Result<Vec<Task>, PlatformError> {
    let mut tasks = Task::all(client, service).await?;
    let unclear = |task: &Task| task.image.as_ref().is_some_and(|image| image.digest.is_none());
    if !tasks.iter().any(unclear) {
        return Ok(tasks);
    }
    let (containers, digests) = tokio::join!(containers(client, service), digests(client));
    let (containers, digests) = (containers?, digests?);
    for task in tasks.iter_mut().filter(|task| unclear(task)) {
        let Some(id) = containers.get(&task.id) else { continue };
        if let Some(image) = &mut task.image {
            image.digest = digests.get(id).and_then(|all| only_one(all, image));
        }
    }
    Ok(tasks)
}

/// The id of the image of each container of this service, by its task.
async fn containers(client: &Client, service: &str) -> Result<HashMap<String, String>, PlatformError> {
    let label = format!("com.docker.swarm.service.id={service}");
    let filters = HashMap::from([("label", vec![label])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let found = within("list the containers of a service", client.docker.list_containers(Some(options))).await?;
    let by_task = |one: ContainerSummary| Some((one.labels?.remove(TASK_LABEL)?, one.image_id?));
    Ok(found.into_iter().filter_map(by_task).collect())
}

/// The references with a digest of each image of the engine, by its id.
async fn digests(client: &Client) -> Result<HashMap<String, Vec<Image>>, PlatformError> {
    let options = ListImagesOptionsBuilder::new().build();
    let found = within("list the images of the manager", client.docker.list_images(Some(options))).await?;
    let read = |all: &[String]| all.iter().filter_map(|text| Image::read(text)).collect();
    Ok(found.into_iter().map(|summary| (summary.id, read(&summary.repo_digests))).collect())
}

/// The digest under which the image came from its repository; none where there are two to choose from.
fn only_one(all: &[Image], image: &Image) -> Option<String> {
    let mut own = all.iter().filter(|known| known.is_of(&image.name)).filter_map(|known| known.digest.clone());
    own.next().filter(|_| own.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_taken_only_where_there_is_no_choice() {
        let image = |text: &str| Image::read(text).unwrap();
        let digest = |c: &str| format!("sha256:{}", c.repeat(64));
        let known = |name: &str, c: &str| image(&format!("{name}@{}", digest(c)));
        let api = image("api:v1");
        assert_eq!(only_one(&[known("web", "a"), known("api", "b")], &api), Some(digest("b")));
        assert_eq!(only_one(&[known("api", "a"), known("api", "b")], &api), None);
        assert_eq!(only_one(&[known("web", "a")], &api), None);
    }
}
