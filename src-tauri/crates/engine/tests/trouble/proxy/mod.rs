//! A proxy on loopback that hands everything on to the sandbox, but for one exchange, which meets a
//! fault; and that tells how often the fault really happened.
//!
//! It speaks in bytes: what it breaks must not be put right again by a library.

mod bytes;
mod fault;
mod message;
mod table;

pub(crate) use fault::Fault;
pub(crate) use message::{EXCHANGES, Exchange};
pub(crate) use table::FAULTS;

use fault::What;
use message::{Answer, Request, forward, send};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Between two bytes of an answer that drips.
const DRIP: Duration = Duration::from_secs(1);

pub(crate) struct Proxy {
    pub(crate) base: String,
    shared: Arc<Shared>,
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
    /// Holds the port while nobody listens at it.
    refusing: Option<TcpSocket>,
    elsewhere: JoinHandle<()>,
}

struct Shared {
    sandbox: SocketAddr,
    armed: Mutex<Option<(Exchange, &'static Fault)>>,
    happened: Mutex<usize>,
    /// Where redirects lead, on another host; whoever comes there is counted.
    elsewhere: SocketAddr,
    strayed: Arc<Mutex<usize>>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
        self.elsewhere.abort();
    }
}

impl Proxy {
    /// Starts before the server with this address, like `http://127.0.0.1:4321`.
    pub(crate) async fn before(base: &str) -> Self {
        let sandbox = base.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let other = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0))
            .await
            .unwrap();
        let strayed = Arc::new(Mutex::new(0));
        let shared = Arc::new(Shared {
            sandbox,
            armed: Mutex::new(None),
            happened: Mutex::new(0),
            elsewhere: other.local_addr().unwrap(),
            strayed: strayed.clone(),
        });
        let elsewhere = tokio::spawn(async move {
            while other.accept().await.is_ok() {
                *strayed.lock().unwrap() += 1;
            }
        });
        Self {
            base: format!("http://{address}"),
            server: Some(tokio::spawn(serve(listener, shared.clone()))),
            shared,
            address,
            refusing: None,
            elsewhere,
        }
    }

    /// Has an exchange meet a fault from now on.
    pub(crate) async fn arm(&mut self, exchange: Exchange, fault: &'static Fault) {
        *self.shared.happened.lock().unwrap() = 0;
        *self.shared.armed.lock().unwrap() = Some((exchange, fault));
        if matches!(fault.what, What::Refuse) {
            let server = self.server.take().expect("it serves");
            server.abort();
            let _ = server.await;
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket.bind(self.address).unwrap();
            self.refusing = Some(socket);
        }
    }

    /// Ends the fault. Gives how often it happened since it was armed.
    pub(crate) async fn disarm(&mut self) -> usize {
        if let Some(socket) = self.refusing.take() {
            // A refused connection leaves no trace at this end, so the proxy has itself refused.
            let refused = TcpStream::connect(self.address).await.is_err();
            *self.shared.happened.lock().unwrap() += usize::from(refused);
            let listener = socket.listen(64).unwrap();
            self.server = Some(tokio::spawn(serve(listener, self.shared.clone())));
        }
        *self.shared.armed.lock().unwrap() = None;
        *self.shared.happened.lock().unwrap()
    }

    /// How many connections a redirect led to another host.
    pub(crate) fn strayed(&self) -> usize {
        *self.shared.strayed.lock().unwrap()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.unwrap();
                connections.spawn(pass(stream, shared.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One request and its answer; a peer that goes away ends it.
async fn pass(mut stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let Some(request) = message::request(&mut stream).await else {
        return;
    };
    let armed = *shared.armed.lock().unwrap();
    let fault = armed.filter(|(exchange, _)| request.exchange() == Some(*exchange));
    let done = match fault {
        None => {
            let answer = forward(&request, shared.sandbox).await;
            send(&mut stream, &answer).await
        }
        Some((_, fault)) => break_it(&mut stream, &request, fault, &shared).await,
    };
    // A client that had enough has gone, which is part of some faults.
    drop(done);
}

async fn break_it(
    stream: &mut TcpStream,
    request: &Request,
    fault: &Fault,
    shared: &Shared,
) -> std::io::Result<()> {
    let answer = if fault.has_effect {
        Answer::parse(&forward(request, shared.sandbox).await)
    } else {
        Answer::default()
    };
    *shared.happened.lock().unwrap() += 1;
    match fault.what {
        What::Refuse => unreachable!("nobody listens"),
        What::Reset => stream.set_zero_linger(),
        What::Close => Ok(()),
        What::Hang(tell) => {
            stream.write_all(&tell(&answer, shared.elsewhere)).await?;
            // Until the client has had enough.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.map(drop)
        }
        What::Drip(tell) => {
            for byte in tell(&answer, shared.elsewhere) {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(DRIP).await;
            }
            Ok(())
        }
        What::SendAndReset(tell) => {
            stream.write_all(&tell(&answer, shared.elsewhere)).await?;
            stream.set_zero_linger()
        }
        What::Send(tell) => send(stream, &tell(&answer, shared.elsewhere)).await,
    }
}
