//! Where an object store is and how it is opened, as settings say.

use std::fmt;
use std::str::FromStr;

use jindiao_protocol::Origin;
use jindiao_words::{Message, Say, say};
use opendal::services::{Cos, Obs, Oss, S3};
use opendal::{Builder, Operator};

/// The kinds of object stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreService {
    /// Amazon S3 and what speaks like it: MinIO, Ceph and others.
    S3,
    /// Alibaba Cloud OSS.
    Oss,
    /// Tencent Cloud COS.
    Cos,
    /// Huawei Cloud OBS.
    Obs,
}

impl StoreService {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::S3, Self::Oss, Self::Cos, Self::Obs];

    /// Its name in addresses: `s3`, `oss`, `cos`, `obs`.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Oss => "oss",
            Self::Cos => "cos",
            Self::Obs => "obs",
        }
    }
}

/// An object store: a bucket of a service, and a prefix that all objects are put under.
///
/// It is read from a text like `s3://bucket/prefix`; the endpoint, the region and the credentials
/// come beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    service: StoreService,
    bucket: String,
    prefix: String,
    endpoint: Option<Origin>,
    region: Option<String>,
    is_virtual: bool,
}

impl StoreConfig {
    /// At this endpoint, an address without a bucket. Every service but Amazon's own needs one.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Origin) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// In this region. Only S3 signs it; where an endpoint is given, `us-east-1` is what stores that
    /// know no regions expect.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// With the bucket as a part of the host's name, where it would be a part of the path
    /// otherwise: for S3 at an endpoint of one's own.
    #[must_use]
    pub fn with_virtual_host(mut self) -> Self {
        self.is_virtual = true;
        self
    }

    /// In another folder below the prefix.
    #[must_use]
    pub fn with_folder(mut self, name: &str) -> Self {
        if !self.prefix.is_empty() {
            self.prefix.push('/');
        }
        self.prefix.push_str(name);
        self
    }

    /// The service.
    pub fn service(&self) -> StoreService {
        self.service
    }

    /// The endpoint, where one was given.
    pub fn endpoint(&self) -> Option<&Origin> {
        self.endpoint.as_ref()
    }

    /// Opens it, without a word to it yet.
    pub(super) fn operator(
        &self,
        credentials: &StoreCredentials,
    ) -> Result<Operator, StoreConfigError> {
        let endpoint = match (&self.endpoint, self.service) {
            (Some(endpoint), _) => Some(endpoint.to_string()),
            (None, StoreService::S3) => None,
            (None, _) => return Err(StoreConfigError::NoEndpoint(self.service)),
        };
        let endpoint = endpoint.as_deref();
        let root = format!("/{}", self.prefix);
        let StoreCredentials { id, secret, token } = credentials;
        match self.service {
            StoreService::S3 => {
                let region = match (self.region.as_deref(), endpoint) {
                    (Some(region), _) => region,
                    (None, Some(_)) => "us-east-1",
                    (None, None) => return Err(StoreConfigError::NoRegion),
                };
                // Nothing but what was given: no other variables, files or metadata services.
                let mut builder = S3::default()
                    .bucket(&self.bucket)
                    .root(&root)
                    .region(region)
                    .access_key_id(&id.0)
                    .secret_access_key(&secret.0)
                    .disable_config_load()
                    .disable_ec2_metadata();
                builder = match endpoint {
                    Some(endpoint) => builder.endpoint(endpoint),
                    None => builder.endpoint(&format!("https://s3.{region}.amazonaws.com")),
                };
                if self.is_virtual || endpoint.is_none() {
                    builder = builder.enable_virtual_host_style();
                }
                if let Some(token) = token {
                    builder = builder.session_token(&token.0);
                }
                open(builder)
            }
            StoreService::Oss => {
                let mut builder = Oss::default()
                    .bucket(&self.bucket)
                    .root(&root)
                    .endpoint(endpoint.unwrap_or_default())
                    .access_key_id(&id.0)
                    .access_key_secret(&secret.0);
                if let Some(token) = token {
                    builder = builder.security_token(&token.0);
                }
                open(builder)
            }
            StoreService::Cos => {
                let mut builder = Cos::default()
                    .bucket(&self.bucket)
                    .root(&root)
                    .endpoint(endpoint.unwrap_or_default())
                    .secret_id(&id.0)
                    .secret_key(&secret.0)
                    .disable_config_load();
                if let Some(token) = token {
                    builder = builder.security_token(&token.0);
                }
                open(builder)
            }
            StoreService::Obs if token.is_some() => Err(StoreConfigError::NoToken),
            StoreService::Obs => open(
                Obs::default()
                    .bucket(&self.bucket)
                    .root(&root)
                    .endpoint(endpoint.unwrap_or_default())
                    .access_key_id(&id.0)
                    .secret_access_key(&secret.0),
            ),
        }
    }
}

/// The library's own words may repeat settings, and so they are not shown.
fn open(builder: impl Builder) -> Result<Operator, StoreConfigError> {
    Operator::new(builder).map_err(|_| StoreConfigError::Unusable)
}

impl FromStr for StoreConfig {
    type Err = StoreConfigError;

    /// Reads `s3://bucket`, `oss://bucket/a/prefix`, and so on.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .ok_or(StoreConfigError::NoAddress)?;
        let service = StoreService::ALL
            .into_iter()
            .find(|it| it.scheme() == scheme)
            .ok_or(StoreConfigError::Scheme)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        // What all the services take, as a part of a host's name.
        let is_bucket = (3..=63).contains(&bucket.len())
            && bucket
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
            && !bucket.starts_with(['-', '.'])
            && !bucket.ends_with(['-', '.']);
        if !is_bucket {
            return Err(StoreConfigError::Bucket);
        }
        let is_part = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.contains(|c: char| c.is_control() || matches!(c, '?' | '#' | '\\'))
        };
        if prefix.len() > 256 || !(prefix.is_empty() || prefix.split('/').all(is_part)) {
            return Err(StoreConfigError::Prefix);
        }
        Ok(Self {
            service,
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: None,
            region: None,
            is_virtual: false,
        })
    }
}

/// `s3://bucket/prefix`: the name that all workers know it by.
impl fmt::Display for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.service.scheme(), self.bucket)?;
        if self.prefix.is_empty() {
            return Ok(());
        }
        write!(f, "/{}", self.prefix)
    }
}

/// What opens an object store. `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct StoreCredentials {
    id: AccessKey,
    secret: AccessKey,
    token: Option<AccessKey>,
}

impl StoreCredentials {
    /// The id of an access key (COS: secret id) and its secret.
    pub fn new(id: AccessKey, secret: AccessKey) -> Self {
        Self {
            id,
            secret,
            token: None,
        }
    }

    /// With the token that temporary credentials come with.
    #[must_use]
    pub fn with_token(mut self, token: AccessKey) -> Self {
        self.token = Some(token);
        self
    }
}

/// A part of an object store's credentials. `Debug` prints `[redacted]`.
#[derive(Clone)]
pub struct AccessKey(String);

impl AccessKey {
    /// Takes it from a text that was read.
    ///
    /// # Errors
    /// If it is empty, or has what no header can carry.
    pub fn new(text: &str) -> Result<Self, StoreConfigError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(StoreConfigError::Key);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What is wrong with the settings of an object store. Never repeats them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreConfigError {
    /// It is no address.
    NoAddress,
    /// It is for a service that is not known.
    Scheme,
    /// The bucket is none.
    Bucket,
    /// The prefix is none.
    Prefix,
    /// The service needs an endpoint.
    NoEndpoint(StoreService),
    /// Amazon S3 needs a region.
    NoRegion,
    /// The service takes no temporary credentials here.
    NoToken,
    /// A part of the credentials is none.
    Key,
    /// The library does not take it.
    Unusable,
}

impl Say for StoreConfigError {
    fn say(&self) -> Message {
        match self {
            Self::NoAddress => {
                say!(
                    "write the store as s3://BUCKET/PREFIX, with oss, cos or obs for those services"
                )
            }
            Self::Scheme => say!("the store must be s3://…, oss://…, cos://… or obs://…"),
            Self::Bucket => {
                say!("the store's bucket must be 3 to 63 small letters, digits, dots and dashes")
            }
            Self::Prefix => say!("the store's prefix must be names with `/` between them"),
            Self::NoEndpoint(service) => say!(
                "a store at {service} needs its endpoint, an address without the bucket",
                service = service.scheme()
            ),
            Self::NoRegion => say!("a store at s3 needs its region, or an endpoint"),
            Self::NoToken => {
                say!("a store at obs takes no token: give it a permanent access key")
            }
            Self::Key => say!("a store's access key must be of visible ASCII characters"),
            Self::Unusable => say!("the store's settings do not make an address"),
        }
    }
}

impl fmt::Display for StoreConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for StoreConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AccessKey {
        AccessKey::new(text).expect("a key")
    }

    #[test]
    fn addresses_of_stores() {
        let check = |text: &str, expect: Result<&str, StoreConfigError>| {
            let read = text.parse::<StoreConfig>();
            assert_eq!(
                read.map(|it| it.to_string()),
                expect.map(str::to_owned),
                "{text}"
            );
        };
        check("s3://reports", Ok("s3://reports"));
        check("oss://reports/a/b/", Ok("oss://reports/a/b"));
        check(
            "cos://reports-1250000000/报告",
            Ok("cos://reports-1250000000/报告"),
        );
        check(" obs://a.b/c ", Ok("obs://a.b/c"));
        let simulated = |text: &str| {
            let config: StoreConfig = text.parse().expect(text);
            config.with_folder("simulated").to_string()
        };
        assert_eq!(simulated("s3://reports"), "s3://reports/simulated");
        assert_eq!(simulated("s3://reports/a"), "s3://reports/a/simulated");
        check("reports", Err(StoreConfigError::NoAddress));
        check("gcs://reports", Err(StoreConfigError::Scheme));
        check("s3://", Err(StoreConfigError::Bucket));
        check("s3://key:secret@bucket", Err(StoreConfigError::Bucket));
        check("s3://Bucket", Err(StoreConfigError::Bucket));
        check("s3://bucket/../a", Err(StoreConfigError::Prefix));
        check("s3://bucket/a//b", Err(StoreConfigError::Prefix));
        check("s3://bucket/a?b", Err(StoreConfigError::Prefix));
    }

    #[test]
    fn what_is_missing_is_said() {
        let credentials = StoreCredentials::new(key("fake-id"), key("fake-secret"));
        let check = |config: StoreConfig, credentials: &StoreCredentials, expect| {
            assert_eq!(config.operator(credentials).err(), expect, "{config}");
        };
        let store = |text: &str| text.parse::<StoreConfig>().expect("a store");
        let at = |text: &str| {
            let endpoint = "https://store.invalid".parse().expect("an endpoint");
            store(text).with_endpoint(endpoint)
        };
        let none = StoreConfigError::NoEndpoint;
        check(
            store("s3://reports"),
            &credentials,
            Some(StoreConfigError::NoRegion),
        );
        check(
            store("s3://reports").with_region("cn-north-1"),
            &credentials,
            None,
        );
        check(
            store("oss://reports"),
            &credentials,
            Some(none(StoreService::Oss)),
        );
        check(
            store("cos://reports"),
            &credentials,
            Some(none(StoreService::Cos)),
        );
        check(
            store("obs://reports"),
            &credentials,
            Some(none(StoreService::Obs)),
        );
        for service in StoreService::ALL {
            check(
                at(&format!("{}://reports", service.scheme())),
                &credentials,
                None,
            );
        }
        let temporary = credentials.clone().with_token(key("fake-token"));
        check(
            at("obs://reports"),
            &temporary,
            Some(StoreConfigError::NoToken),
        );
        check(at("oss://reports"), &temporary, None);
    }

    #[test]
    fn credentials_are_not_shown() {
        let credentials =
            StoreCredentials::new(key("FAKE-1"), key("FAKE-2")).with_token(key("FAKE-3"));
        assert!(!format!("{credentials:?}").contains("FAKE"));
        for text in ["", " ", "a b", "a\nb", "密"] {
            assert_eq!(AccessKey::new(text).err(), Some(StoreConfigError::Key));
        }
    }
}
