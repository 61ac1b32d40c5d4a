//! The life of one order, in the steps that never pay twice.
//!
//! `jindiao_order` has this machine for the products of its catalogue. A vendor outside of it
//! writes its own, and this is the least that one can do with: permit, durable intent, one call, and
//! a doubt that only a person ends.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use jindiao_client::{
    Attempt, CallError, Client, DailyLimitReached, DownloadError, DownloadLimits, Pace,
    RetryPolicy, SendGuard,
};
use jindiao_codes::Outcome;
use jindiao_protocol::{CompanyName, FileKind, LinkError};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Auth, DossierState, OrderDossier, State};

/// How long an intent may be acted on: a process that slept must not wake up and pay.
const INTENT_LIFE: Duration = Duration::from_secs(5);
/// What comes between two questions, unless told otherwise.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Where an order stands, as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Stand {
    /// A call may be under way. Whoever reads this from the disk is not the one who made it.
    Ordering,
    /// Penglai has the order.
    Ordered {
        /// The dossier's id.
        dossier: String,
    },
    /// Nobody knows whether Penglai has the order: a person looks it up.
    Uncertain,
    /// The dossier is here.
    Stored {
        /// Its SHA-256 digest in hex.
        sha256: String,
    },
    /// Penglai cannot make it.
    Failed {
        /// Why, in its words.
        why: String,
    },
}

/// What came of one look at an order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Seen {
    /// It stands there now.
    At(Stand),
    /// No call is left for today, and the order was not made.
    NotToday(DailyLimitReached),
    /// Penglai surely did nothing, and the order was not made.
    NotOrdered(CallError),
    /// It was made; asking for it failed, and the next look asks again.
    NotAsked(CallError),
    /// It is ready, and its link is none; the next look asks for another link.
    NoLink(LinkError),
    /// There is a link, and no file yet; the next look asks for another link.
    NotStored(DownloadError),
}

/// Penglai's orders, each a file in a folder.
#[derive(Debug)]
pub struct Orders {
    client: Client,
    auth: Auth,
    pace: Pace,
    folder: PathBuf,
    limits: DownloadLimits,
    poll_interval: Duration,
}

impl Orders {
    /// Orders that are kept in `folder`, which exists.
    pub fn new(
        client: Client,
        auth: Auth,
        pace: Pace,
        folder: PathBuf,
        limits: DownloadLimits,
    ) -> Self {
        Self {
            client,
            auth,
            pace,
            folder,
            limits,
            poll_interval: POLL_INTERVAL,
        }
    }

    /// The same with another interval between two questions.
    #[must_use]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Takes the dossier on `company` as far as it goes now, from wherever an earlier process left
    /// it. At most one charging call is made for a company, ever, unless a person removes the
    /// order's file.
    ///
    /// # Errors
    /// If the order cannot be read or written.
    pub async fn look(&self, company: &CompanyName) -> io::Result<Seen> {
        let before = self.read(company)?;
        let stand = match before.clone() {
            None => match self.order(company).await? {
                Ok(stand) => stand,
                Err(seen) => return Ok(seen),
            },
            // The process that was calling is gone, and its answer with it.
            Some(Stand::Ordering) => Stand::Uncertain,
            Some(stand) => stand,
        };
        if before.as_ref() != Some(&stand) {
            self.write(company, &stand)?;
        }
        match stand {
            Stand::Ordered { dossier } => self.fetch(company, dossier).await,
            stand => Ok(Seen::At(stand)),
        }
    }

    /// The one charging call: permit first, then the durable intent, then the call at once.
    async fn order(&self, company: &CompanyName) -> io::Result<Result<Stand, Seen>> {
        let permit = match self.pace.permit().await {
            Ok(permit) => permit,
            Err(error) => return Ok(Err(Seen::NotToday(error))),
        };
        self.intend(company)?;
        let guard = SendGuard::new(&**self.client.time(), INTENT_LIFE);
        let order = OrderDossier {
            company: company.clone(),
        };
        let result = self.client.once(&order, &self.auth, Some(guard)).await;
        drop(permit);
        Ok(match result {
            Ok((answer, _)) => Ok(Stand::Ordered {
                dossier: answer.value,
            }),
            Err(error) if error.outcome() == Outcome::NothingDone => {
                fs::remove_file(self.file(company, "json"))?;
                Err(Seen::NotOrdered(error))
            }
            // A time-out, a reset, a page, an unknown code: it may have been charged.
            Err(_) => Ok(Stand::Uncertain),
        })
    }

    /// Waits until the dossier is ready, and downloads it in the same chain of steps.
    async fn fetch(&self, company: &CompanyName, dossier: String) -> io::Result<Seen> {
        let ask = DossierState { dossier };
        let policy = RetryPolicy::default();
        let raw = loop {
            let result = self
                .client
                .send(&ask, &self.auth, &policy, Some(&self.pace), None)
                .await;
            let (answer, _): (_, Vec<Attempt>) = match result {
                Ok(answer) => answer,
                Err(error) => return Ok(Seen::NotAsked(error)),
            };
            match answer.value {
                State::Making => self.client.time().sleep(self.poll_interval).await,
                State::Ready(raw) => break raw,
                State::Failed(why) => {
                    let stand = Stand::Failed { why };
                    self.write(company, &stand)?;
                    return Ok(Seen::At(stand));
                }
            }
        };
        let link = match raw.link(self.client.time().now()) {
            Ok(link) => link,
            Err(error) => return Ok(Seen::NoLink(error)),
        };
        let target = self.file(company, "pdf");
        let stored = self
            .client
            .download(&link, &target, FileKind::Pdf, &self.limits)
            .await;
        match stored {
            Ok(stored) => {
                let sha256 = stored.sha256_hex();
                let stand = Stand::Stored { sha256 };
                self.write(company, &stand)?;
                Ok(Seen::At(stand))
            }
            Err(error) => Ok(Seen::NotStored(error)),
        }
    }

    fn read(&self, company: &CompanyName) -> io::Result<Option<Stand>> {
        match fs::read(self.file(company, "json")) {
            // What cannot be read is an intent that was cut off: all else is renamed into place.
            Ok(text) => Ok(Some(
                serde_json::from_slice(&text).unwrap_or(Stand::Ordering),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the intent; of two that try at once one gets the file, and only that one calls.
    fn intend(&self, company: &CompanyName) -> io::Result<()> {
        let mut file = fs::File::create_new(self.file(company, "json"))?;
        file.write_all(&serde_json::to_vec(&Stand::Ordering)?)?;
        file.sync_all()?;
        fs::File::open(&self.folder)?.sync_all()
    }

    /// Written beside, synced, renamed, and the folder synced: after this it survives the machine.
    fn write(&self, company: &CompanyName, stand: &Stand) -> io::Result<()> {
        let beside = self.file(company, "new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec(stand)?)?;
        file.sync_all()?;
        fs::rename(&beside, self.file(company, "json"))?;
        fs::File::open(&self.folder)?.sync_all()
    }

    /// The file of an order: the digest of its subject, for a company's name is no file name.
    fn file(&self, company: &CompanyName, extension: &str) -> PathBuf {
        let name = hex::encode(Sha256::digest(company.as_str()));
        self.folder.join(name).with_extension(extension)
    }
}
