//! An HTTP endpoint on loopback that behaves as the test says, down to the bytes.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Behaviour;

/// A listener on a port of its own. It ends with the runtime of the test.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens.
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Endpoint {
    /// Begins to listen, unless the behaviour is to refuse.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn serve(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a listener can be asked without waiting");
        let address = listener.local_addr().expect("it is bound");
        let endpoint = Self { address, requests: Arc::default() };
        if behaviour != Behaviour::Refuses {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it is in a runtime");
            let requests = endpoint.requests.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream, behaviour.clone(), requests.clone()));
                }
            });
        }
        endpoint
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/health", self.address)
    }

    /// The head of each request, one for each connection.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// One request on one connection; a second one on it would find nobody.
async fn answer(mut stream: TcpStream, behaviour: Behaviour, requests: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let head = head(&mut stream).await?;
    requests.lock().unwrap().push(head);
    match behaviour {
        Behaviour::Answers { status, body, after } => {
            tokio::time::sleep(after).await;
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(body.as_bytes()).await.ok()?;
        }
        Behaviour::Redirects(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
        }
        Behaviour::NeverEnds => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.ok()?;
            loop {
                stream.write_all(b"5\r\nagain\r\n").await.ok()?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Behaviour::BreaksOff => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf").await.ok()?;
        }
        Behaviour::SaysNothing => std::future::pending().await,
        Behaviour::Refuses => {}
    }
    stream.shutdown().await.ok()
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
