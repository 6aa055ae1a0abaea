//! The image that was rolled back from goes from the manager's engine [V7], and only where nothing uses
//! it: no service is set to it, no container runs of it, and it has no other name. What the stopped
//! tasks of the service keep, their logs, stays. Other nodes keep theirs: no manager reaches them.

use std::collections::HashMap;

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum, ImageInspect};
use bollard::query_parameters::{ListContainersOptionsBuilder, RemoveImageOptionsBuilder};
use commands::model::{Findings, Note};
use commands::ports::PlatformError;

use super::client::{Client, within};
use super::failure;
use super::image::Image;
use super::service::{Service, image_of};

/// Removes it, or says who uses it. Twice is the same as once.
///
/// # Errors
/// Any but `IntentChanged`.
pub(super) async fn remove(client: &Client, service: &Service, failed: &Image) -> Result<Findings, PlatformError> {
    let about = within("look into an image", client.docker.inspect_image(&failed.pinned())).await;
    let about = match about {
        Ok(about) => about,
        Err(error) if failure::is_missing(&error) => {
            return Ok(told(Note::new("swarm-image-is-gone").with("image", failed.brief())));
        }
        Err(error) => return Err(error),
    };
    let id = about.id.clone().unwrap_or_default();
    let mut users = other_names(&about, failed);
    users.extend(services(client, failed).await?);
    users.extend(containers(client, service, &id).await?);
    if !users.is_empty() {
        return Ok(told(in_use(failed, &users.join(", "))));
    }
    // Forced, since stopped tasks keep a hold on it. The engine refuses all the same while a container
    // runs of it, as one may that came just now.
    let options = RemoveImageOptionsBuilder::new().force(true).build();
    match within(&format!("remove the image {failed}"), client.docker.remove_image(&id, Some(options), None)).await {
        Ok(_) => Ok(told(Note::new("swarm-image-removed").with("image", failed.brief()))),
        Err(error) if failure::is_missing(&error) => {
            Ok(told(Note::new("swarm-image-is-gone").with("image", failed.brief())))
        }
        Err(PlatformError::Refused { why, .. }) if why.contains("conflict") => Ok(told(in_use(failed, &why))),
        Err(error) => Err(error),
    }
}

fn told(note: Note) -> Findings {
    Findings { notes: vec![note], ..Findings::default() }
}

fn in_use(failed: &Image, by: &str) -> Note {
    Note::new("swarm-image-stays").with("image", failed.brief()).with("by", by)
}

/// The same bytes under another name are somebody else's.
fn other_names(about: &ImageInspect, failed: &Image) -> Vec<String> {
    let own = |text: &&String| {
        Image::read(text)
            .is_some_and(|image| image.is_of(&failed.name) && (image.tag == failed.tag || failed.tag.is_none()))
    };
    about.repo_tags.iter().flatten().filter(|text| !own(text)).cloned().collect()
}

/// The services that are set to it.
async fn services(client: &Client, failed: &Image) -> Result<Vec<String>, PlatformError> {
    let all = client.get("list the services of the swarm", "/services").await?;
    let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
    let set =
        all.iter().map(|service| &service["Spec"]).filter(|spec| image_of(spec).is_some_and(|own| own.is(failed)));
    Ok(set.map(|spec| spec["Name"].as_str().unwrap_or_default().to_owned()).collect())
}

/// The containers of this engine that are made of it, without the stopped tasks of this service.
async fn containers(client: &Client, service: &Service, id: &str) -> Result<Vec<String>, PlatformError> {
    let filters = HashMap::from([("ancestor", vec![id])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let found = within("list the containers of an image", client.docker.list_containers(Some(options))).await?;
    let using = found.into_iter().filter(|container| !is_stopped_task(container, &service.id));
    Ok(using.map(|container| container.names.into_iter().flatten().next().unwrap_or_default()).collect())
}

fn is_stopped_task(container: &ContainerSummary, service: &str) -> bool {
    let of = container.labels.as_ref().and_then(|labels| labels.get("com.docker.swarm.service.id"));
    let ended =
        [ContainerSummaryStateEnum::EXITED, ContainerSummaryStateEnum::DEAD, ContainerSummaryStateEnum::CREATED];
    of.is_some_and(|of| of == service) && container.state.is_some_and(|state| ended.contains(&state))
}
