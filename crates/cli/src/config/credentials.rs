//! The credentials of the accounts: from the file and the environment, else from a program.

use std::collections::BTreeMap;

use jindiao_codes::Vendor;
use jindiao_protocol_patsnap::Credential;
use jindiao_signing::{InvalidSecret, patsnap, qcc, yibeidiao};
use jindiao_words::{Message, say};

use super::Config;
use super::command::SecretCommand;
use super::settings::{self, Setting};
use super::values::Value;
use crate::error::CliError;

impl Config {
    /// The account with QCC.
    pub(crate) fn qcc(&self) -> Result<(qcc::AppKey, qcc::SecretKey), Vec<Message>> {
        let secrets = self.secrets_of(Vendor::Qcc)?;
        both(
            secrets.get("qcc.key", qcc::AppKey::new),
            secrets.get("qcc.secret", qcc::SecretKey::new),
        )
    }

    /// The account with PatSnap. A client id and secret come first: they are what the documents of
    /// the report API describe (PatSnap D1 to D6).
    pub(crate) fn patsnap(&self) -> Result<Credential, Vec<Message>> {
        let secrets = self.secrets_of(Vendor::Patsnap)?;
        let has = |key: &str| secrets.0.contains_key(key);
        if has("patsnap.api_key") && !(has("patsnap.client_id") && has("patsnap.client_secret")) {
            let key = secrets.get("patsnap.api_key", patsnap::ApiKey::new);
            return key.map(Credential::ApiKey).map_err(|problem| vec![problem]);
        }
        both(
            secrets.get("patsnap.client_id", patsnap::ClientId::new),
            secrets.get("patsnap.client_secret", patsnap::ClientSecret::new),
        )
        .map(|(id, secret)| Credential::Client { id, secret })
        .map_err(|mut problems| {
            if !has("patsnap.client_id") && !has("patsnap.client_secret") {
                problems.push(say!(
                    "instead of these two, JINDIAO_PATSNAP_API_KEY takes a static key"
                ));
            }
            problems
        })
    }

    /// The account with Yibeidiao.
    pub(crate) fn yibeidiao(
        &self,
    ) -> Result<(yibeidiao::CompanyKey, yibeidiao::Token), Vec<Message>> {
        let secrets = self.secrets_of(Vendor::Yibeidiao)?;
        both(
            secrets.get("yibeidiao.key", yibeidiao::CompanyKey::new),
            secrets.get("yibeidiao.token", yibeidiao::Token::new),
        )
    }

    /// What is missing of the account with `vendor`, as far as that can be said without running
    /// its command.
    pub(crate) fn missing(&self, vendor: Vendor) -> Vec<Message> {
        let found = match self.commands.get(&vendor) {
            Some(command) if !self.secrets.are_enough(vendor) => {
                command.allowed().map_err(|problem| vec![problem])
            }
            _ => match vendor {
                Vendor::Qcc => self.qcc().map(drop),
                Vendor::Patsnap => self.patsnap().map(drop),
                Vendor::Yibeidiao => self.yibeidiao().map(drop),
                Vendor::Other(_) => Ok(()),
            },
        };
        found.err().unwrap_or_default()
    }

    /// The credentials of `vendor`. Where the environment and the file do not have enough, its
    /// command gives the rest; what they have, they have.
    fn secrets_of(&self, vendor: Vendor) -> Result<Secrets, Vec<Message>> {
        let mut secrets = self.secrets.clone();
        if let Some(command) = self.commands.get(&vendor)
            && !secrets.are_enough(vendor)
        {
            let main = match vendor {
                Vendor::Qcc => "secret",
                Vendor::Patsnap if secrets.0.contains_key("patsnap.client_id") => "client_secret",
                Vendor::Patsnap => "api_key",
                Vendor::Yibeidiao => "token",
                Vendor::Other(_) => "",
            };
            let given = command
                .credentials(main, settings::secrets(vendor))
                .map_err(|problem| vec![problem])?;
            for (name, value) in given {
                secrets.0.entry(format!("{vendor}.{name}")).or_insert(value);
            }
        }
        Ok(secrets)
    }
}

/// Credentials as they were written, by key. Checked when they are needed.
#[derive(Clone)]
pub(super) struct Secrets(pub(super) BTreeMap<String, Value>);

impl Secrets {
    /// Whether all are there that an account with `vendor` needs.
    pub(super) fn are_enough(&self, vendor: Vendor) -> bool {
        let has = |name: &str| self.0.contains_key(&format!("{vendor}.{name}"));
        match vendor {
            Vendor::Qcc => has("key") && has("secret"),
            Vendor::Patsnap => has("api_key") || has("client_id") && has("client_secret"),
            Vendor::Yibeidiao => has("key") && has("token"),
            Vendor::Other(_) => false,
        }
    }

    fn get<T>(
        &self,
        key: &str,
        new: impl Fn(String) -> Result<T, InvalidSecret>,
    ) -> Result<T, Message> {
        match self.0.get(key) {
            Some(value) => {
                new(value.text.clone()).map_err(|error| value.source.says(&no_credential(error)))
            }
            None => Err(not_set(key)),
        }
    }
}

/// Nobody has said what `key` is.
pub(super) fn not_set(key: &str) -> Message {
    say!(
        "{variable} is not set, and `{key}` is not in the configuration",
        variable = Setting::variable(key),
        key
    )
}

/// Why a text is no credential.
pub(crate) fn no_credential(error: InvalidSecret) -> Message {
    let what = error.what();
    if error.is_empty() {
        say!("the {what} is empty", what)
    } else if error.has_colon() {
        say!(
            "the {what} holds a colon, which HTTP Basic cannot carry",
            what
        )
    } else if let Some(prefix) = error.lacks_prefix() {
        say!("the {what} does not start with `{prefix}`", what, prefix)
    } else {
        say!(
            "the {what} holds white space or another character that is not visible ASCII; was something copied with it?",
            what
        )
    }
}

/// Whether these words can be a `secret_command`, or what is wrong with them.
pub(crate) fn check_command(words: &[String]) -> Result<(), Message> {
    SecretCommand::check(words)
}

/// The error for credentials that are missing or malformed.
pub(crate) fn no_credentials(problems: Vec<Message>) -> CliError {
    CliError::problems(say!("credentials are missing"), problems).hint(say!(
        "set the variables, or name a program that prints them with `secret_command` in jindiao.toml; --simulate needs none"
    ))
}

/// Both, or everything that is wrong with either.
fn both<A, B>(a: Result<A, Message>, b: Result<B, Message>) -> Result<(A, B), Vec<Message>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
}
