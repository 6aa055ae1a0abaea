//! One connection: it does what it is told, and takes acknowledgements.

use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::{Order, acknowledged};
use crate::slack::shared::Shared;

/// Until either side ends it.
pub(super) async fn run(
    shared: &Arc<Shared>,
    number: usize,
    mut socket: WebSocketStream<TcpStream>,
    mut orders: UnboundedReceiver<Order>,
) {
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Send(frame)) => {
                    if socket.send(frame).await.is_err() {
                        return;
                    }
                }
                Some(Order::Freeze) => return frozen(socket, orders).await,
                Some(Order::Cut) => return cut(&socket),
                Some(Order::Close) | None => return close(shared, number, socket).await,
            },
            frame = socket.next() => match frame {
                Some(Ok(frame)) => take(shared, number, &frame),
                Some(Err(_)) | None => return,
            },
        }
    }
}

fn take(shared: &Arc<Shared>, number: usize, frame: &Frame) {
    let wrong = match frame {
        Frame::Text(text) => acknowledged(shared, text.as_str()).err(),
        Frame::Binary(_) => Some(format!("connection {number} brought bytes")),
        _ => None,
    };
    if let Some(wrong) = wrong {
        shared.world().complaints.push(wrong);
    }
    shared.changed();
}

/// The other side sees nothing: no answer, no end.
async fn frozen(socket: WebSocketStream<TcpStream>, mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        if matches!(order, Order::Cut | Order::Close) {
            break;
        }
    }
    cut(&socket);
}

/// It ends with a reset when it is dropped.
fn cut(socket: &WebSocketStream<TcpStream>) {
    let _ = socket.get_ref().set_zero_linger();
}

/// Says goodbye and waits a little for the answer.
async fn close(shared: &Arc<Shared>, number: usize, mut socket: WebSocketStream<TcpStream>) {
    let goodbye = async {
        if socket.close(None).await.is_ok() {
            while let Some(Ok(frame)) = socket.next().await {
                take(shared, number, &frame);
            }
        }
    };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), goodbye).await;
}
