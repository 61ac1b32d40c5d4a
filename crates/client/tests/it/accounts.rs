//! Accounts: permits, tokens and calls together.

use std::num::NonZeroUsize;
use std::time::Duration;

use jindiao_client::{AddressPolicy, Asked, Client, DownloadLimits, PaceLimits, Vendors};
use jindiao_order::{Call, News};
use jindiao_protocol::{FileKind, Timestamp, Vendor};
use jindiao_protocol_patsnap::{CompanyReportStatus, Credential};
use jindiao_signing::patsnap::{ApiKey, ClientId, ClientSecret};

/// A gateway that gives tokens of this life and knows one task, and an account with one call at
/// a time.
async fn patsnap(life: &str) -> (mockito::ServerGuard, mockito::Mock, Vendors) {
    paced(
        life,
        PaceLimits::default().with_concurrency(NonZeroUsize::MIN),
    )
    .await
}

/// The same with an account of this pace.
async fn paced(life: &str, limits: PaceLimits) -> (mockito::ServerGuard, mockito::Mock, Vendors) {
    let mut server = mockito::Server::new_async().await;
    let tokens = server
        .mock("POST", "/oauth/token")
        .with_body(format!(
            r#"{{"token":"T0KEN","expires_in":"{life}","status":"approved"}}"#
        ))
        .create_async()
        .await;
    server
        .mock("GET", mockito::Matcher::Any)
        .with_body(r#"{"data":{"job_status":0},"status":true,"error_code":0}"#)
        .create_async()
        .await;
    let credential = Credential::Client {
        id: ClientId::new("id").expect("an id"),
        secret: ClientSecret::new("S3CR3T").expect("a secret"),
    };
    let vendors = Vendors::new(Client::http().expect("a client")).with_patsnap(
        server.url().parse().expect("an origin"),
        credential,
        limits,
        Duration::from_secs(15),
    );
    (server, tokens, vendors)
}

fn call() -> Call {
    Call::CompanyReportStatus(CompanyReportStatus {
        job_id: "1".to_owned(),
    })
}

#[tokio::test]
async fn whoever_prepares_does_not_hold_up_whoever_calls() {
    let (_server, tokens, vendors) = patsnap("1799").await;
    let pace = vendors.pace(Vendor::Patsnap).expect("an account");
    let permit = pace.permit().await.expect("a permit");
    let together = async {
        tokio::join!(biased; vendors.prepare(Vendor::Patsnap), async {
            let asked = vendors.ask(&call(), None).await;
            drop(permit);
            asked
        })
    };
    let (prepared, asked) = tokio::time::timeout(Duration::from_secs(10), together)
        .await
        .expect("nobody waits for ever");
    prepared.result.expect("prepared");
    asked.result.expect("asked");
    assert_eq!(
        asked.token_attempts.len() + prepared.token_attempts.len(),
        1
    );
    tokens.assert_async().await;
    // A permit for the call, which covered the token; the one to prepare was given back.
    assert_eq!(pace.used_today(), 1);
}

/// Otherwise many orders that begin at midnight use up a small quota before the first call.
#[tokio::test]
async fn those_who_wait_for_the_token_leave_the_quota_alone() {
    let (_server, tokens, vendors) = paced("1799", PaceLimits::default().with_daily_limit(2)).await;
    let prepare = || vendors.prepare(Vendor::Patsnap);
    let (a, b, c) = tokio::join!(prepare(), prepare(), prepare());
    for prepared in [a, b, c] {
        prepared.result.expect("prepared");
    }
    tokens.assert_async().await;
    let pace = vendors.pace(Vendor::Patsnap).expect("an account");
    assert_eq!(pace.left_today(), Some(1));
}

#[tokio::test]
async fn a_prepared_call_needs_no_token() {
    let (_server, tokens, vendors) = patsnap("1799").await;
    for made in [1, 0] {
        let prepared = vendors.prepare(Vendor::Patsnap).await;
        prepared.result.expect("prepared");
        assert_eq!(prepared.token_attempts.len(), made);
    }
    let asked = vendors.ask(&call(), None).await;
    asked.result.expect("asked");
    assert!(asked.token_attempts.is_empty());
    tokens.assert_async().await;
}

/// What is written down by a host is for nobody else to read.
#[tokio::test]
async fn links_are_sealed_for_hosts_that_write_them_down() {
    let mut server = mockito::Server::new_async().await;
    let link = format!("{}/r.pdf?Signature=S3CR3T", server.url());
    let reply = format!(
        r#"{{"data":{{"job_status":2,"download_url":"{link}"}},"status":true,"error_code":0}}"#
    );
    server
        .mock("GET", mockito::Matcher::Regex("status".to_owned()))
        .with_body(reply)
        .create_async()
        .await;
    server
        .mock("GET", "/r.pdf?Signature=S3CR3T")
        .with_body("%PDF-1.7\n%%EOF\n")
        .create_async()
        .await;
    let key = ApiKey::new("sk-S3CR3T").expect("a key");
    let vendors = |client| {
        Vendors::new(client)
            .with_patsnap(
                server.url().parse().expect("an origin"),
                Credential::ApiKey(key.clone()),
                PaceLimits::default(),
                Duration::from_secs(15),
            )
            .with_download_limits(
                DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO),
            )
    };
    let client = Client::http().expect("a client");
    let open = vendors(client.clone()).ask(&call(), None).await;
    let sealing = vendors(client).with_sealed_links();
    let sealed = sealing.ask(&call(), None).await;
    let read = |asked: Asked| match asked.result.expect("an answer").0 {
        News::Link(raw) => raw.link(Timestamp::EPOCH).expect("a link"),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(open).url(), Some(&*link));
    let sealed = read(sealed);
    assert_eq!(sealed.url(), None);

    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("r.pdf");
    let stored = sealing
        .download(Vendor::Patsnap, &sealed, &target, FileKind::Pdf)
        .await;
    assert_eq!(stored.expect("a report").bytes, 15);
}
