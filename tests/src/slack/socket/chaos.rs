//! What a test does to sockets. They are named by their place, the oldest first.

use tokio_tungstenite::tungstenite::Message as Frame;

use super::accept::disconnect;
use super::{Order, State};
use crate::slack::FakeSlack;

impl FakeSlack {
    /// How many sockets are open.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.shared.sockets.count()
    }

    /// Waits until so many sockets are open.
    ///
    /// # Panics
    /// After ten seconds of real time.
    pub async fn until_sockets(&self, count: usize) {
        self.until(&format!("{count} sockets"), |slack| (slack.sockets() == count).then_some(())).await;
    }

    /// Cuts every socket with a reset.
    pub fn cut_sockets(&self) {
        self.each_socket(|state| state.open.iter().for_each(|one| drop(one.orders.send(Order::Cut))));
    }

    /// Cuts one socket with a reset.
    pub fn cut_socket(&self, place: usize) {
        self.order(place, Order::Cut);
    }

    /// A socket stays open, but nothing comes over it any more, not even a pong; what is sent to it is lost.
    pub fn freeze_socket(&self, place: usize) {
        self.order(place, Order::Freeze);
    }

    /// Announces the end of a socket. After `warning` it goes on for a while; with `refresh_requested`,
    /// `link_disabled` and `too_many_websockets` it closes, and no envelope goes over it any more.
    pub fn disconnect_socket(&self, place: usize, reason: &str) {
        self.order(place, Order::Send(Frame::text(disconnect(reason))));
        if reason != "warning" {
            self.order(place, Order::Close);
            // What is under way may still be acknowledged.
            self.each_socket(|state| drop(state.open.remove(place)));
        }
    }

    /// Sends any text over a socket: garbage, an unknown type, half an envelope.
    pub fn socket_says(&self, place: usize, text: &str) {
        self.order(place, Order::Send(Frame::text(text.to_owned())));
    }

    /// Sends bytes over a socket, which Slack never does.
    pub fn socket_says_bytes(&self, place: usize, bytes: &[u8]) {
        self.order(place, Order::Send(Frame::binary(bytes.to_vec())));
    }

    /// Sends a ping over a socket.
    pub fn socket_pings(&self, place: usize) {
        self.order(place, Order::Send(Frame::Ping("Ping from applink".into())));
    }

    /// The next envelope comes twice, over two sockets if there are two.
    pub fn double_next_envelope(&self) {
        self.each_socket(|state| state.double_next = true);
    }

    fn order(&self, place: usize, order: Order) {
        self.each_socket(|state| {
            let connection = state.open.get(place);
            let connection = connection.unwrap_or_else(|| panic!("there is no socket {place}"));
            // It may have ended just now.
            let _ = connection.orders.send(order);
        });
    }

    fn each_socket(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.shared.sockets.state());
    }
}
