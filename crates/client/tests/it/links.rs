//! Links of vendors: to whose hosts they lead, and what is said of those that lead elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_client::{
    AddressPolicy, BoxFuture, Chunks, Client, DownloadLimits, LinkHosts, OpenTerms, PaceLimits,
    SendTerms, SystemClock, Transport, TransportError, Vendors,
};
use jindiao_order::{DownloadFailure, DownloadProblem};
use jindiao_protocol::{FileKind, Link, Timestamp, Vendor};
use jindiao_signing::{qcc, yibeidiao};

const SAMPLE: &str = "https://res.yibeidiao.com/survey-result/1.pdf?Signature=S3CR3T";

/// Every host there is: each address is a report, unless it is one that redirects.
#[derive(Debug, Clone, Default)]
struct Internet {
    redirects: HashMap<&'static str, &'static str>,
    asked: Arc<Mutex<Vec<String>>>,
}

struct Report(Option<Bytes>);

impl Chunks for Report {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

impl Transport for Internet {
    fn send(
        &self,
        _: Request<Bytes>,
        _: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        unreachable!("downloads are opened")
    }

    fn open(
        &self,
        request: Request<()>,
        _: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>> {
        let url = request.uri().to_string();
        let mut response = Response::builder().status(200);
        if let Some(to) = self.redirects.get(url.as_str()) {
            response = response.status(302).header("location", *to);
        }
        self.asked.lock().expect("the log").push(url);
        let body: Box<dyn Chunks> = Box::new(Report(Some(Bytes::from_static(b"%PDF-1.7 %%EOF"))));
        let response = response.body(body).expect("a response");
        Box::pin(std::future::ready(Ok(response)))
    }
}

impl Internet {
    fn vendors(&self, origin: &str) -> Vendors {
        let origin: jindiao_protocol::Origin = origin.parse().expect("an origin");
        let (pace, timeout) = (PaceLimits::default(), Duration::from_secs(15));
        Vendors::new(Client::new(self.clone(), SystemClock::new()))
            .with_qcc(
                jindiao_protocol_qcc::Auth::new(
                    origin.clone(),
                    qcc::AppKey::new("KEY").expect("a key"),
                    qcc::SecretKey::new("SECRET").expect("a secret"),
                ),
                pace,
                timeout,
            )
            .with_yibeidiao(
                jindiao_protocol_yibeidiao::Auth::new(
                    origin,
                    yibeidiao::CompanyKey::new("KEY").expect("a key"),
                    yibeidiao::Token::new("TOKEN").expect("a token"),
                ),
                pace,
                timeout,
            )
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("the log"))
    }
}

async fn get(vendors: &Vendors, vendor: Vendor, url: &str) -> Result<u64, DownloadFailure> {
    let folder = tempfile::tempdir().expect("a folder");
    let link = Link::parse(url, Timestamp::EPOCH, None).expect(url);
    let target = folder.path().join("r.pdf");
    let stored = vendors
        .download(vendor, &link, &target, FileKind::Pdf)
        .await;
    stored.map(|stored| stored.bytes)
}

async fn is_refused(internet: &Internet, vendors: &Vendors, url: &str, host: &str) {
    let refused = get(vendors, Vendor::Yibeidiao, url).await.expect_err(url);
    assert_eq!(refused.problem, DownloadProblem::Forbidden, "{refused:?}");
    for part in [host, "yibeidiao", "yibeidiao.link_hosts"] {
        assert!(refused.text.contains(part), "{part} in {refused:?}");
    }
    assert!(!refused.text.contains("S3CR3T"), "{refused:?}");
    assert!(!internet.asked().concat().contains(host), "{url}");
}

#[tokio::test]
async fn yibeidiaos_links_lead_to_its_own_hosts() {
    let internet = Internet::default();
    let vendors = internet.vendors("http://api.yibeidiao.com");
    for url in [
        SAMPLE,
        "https://yibeidiao.com./1.pdf",
        "https://api.YIBEIDIAO.com:81/1",
    ] {
        assert_eq!(get(&vendors, Vendor::Yibeidiao, url).await, Ok(14), "{url}");
    }
    assert_eq!(internet.asked()[0], SAMPLE);
    for (url, host) in [
        (
            "https://evil.example/1.pdf?Signature=S3CR3T",
            "evil.example",
        ),
        ("https://res.yibeidiao.com.evil.example/", "evil.example"),
        ("https://yibeidiao.com-evil.example/", "evil.example"),
        ("https://8.8.8.8/1.pdf?Signature=S3CR3T", "8.8.8.8"),
        // Over plain http whoever put the address into the answer could put the report there.
        (
            "http://res.yibeidiao.com/1.pdf?Signature=S3CR3T",
            "res.yibeidiao.com over plain http",
        ),
        ("http://api.yibeidiao.com/1.pdf", "plain http"),
    ] {
        is_refused(&internet, &vendors, url, host).await;
    }
    // What its signature does not cover, TLS covers for the others.
    let elsewhere = "https://pro-files.qichacha.com/1.zip";
    assert_eq!(get(&vendors, Vendor::Qcc, elsewhere).await, Ok(14));
}

#[tokio::test]
async fn plain_http_is_followed_where_the_setting_says_so() {
    let internet = Internet::default();
    let vendors = internet.vendors("http://api.yibeidiao.com");
    let hosts = "yibeidiao.com".parse().expect("hosts");
    let vendors = vendors.with_link_hosts(Vendor::Yibeidiao, hosts);
    let plain = "http://res.yibeidiao.com/1.pdf";
    assert_eq!(get(&vendors, Vendor::Yibeidiao, plain).await, Ok(14));
}

#[tokio::test]
async fn redirects_lead_to_the_same_hosts() {
    let internet = Internet {
        redirects: HashMap::from([
            (SAMPLE, "https://oss.yibeidiao.com/2.pdf"),
            (
                "https://oss.yibeidiao.com/2.pdf",
                "//evil.example/3.pdf?Signature=S3CR3T",
            ),
        ]),
        ..Internet::default()
    };
    let vendors = internet.vendors("http://api.yibeidiao.com");
    is_refused(&internet, &vendors, SAMPLE, "evil.example").await;
    let both = "yibeidiao.com,evil.example".parse().expect("hosts");
    let vendors = vendors.with_link_hosts(Vendor::Yibeidiao, both);
    assert_eq!(get(&vendors, Vendor::Yibeidiao, SAMPLE).await, Ok(14));
    assert_eq!(internet.asked().len(), 3);
}

#[tokio::test]
async fn the_accounts_own_host_is_one_of_them() {
    let internet = Internet::default();
    let vendors = internet.vendors("https://gateway.example:8443");
    let own = "https://gateway.example/1.pdf";
    assert_eq!(get(&vendors, Vendor::Yibeidiao, own).await, Ok(14));
    let none_else = "files.example".parse().expect("hosts");
    let vendors = vendors.with_link_hosts(Vendor::Yibeidiao, none_else);
    assert_eq!(get(&vendors, Vendor::Yibeidiao, own).await, Ok(14));
    is_refused(&internet, &vendors, SAMPLE, "res.yibeidiao.com").await;
    let vendors = vendors.with_link_hosts(Vendor::Yibeidiao, LinkHosts::ANY);
    assert_eq!(get(&vendors, Vendor::Yibeidiao, SAMPLE).await, Ok(14));
}

#[tokio::test]
async fn a_simulator_needs_no_names() {
    let internet = Internet::default();
    let local = "http://127.0.0.1:8080/1.pdf";
    let vendors = internet.vendors("http://api.yibeidiao.com");
    let refused = get(&vendors, Vendor::Yibeidiao, local).await;
    assert!(refused.is_err_and(|it| it.text.contains("public internet")));
    assert!(internet.asked().is_empty());
    let limits = DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO);
    let vendors = vendors.with_download_limits(limits);
    for own in [
        local,
        "http://localhost:8080/1.pdf",
        "http://[fd00::1]/1.pdf",
    ] {
        assert_eq!(get(&vendors, Vendor::Yibeidiao, own).await, Ok(14), "{own}");
    }
    let evil = "http://evil.example/1.pdf";
    is_refused(&Internet::default(), &vendors, evil, "evil.example").await;
}
