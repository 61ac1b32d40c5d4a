//! [`Journal`] on an invocation of a Restate virtual object.

use std::future::Future;
use std::time::Duration;

use jindiao_protocol::Vendor;
use restate_sdk::context::RequestTarget;
use restate_sdk::errors::TerminalError;
use restate_sdk::prelude::{
    ContextClient, ContextReadState, ContextSideEffects, ContextTimers, ContextWriteState, Json,
    ObjectContext, RunFuture,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::account::{Draw, Permit, PermitRequest, Report};
use crate::journal::{Journal, Tick};
use crate::{Books, Record};

/// An invocation of an order's object.
pub(super) struct Invocation<'a, 'ctx>(pub(super) &'a ObjectContext<'ctx>);

impl Journal for Invocation<'_, '_> {
    type Stop = TerminalError;

    async fn step<T, F>(&self, name: &'static str, step: F) -> Result<T, TerminalError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        // A step never fails: what went wrong is part of its result, so the engine has nothing to
        // retry by itself.
        let run = self.0.run(move || async move { Ok(Json(step.await)) });
        let Json(result) = run.name(name).await?;
        Ok(result)
    }

    async fn sleep(&self, duration: Duration) -> Result<(), TerminalError> {
        self.0.sleep(duration).await
    }

    async fn record(&self) -> Result<Option<Record>, TerminalError> {
        let record = self.0.get::<Json<Record>>("record").await?;
        Ok(record.map(Json::into_inner))
    }

    async fn books(&self) -> Result<Books, TerminalError> {
        let books = self.0.get::<Json<Books>>("books").await?;
        Ok(books.map(Json::into_inner).unwrap_or_default())
    }

    fn keep_record(&self, record: &Record) {
        self.0.set("record", Json(record.clone()));
    }

    fn keep_status(&self, status: &str) {
        self.0.set("status", status.to_owned());
    }

    fn keep_books(&self, books: &Books) {
        self.0.set("books", Json(books.clone()));
    }

    fn tick_after(&self, tick: Tick, delay: Duration) {
        let target = RequestTarget::object("Order", self.0.key(), "tick");
        let request = self.0.request::<_, ()>(target, Json(tick));
        if delay.is_zero() {
            drop(request.send());
        } else {
            drop(request.send_after(delay));
        }
    }

    async fn permit(&self, request: PermitRequest) -> Result<Permit, TerminalError> {
        let target = RequestTarget::object("Account", request.config.vendor.id(), "permit");
        let request = self.0.request::<_, Json<Permit>>(target, Json(request));
        let Json(permit) = request.call().await?;
        Ok(permit)
    }

    async fn draw(&self, request: PermitRequest) -> Result<Draw, TerminalError> {
        let target = RequestTarget::object("Account", request.config.vendor.id(), "draw");
        let request = self.0.request::<_, Json<Draw>>(target, Json(request));
        let Json(draw) = request.call().await?;
        Ok(draw)
    }

    fn report(&self, vendor: Vendor, report: Report) {
        let target = RequestTarget::object("Account", vendor.id(), "heed");
        drop(self.0.request::<_, ()>(target, Json(report)).send());
    }
}
