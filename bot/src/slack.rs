//! Slack in the bot: the chat for the engine, the transport for what people type and click, and the doctor's
//! look at all of it.

use std::sync::Arc;

use adapters::chat::slack::{
    SlackChat, SlackDoor, SlackExamination, SlackHttp, SlackSettings, SlackSocket, SocketSettings, examine,
};
use anyhow::Context as _;
use commands::model::Place;
use commands::ports::{Clock, Inbox};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::configuration::{Configuration, SlackTransport, SlackWiring};
use crate::doctor::Finding;

fn settings(wiring: &SlackWiring) -> SlackSettings {
    SlackSettings {
        bot_token: wiring.bot_token.clone(),
        api_base: wiring.slack.api_base.clone(),
        response_url_hosts: wiring.slack.response_url_hosts.clone(),
        private_rooms: wiring.slack.private_rooms,
    }
}

/// The chat of this workspace. Nothing is sent yet.
///
/// # Errors
/// The API has no address, or the system no certificates to trust.
pub fn chat(wiring: &SlackWiring, clock: Arc<dyn Clock>) -> anyhow::Result<SlackChat> {
    SlackChat::new(&settings(wiring), clock).context("preparing Slack")
}

/// What receives: it ends by [`stop`](Receiver::stop).
pub enum Receiver {
    /// Connections that the bot opened.
    Socket(SlackSocket),
    /// A server that Slack calls.
    Http(JoinHandle<()>),
}

impl Receiver {
    /// Takes nothing more; Slack delivers to another replica, or says that nobody is there.
    pub async fn stop(self) {
        match self {
            Self::Socket(socket) => socket.stop().await,
            Self::Http(server) => server.abort(),
        }
    }
}

/// Receives by the transport of the configuration from now on.
///
/// # Errors
/// The address is taken, or Slack's API has none.
pub async fn receive(
    wiring: &SlackWiring,
    chat: SlackChat,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Receiver> {
    let door = SlackDoor::new(chat, inbox, clock);
    match wiring.slack.transport {
        SlackTransport::Socket => {
            let settings =
                SocketSettings { app_token: wiring.transport_secret.clone(), api_base: wiring.slack.api_base.clone() };
            let socket = SlackSocket::start(&settings, door).await.context("connecting to Slack")?;
            Ok(Receiver::Socket(socket))
        }
        SlackTransport::Http => {
            let address = wiring.slack.deliveries;
            let listener = TcpListener::bind(address).await.with_context(|| format!("listening at {address}"))?;
            let router = SlackHttp::new(door, &wiring.transport_secret).router();
            Ok(Receiver::Http(tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, router).await {
                    tracing::error!(%error, "Slack's deliveries are not taken any more");
                }
            })))
        }
    }
}

/// Tokens, scopes, and every channel that the configuration names.
pub async fn diagnose(configuration: &Configuration) -> Vec<Finding> {
    let Some(wiring) = &configuration.wiring.slack else { return Vec::new() };
    let rooms = &configuration.settings;
    let named = rooms.announce.iter().chain(&rooms.rooms.publish).filter(|place| place.chat.as_str() == "slack");
    let mut channels: Vec<String> = named.map(|place: &Place| place.room.clone()).collect();
    channels.sort();
    channels.dedup();
    let app_token = (wiring.slack.transport == SlackTransport::Socket).then_some(&wiring.transport_secret);
    let looked = examine(&settings(wiring), app_token, &channels).await;
    let finding = |one: SlackExamination| match one.outcome {
        Ok(message) => Finding::good(one.subject, message),
        Err((message, what_to_do)) => Finding::error(one.subject, message).do_this(what_to_do),
    };
    looked.into_iter().map(finding).collect()
}
