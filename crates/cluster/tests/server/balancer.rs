//! A load balancer before the workers of a cluster: it passes each connection to one of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

/// A balancer. It ends with its runtime.
#[derive(Clone)]
pub(crate) struct Balancer {
    addr: SocketAddr,
    workers: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Balancer {
    pub(crate) fn start(runtime: &Handle) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let balancer = Self {
            addr: listener.local_addr().expect("an address"),
            workers: Arc::default(),
        };
        runtime.spawn(balancer.clone().accept(listener));
        balancer
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// From now on connections go there, too.
    pub(crate) fn add(&self, worker: SocketAddr) {
        self.workers.lock().expect("workers").push(worker);
    }

    /// No new connection goes there. What there is stays, as the balancer knows no better.
    pub(crate) fn remove(&self, worker: SocketAddr) {
        let mut workers = self.workers.lock().expect("workers");
        workers.retain(|known| *known != worker);
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut workers = self.workers.lock().expect("workers");
            // The next connection begins with the next worker.
            if !workers.is_empty() {
                workers.rotate_left(1);
            }
            let workers = workers.clone();
            tokio::spawn(async move {
                for worker in workers {
                    if let Ok(mut connection) = TcpStream::connect(worker).await {
                        let _ = connection.set_nodelay(true);
                        let _ = client.set_nodelay(true);
                        let _ = copy_bidirectional(&mut client, &mut connection).await;
                        return;
                    }
                }
            });
        }
    }
}
