//! The last question before a charge leaves, asked between connecting and sending.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use crate::Gate;

/// What a request and the making of its connection know of each other.
#[derive(Clone)]
pub(super) struct Crossing {
    pub(super) gate: Gate,
    /// Whether the request was given a connection to go onto.
    pub(super) connected: Arc<AtomicBool>,
}

tokio::task_local! {
    /// The request that is being sent. Connections of charges are not pooled, so the connector
    /// runs inside of the request's own future and sees it.
    pub(super) static CROSSING: Crossing;
}

/// Asks the gate once the connection stands, before the request goes onto it.
#[derive(Clone)]
pub(super) struct GateLayer;

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, connect: S) -> Gated<S> {
        Gated(connect)
    }
}

#[derive(Clone)]
pub(super) struct Gated<S>(S);

type BoxError = Box<dyn StdError + Send + Sync>;

impl<S, R> Service<R> for Gated<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.0.call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            let may_cross = CROSSING.try_with(|crossing| {
                let open = crossing.gate.is_open();
                crossing.connected.store(open, Ordering::SeqCst);
                open
            });
            // Without a gate in sight nothing is known, and what is not known is not sent.
            if may_cross.unwrap_or(false) {
                Ok(connection)
            } else {
                Err(GateShut.into())
            }
        })
    }
}

#[derive(Debug)]
/// Why a connection that stands is not used.
pub(super) struct GateShut;

impl fmt::Display for GateShut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the permission to send ran out")
    }
}

impl StdError for GateShut {}
