//! One call to each vendor with an account: does it take the credentials?
//!
//! Each is the cheapest that the documents know: nothing is ordered by it. What it may cost is said
//! before it is made.

use std::collections::BTreeSet;

use jindiao_client::Asked;
use jindiao_codes::{Advice, Scope, Vendor};
use jindiao_order::{Call, Failure};
use jindiao_protocol::RecordNo;
use jindiao_protocol_patsnap::CompanyReportStatus;
use jindiao_protocol_qcc::GetReportInfo;
use jindiao_protocol_yibeidiao::{GenerateTempReport, Seq};
use jindiao_words::{Message, again, say};

use super::{Finding, Report};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::{accounts, output};

const CHECK: &str = "call";
/// No order, no task and no record has these: they are well-formed, and nothing is found.
const NO_ORDER: &str = "JKDAY-000000000000000000";
const NO_TASK: &str = "0";
const NO_RECORD: &str = "00000000000000000000000";
/// Where one's own address is to be seen, for QCC's allow list.
fn address() -> Message {
    say!(
        "if the account has an allow list at QCC, this machine's public address must be on it: that of the router or proxy that it goes out through, which cannot be seen from here; whoever runs the network knows it"
    )
}

/// What the call to `vendor` is, and what is known of its price.
fn price(vendor: Vendor, config: &Config) -> Message {
    let has_pair = || {
        let credentials = config.credentials(vendor);
        credentials.iter().any(|it| it.key == "patsnap.client_id")
    };
    match vendor {
        Vendor::Qcc => {
            say!(
                "qcc: asks for the state of a risk report that does not exist. Nothing is ordered; if the credentials are right QCC probably counts it as one call (code 201), and no document says whether such a call has a price"
            )
        }
        Vendor::Patsnap if has_pair() => {
            say!("patsnap: gets a token. No document says that this is counted or charged")
        }
        Vendor::Patsnap => {
            say!(
                "patsnap: asks for the state of a task that does not exist. Nothing is ordered; it may be counted as one call, and no document says whether such a call has a price"
            )
        }
        Vendor::Yibeidiao => {
            say!(
                "yibeidiao: asks for a link to a record that does not exist. Links are not charged for, as far as the documents go"
            )
        }
        Vendor::Other(_) => say!("nothing is asked"),
    }
}

/// That the user wants the calls; false if nobody wants them.
pub(super) fn consent(
    vendors: &BTreeSet<Vendor>,
    config: &Config,
    yes: bool,
) -> Result<bool, CliError> {
    if vendors.is_empty() {
        return Ok(false);
    }
    for vendor in vendors {
        output::note(say!("note: {line}", line = price(*vendor, config)));
    }
    if yes {
        return Ok(true);
    }
    let what = match vendors.len() {
        1 => say!("1 call would be made"),
        n => say!("{n} calls would be made", n),
    };
    if !output::can_ask() {
        return Err(
            CliError::usage(say!("{what}, and nobody can be asked", what)).hint(say!(
                "--yes makes them without asking; without --call no vendor is told who you are"
            )),
        );
    }
    let wanted = output::ask(say!("{what}. Go on? [y/N] ", what));
    if !wanted {
        output::note(say!("no call is made"));
    }
    Ok(wanted)
}

/// What only a call can tell.
pub(super) fn hints(vendors: &BTreeSet<Vendor>, report: &mut Report<'_>) {
    if vendors.is_empty() {
        return;
    }
    let text = say!("no call was made: whether the vendors take the credentials is not known");
    report.add(Finding::note(None, CHECK, text).advice(say!(
        "`jindiao doctor --call` asks each vendor once, and says before what that may cost"
    )));
    if vendors.contains(&Vendor::Qcc) {
        let text = say!(
            "QCC answers with the same code, 107, to an address that is not on the account's allow list and to a wrong signature"
        );
        report.add(Finding::note(Some(Vendor::Qcc), "allow list", text).advice(address()));
    }
}

/// Makes the call.
pub(super) async fn examine(config: &Config, vendor: Vendor, report: &mut Report<'_>) {
    let accounts = match accounts::configured(config, &[vendor].into()) {
        Ok(accounts) => accounts,
        Err(error) => return report.add(Finding::of_error(Some(vendor), CHECK, &error)),
    };
    // The token of PatSnap's pair of credentials; nothing for the others.
    let prepared = accounts.prepare(vendor).await;
    let failure = match prepared.result {
        Err(failure) => Some(failure),
        Ok(()) if !prepared.token_attempts.is_empty() => None,
        Ok(()) => match call(vendor) {
            Ok(call) => {
                let Asked { result, .. } = accounts.ask(&call, None).await;
                result.err()
            }
            Err(error) => return report.add(Finding::of_error(Some(vendor), CHECK, &error)),
        },
    };
    report.add(judged(vendor, failure.as_ref()));
}

fn call(vendor: Vendor) -> Result<Call, CliError> {
    let unusable = |error: Message| CliError::new(Kind::NotStored, error);
    Ok(match vendor {
        Vendor::Qcc => Call::RiskReportInfo(GetReportInfo {
            order_no: NO_ORDER.to_owned(),
        }),
        Vendor::Patsnap => Call::CompanyReportStatus(CompanyReportStatus {
            job_id: NO_TASK.to_owned(),
        }),
        Vendor::Yibeidiao => {
            let mut bytes = [0; 12];
            getrandom::fill(&mut bytes)
                .map_err(|error| unusable(Message::verbatim(error.to_string())))?;
            let seq = format!("D{}", hex::encode(bytes));
            Call::TempReport(GenerateTempReport {
                record_no: NO_RECORD
                    .parse::<RecordNo>()
                    .map_err(|error| unusable(crate::error::cause(&error)))?,
                seq: Seq::new(seq).map_err(|error| unusable(crate::error::cause(&error)))?,
            })
        }
        Vendor::Other(_) => return Err(unusable(say!("nothing of {vendor} is ordered", vendor))),
    })
}

/// What the answer says of the account.
fn judged(vendor: Vendor, failure: Option<&Failure>) -> Finding {
    let some = Some(vendor);
    let taken = say!("the vendor takes the credentials");
    let Some(failure) = failure else {
        return Finding::ok(some, CHECK, taken);
    };
    let refusal = failure.refusal();
    let text = again(&refusal.text);
    let info = refusal
        .code
        .as_ref()
        .and_then(|code| code.info_at(&refusal.exchange));
    if failure.is_tampering() {
        let advice = say!(
            "do not order from this network: whoever changes replies can change a report's address, too"
        );
        return Finding::problem(Kind::NotStored, some, CHECK, text).advice(advice);
    }
    let Some(info) = info else {
        let found = match (failure.advice(), refusal.http_status) {
            (Advice::FixAccount | Advice::Reauthenticate, _) => {
                Finding::problem(Kind::Account, some, CHECK, text)
            }
            _ => Finding::problem(Kind::NotStored, some, CHECK, text),
        };
        return match refusal.http_status {
            None => found.advice(say!("see what is said of the connection above")),
            Some(_) => found.advice(say!("if the address is right, something on the way answers in the vendor's place: a proxy, a firewall, the login page of a network")),
        };
    };
    let todo = Message::of_two(info.todo_en, info.todo_zh);
    match (info.advice, info.scope) {
        (Advice::FixAccount | Advice::Reauthenticate, Scope::Endpoint) => Finding::note(
            some,
            CHECK,
            say!(
                "the vendor takes the credentials, but not for this interface: {text}",
                text
            ),
        )
        .advice(todo),
        (Advice::FixAccount | Advice::Reauthenticate, _) => {
            let found = Finding::problem(Kind::Account, some, CHECK, text);
            if (vendor, info.code) == (Vendor::Qcc, "107") {
                found.advice(say!(
                    "check key, secret and clock; {address}",
                    address = address()
                ))
            } else {
                found.advice(todo)
            }
        }
        // What does not exist was not found, as it should be.
        (_, Scope::Request | Scope::Subject | Scope::Endpoint) => Finding::ok(
            some,
            CHECK,
            say!(
                "the vendor takes the credentials (code {code})",
                code = info.code
            ),
        ),
        _ => Finding::warning(some, CHECK, text).advice(todo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_codes::Code;
    use jindiao_protocol::Delivery;

    /// What is made of a code, in the form in which hosts keep failures.
    fn of(vendor: Vendor, exchange: &str, code: &str) -> String {
        let failure = Failure::unanswered(vendor, exchange, Delivery::Answered, "TEXT");
        let mut json = serde_json::to_value(&failure).expect("JSON");
        json["refusal"]["code"] = serde_json::to_value(Code::parse(vendor, code)).expect("JSON");
        json["refusal"]["http_status"] = 200.into();
        let failure: Failure = serde_json::from_value(json).expect("a failure");
        judged(vendor, Some(&failure)).text()
    }

    #[test]
    fn what_codes_say_of_the_account() {
        let qcc = |code| of(Vendor::Qcc, "radar_ext/getReportInfo", code);
        let check = |text: String, expect: &str| assert!(text.starts_with(expect), "{text}");
        check(
            qcc("201"),
            "ok       qcc call: the vendor takes the credentials (code 201)",
        );
        check(qcc("202"), "ok       qcc call");
        for code in ["101", "102", "103", "107", "112", "115", "119"] {
            check(qcc(code), "problem  qcc call: TEXT\n         -> ");
        }
        assert!(qcc("107").contains("public address must be on it"));
        check(
            qcc("111"),
            "note     qcc call: the vendor takes the credentials, but not for this interface",
        );
        check(qcc("124"), "warning  qcc call: TEXT");
        check(qcc("997"), "problem  qcc call: TEXT");
        let yibeidiao = |code| of(Vendor::Yibeidiao, "record/generate-temp-report", code);
        for code in ["901", "905", "906"] {
            check(yibeidiao(code), "problem  yibeidiao call: TEXT");
        }
        check(yibeidiao("900"), "warning  yibeidiao call: TEXT");
        check(
            of(Vendor::Patsnap, "oauth/token", "67200003"),
            "problem  patsnap call: TEXT",
        );
        assert!(judged(Vendor::Qcc, None).text().starts_with("ok"));
    }
}
