//! How the server is asked: its HTTP interfaces, its SQL, and what its answers mean.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jindiao_client::{SendTerms, TransportErrorKind};
use jindiao_order::Fingerprint;
use jindiao_protocol::Effect;
use jindiao_words::{Message, again, say};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Cluster, Found};
use crate::error::{ClusterError, ClusterErrorKind as Kind};

/// How long the server may take: it waits for a worker.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read: a page of orders.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// How many objects are asked for in one query, which reads through all of them whatever it asks
/// for: all that is kept of so many, or a line on so many.
const KEYS_AT_ONCE: usize = 2000;
pub(super) const LINES_AT_ONCE: usize = 10_000;

/// How often a server that is settling is asked again, and after which pause.
const SETTLES: u32 = 100;
const SETTLE: Duration = Duration::from_millis(200);

impl Cluster {
    /// Calls a handler of an object and waits for its answer.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        object: &str,
        key: &str,
        handler: &str,
        request: &impl Serialize,
    ) -> Result<T, ClusterError> {
        let url = format!("{}/restate/call/{object}/{key}/{handler}", self.ingress);
        let body = serde_json::to_value(request).map_err(|error| {
            ClusterError::new(Kind::Unexpected, Message::verbatim(error.to_string()))
        })?;
        let (_, answer) = self.send(Method::POST, url, Some(body)).await?;
        Ok(answer)
    }

    /// Asks the server with SQL; the rows as they come.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn query<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, ClusterError> {
        #[derive(Deserialize)]
        struct Rows<T> {
            rows: Vec<T>,
        }
        let url = format!("{}/query", self.admin);
        let body = json!({ "query": sql });
        let mut tries = 0;
        loop {
            let sent = self.send(Method::POST, url.clone(), Some(body.clone()));
            match sent.await {
                Ok((_, Rows { rows })) => return Ok(rows),
                // It has just started, or its nodes are passing partitions around.
                Err(error) if error.is_settling() && tries < SETTLES => {
                    tries += 1;
                    tokio::time::sleep(SETTLE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) async fn found(&self, condition: &str) -> Result<Vec<Found>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            service_key: String,
            value_utf8: String,
        }
        let sql = format!(
            "select service_key, value_utf8 from state where service_name = 'Order' and \
             key = 'status'{condition}"
        );
        let rows: Vec<Row> = self.query(&sql).await?;
        let found = rows.into_iter().filter_map(|row| {
            let mut words = row.value_utf8.trim_matches('"').split(' ');
            Some(Found {
                fingerprint: row.service_key.parse().ok()?,
                product: words.next()?.parse().ok()?,
                state: words.next()?.parse().ok()?,
                order: words.next()?.parse().ok()?,
            })
        });
        Ok(found.collect())
    }

    pub(super) async fn states_of<T: DeserializeOwned>(
        &self,
        keys: &[Fingerprint],
        name: &str,
    ) -> Result<BTreeMap<Fingerprint, T>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            service_key: String,
            value_utf8: String,
        }
        let mut states = BTreeMap::new();
        for keys in keys.chunks(KEYS_AT_ONCE) {
            let rows: Vec<Row> = self
                .query(&format!(
                    "select service_key, value_utf8 from state where service_name = 'Order' and \
                     key = '{name}' and {}",
                    among(keys)
                ))
                .await?;
            for row in rows {
                let state = serde_json::from_str(&row.value_utf8).ok();
                match row.service_key.parse().ok().zip(state) {
                    Some((key, state)) => drop(states.insert(key, state)),
                    None => return Err(unreadable("Order", &row.service_key)),
                }
            }
        }
        Ok(states)
    }

    /// One key of an object's state, read from outside: no worker is needed.
    pub(super) async fn state_of<T: DeserializeOwned>(
        &self,
        object: &str,
        key: &str,
        name: &str,
    ) -> Result<Option<T>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            value_utf8: String,
        }
        let rows: Vec<Row> = self
            .query(&format!(
                "select value_utf8 from state where service_name = '{object}' and \
                 service_key = '{key}' and key = '{name}'"
            ))
            .await?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        serde_json::from_str(&row.value_utf8)
            .map(Some)
            .map_err(|_| unreadable(object, key))
    }

    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: String,
        body: Option<Value>,
    ) -> Result<(StatusCode, T), ClusterError> {
        let unexpected = |text| ClusterError::new(Kind::Unexpected, text);
        let body = body.map_or(Bytes::new(), |body| body.to_string().into());
        let request = Request::builder()
            .method(method)
            .uri(&url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(body)
            .map_err(|error| unexpected(say!("{url} is no address: {error}", url, error)))?;
        let mut terms = SendTerms::new(Effect::Read);
        terms.timeout = TIMEOUT;
        terms.max_body = LONGEST_ANSWER;
        let response = self.transport.send(request, terms).await.map_err(|error| {
            let kind = match error.kind() {
                TransportErrorKind::Unusable | TransportErrorKind::TooLarge => Kind::Unexpected,
                _ => Kind::NotThere,
            };
            let text = say!(
                "the Restate server does not answer at {url}: {error}",
                url,
                error
            );
            // Also an answer that broke off, as one does whose parts came from a node that died.
            let is_settling = error.kind() == TransportErrorKind::Interrupted;
            ClusterError::new(kind, text).while_settling(is_settling)
        })?;
        let status = response.status();
        if !status.is_success() {
            return Err(failed(&url, status, response.body()));
        }
        let body = match response.body() {
            empty if empty.is_empty() => b"null",
            body => &body[..],
        };
        let value = serde_json::from_slice(body).map_err(|error| {
            unexpected(say!(
                "what answers at {url} is no Restate server that this program knows: {error}",
                url,
                error
            ))
        })?;
        Ok((status, value))
    }
}

/// Whether a query failed only since not every part of the server is where it belongs yet. What is
/// missing is never taken to be empty.
fn is_settling(status: StatusCode, text: &str) -> bool {
    // All but the first are what a server of several nodes says for seconds after one of them died
    // or came back. A query only looks, so it may be asked again. For all that goes wrong with a query
    // the server has one status and no code, so there is nothing but the words.
    let words = ["partition", "throttl", "No such scanner", "External error"];
    status.is_server_error() && words.iter().any(|word| text.contains(word))
}

/// A condition of SQL: one of these objects.
pub(super) fn among(keys: &[Fingerprint]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| format!("'{key}'")).collect();
    format!("service_key in ({})", keys.join(", "))
}

fn unreadable(object: &str, key: &str) -> ClusterError {
    let text = say!(
        "{object} is in a form that this program cannot read",
        object = format!("{object}/{key}")
    );
    ClusterError::new(Kind::Version, text)
}

pub(super) fn no_order() -> ClusterError {
    ClusterError::new(
        Kind::NoSuchOrder,
        say!("there is no such order in the cluster"),
    )
}

/// What the server or a handler said instead of doing what it was asked for.
fn failed(url: &str, status: StatusCode, body: &[u8]) -> ClusterError {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    let said = serde_json::from_slice::<Failure>(body).map(|failure| failure.message);
    match (status, said) {
        (StatusCode::NOT_FOUND, Ok(text)) if text.contains("no such order") => no_order(),
        (StatusCode::NOT_FOUND, Ok(text)) if text.contains("register") => ClusterError::new(
            Kind::Empty,
            say!("no worker has joined the Restate server yet: start one first"),
        ),
        // A worker said it, in English.
        (StatusCode::CONFLICT, Ok(text)) => ClusterError::new(Kind::Refused, again(&text)),
        (_, Ok(text)) => {
            let is_settling = is_settling(status, &text);
            ClusterError::new(Kind::Unexpected, again(&text)).while_settling(is_settling)
        }
        (status, Err(_)) => ClusterError::new(
            Kind::Unexpected,
            say!("{url} answered with HTTP {status}", url, status),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_said_is_said_again() {
        let said = crate::tick::no_order().0;
        let body = json!({ "message": said }).to_string();
        let error = failed("http://h", StatusCode::CONFLICT, body.as_bytes());
        assert_eq!(error.to_string(), "there is no such order");
        let zh = jindiao_words::Say::say(&error).in_lang(jindiao_words::Lang::Zh);
        assert_eq!(zh, "没有此订单");
    }

    #[test]
    fn a_server_that_lost_a_node_is_asked_again() {
        let check = |status: u16, text: &str, expect: bool| {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "message": text }).to_string();
            let error = failed("http://server/query", status, body.as_bytes());
            assert_eq!(error.is_settling(), expect, "{text}");
        };
        let throttled = "Datafusion error: External error: connect throttled; 151.68171ms left in throttling window";
        check(500, throttled, true);
        let expired = "Datafusion error: Internal error: No such scanner. It could have expired";
        check(500, expired, true);
        check(500, "partition 3 has no leader", true);
        check(500, "Schema error: no such column", false);
        check(400, "no partition", false);
    }
}
