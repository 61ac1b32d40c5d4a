//! Who asks: two models of credentials, and how a request carries them.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use jindiao_protocol::{Exchange, Origin, RequestError, wire};
use jindiao_signing::patsnap::{AccessToken, ApiKey, ClientId, ClientSecret, basic};

/// What PatSnap gave to the account. `Debug` shows none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A client id and its secret, which are exchanged for tokens of half an hour (PatSnap D5, D6).
    Client {
        /// The client id.
        id: ClientId,
        /// The client secret.
        secret: ClientSecret,
    },
    /// A static key that starts with `sk-` (PatSnap D7).
    ApiKey(ApiKey),
}

impl Credential {
    /// What a [`RequestToken`](crate::RequestToken) at `origin` needs; `None` for an API key,
    /// which needs no token.
    pub fn token_auth(&self, origin: &Origin) -> Option<TokenAuth> {
        match self {
            Self::Client { id, secret } => Some(TokenAuth {
                origin: origin.clone(),
                id: id.clone(),
                secret: secret.clone(),
            }),
            Self::ApiKey(_) => None,
        }
    }
}

/// What a token request is made with. `Debug` shows no credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAuth {
    /// Where the request goes.
    pub origin: Origin,
    /// The client id.
    pub id: ClientId,
    /// The client secret.
    pub secret: ClientSecret,
}

/// What business calls are made with. `Debug` shows no credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// Where requests go.
    pub origin: Origin,
    /// What opens the door there.
    pub access: Access,
}

/// What opens the door for business calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// A token: `Authorization: Bearer <token>` and `?apikey=<client id>` (PatSnap D1, D6).
    Token {
        /// The client that the token was issued to.
        client_id: ClientId,
        /// The token.
        token: AccessToken,
    },
    /// A static key: `Authorization: Bearer sk-…` alone (PatSnap D7). The documents also allow it
    /// in the query, where proxies and logs would see it.
    ApiKey(ApiKey),
}

impl Auth {
    /// With a token that was issued to `client_id`.
    pub fn with_token(origin: Origin, client_id: ClientId, token: AccessToken) -> Self {
        let access = Access::Token { client_id, token };
        Self { origin, access }
    }

    /// With a static key.
    pub fn with_api_key(origin: Origin, key: ApiKey) -> Self {
        let access = Access::ApiKey(key);
        Self { origin, access }
    }

    /// A `GET` of `path` with the query parameter `query`, a name and a raw value.
    pub(crate) fn get<E: Exchange>(
        &self,
        path: &str,
        query: (&str, &str),
    ) -> Result<Request<Bytes>, RequestError> {
        self.request::<E>(Method::GET, path, Some(query), Bytes::new())
    }

    /// A `POST` of the JSON text `body` to `path`.
    pub(crate) fn post<E: Exchange>(
        &self,
        path: &str,
        body: String,
    ) -> Result<Request<Bytes>, RequestError> {
        self.request::<E>(Method::POST, path, None, Bytes::from(body))
    }

    fn request<E: Exchange>(
        &self,
        method: Method,
        path: &str,
        query: Option<(&str, &str)>,
        body: Bytes,
    ) -> Result<Request<Bytes>, RequestError> {
        let (bearer, apikey) = match &self.access {
            Access::Token { client_id, token } => {
                (token.expose(), Some(("apikey", client_id.expose())))
            }
            Access::ApiKey(key) => (key.expose(), None),
        };
        let target = wire::target(path, apikey.into_iter().chain(query));
        let build = || {
            Request::builder()
                .method(method)
                .uri(self.origin.uri(target)?)
                .header(AUTHORIZATION, wire::sensitive(&format!("Bearer {bearer}"))?)
                // The vendor's samples have it on GET, too.
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .header(ACCEPT, HeaderValue::from_static("application/json"))
                .body(body)
        };
        build().map_err(|error| RequestError::new::<E>(&error))
    }
}

/// Credentials that a reply was made with, so that it can be kept clean of them.
pub(crate) trait Secrets {
    /// `text` as it may be shown; `None` if nothing is left.
    fn clean<'t>(&self, text: &'t str) -> Option<Cow<'t, str>>;
}

impl Secrets for Auth {
    fn clean<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        let secrets = match &self.access {
            Access::Token { client_id, token } => &[client_id.expose(), token.expose()][..],
            Access::ApiKey(key) => &[key.expose()],
        };
        wire::vendor_text(text, secrets)
    }
}

impl Secrets for TokenAuth {
    fn clean<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        // Base64 hides nothing: whoever repeats the header repeats the secret.
        let basic = basic(&self.id, &self.secret);
        let encoded = basic.expose().trim_start_matches("Basic ");
        let encoded = encoded.trim_end_matches('=');
        wire::vendor_text(text, &[self.id.expose(), self.secret.expose(), encoded])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;
    use crate::testing::{NOW, auth, company_status, create, key_auth, token_auth};

    #[test]
    fn a_token_goes_with_the_client_id() {
        let request = company_status().request(&auth(), NOW).expect("a request");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer fake-access-token");
        assert_eq!(
            request.uri(),
            "https://connect.zhihuiya.com/innovation/company-report/job_id/status\
             ?apikey=fake-client-id&job_id=1579434053399035904"
        );
        let request = create().request(&auth(), NOW).expect("a request");
        assert_eq!(request.uri().query(), Some("apikey=fake-client-id"));
    }

    #[test]
    fn a_static_key_goes_alone_and_never_in_the_query() {
        let request = company_status().request(&key_auth(), NOW).expect("one");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer sk-fake-api-key");
        assert_eq!(request.uri().query(), Some("job_id=1579434053399035904"));
        let request = create().request(&key_auth(), NOW).expect("a request");
        assert_eq!(request.uri().query(), None);
    }

    #[test]
    fn odd_credentials_are_encoded() {
        let id = ClientId::new("a&b=c+d/e").expect("an id");
        let token = AccessToken::new("t").expect("a token");
        let auth = Auth::with_token(Region::Intl.origin(), id, token);
        let request = create().request(&auth, NOW).expect("a request");
        assert_eq!(request.uri().query(), Some("apikey=a%26b%3Dc%2Bd%2Fe"));
    }

    #[test]
    fn only_a_client_needs_a_token() {
        let origin = Region::Cn.origin();
        let TokenAuth { id, secret, .. } = token_auth();
        let client = Credential::Client { id, secret };
        assert_eq!(client.token_auth(&origin), Some(token_auth()));
        let key = ApiKey::new("sk-fake").expect("a key");
        assert_eq!(Credential::ApiKey(key).token_auth(&origin), None);
        assert!(!format!("{client:?}").contains("fake"));
    }
}
