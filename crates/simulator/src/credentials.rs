//! The one account that every simulated vendor knows.

use jindiao_signing::{qcc, yibeidiao};
use serde::Serialize;

/// Credentials that the simulator accepts. They are fixed and good for nothing else, so they may
/// be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// QCC's `key`.
    pub qcc_key: String,
    /// QCC's `SecretKey`.
    pub qcc_secret: String,
    /// PatSnap's client id, which is also its `apikey`.
    pub patsnap_client_id: String,
    /// PatSnap's client secret.
    pub patsnap_client_secret: String,
    /// PatSnap's other credential, a static key.
    pub patsnap_api_key: String,
    /// Yibeidiao's company key: the sample of its documents (ShowDoc 1865243955181250).
    pub yibeidiao_key: String,
    /// Yibeidiao's token, from the same page.
    pub yibeidiao_token: String,
}

impl Credentials {
    /// What every simulator accepts.
    pub fn simulated() -> Self {
        Self {
            qcc_key: "SIMULATED-QCC-KEY".to_owned(),
            qcc_secret: "SIMULATED-QCC-SECRET".to_owned(),
            patsnap_client_id: "SIMULATED-PATSNAP-CLIENT-ID".to_owned(),
            patsnap_client_secret: "SIMULATED-PATSNAP-CLIENT-SECRET".to_owned(),
            // 51 characters, like the real ones.
            patsnap_api_key: "sk-SIMULATED0PATSNAP0API0KEY0000000000000000000000".to_owned() + "0",
            yibeidiao_key: "CF6BF781AB82FEF5BFDF96B054ECEB15".to_owned(),
            yibeidiao_token: "8FD2867925098ECFA5DC1DB15B5A3E79".to_owned(),
        }
    }

    pub(crate) fn qcc(&self) -> (qcc::AppKey, qcc::SecretKey) {
        let key = qcc::AppKey::new(self.qcc_key.as_str());
        let secret = qcc::SecretKey::new(self.qcc_secret.as_str());
        (key.expect("a fixed text"), secret.expect("a fixed text"))
    }

    pub(crate) fn yibeidiao(&self) -> (yibeidiao::CompanyKey, yibeidiao::Token) {
        let key = yibeidiao::CompanyKey::new(self.yibeidiao_key.as_str());
        let token = yibeidiao::Token::new(self.yibeidiao_token.as_str());
        (key.expect("a fixed text"), token.expect("a fixed text"))
    }

    /// The variables that point the `jindiao` program at `base_url`.
    pub(crate) fn env(&self, base_url: &str) -> Vec<(&'static str, String)> {
        vec![
            ("JINDIAO_QCC_URL", base_url.to_owned()),
            ("JINDIAO_QCC_KEY", self.qcc_key.clone()),
            ("JINDIAO_QCC_SECRET", self.qcc_secret.clone()),
            ("JINDIAO_PATSNAP_URL", base_url.to_owned()),
            ("JINDIAO_PATSNAP_CLIENT_ID", self.patsnap_client_id.clone()),
            (
                "JINDIAO_PATSNAP_CLIENT_SECRET",
                self.patsnap_client_secret.clone(),
            ),
            ("JINDIAO_PATSNAP_API_KEY", self.patsnap_api_key.clone()),
            ("JINDIAO_YIBEIDIAO_URL", base_url.to_owned()),
            ("JINDIAO_YIBEIDIAO_KEY", self.yibeidiao_key.clone()),
            ("JINDIAO_YIBEIDIAO_TOKEN", self.yibeidiao_token.clone()),
            ("JINDIAO_ALLOW_PRIVATE_LINKS", "1".to_owned()),
        ]
    }
}
