//! The page over the ledger in a real browser, and as a file.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Place, Vendors};

#[path = "support/browser.rs"]
mod browser;

use browser::Browser;

/// `jindiao dashboard` in a process of its own.
struct Dashboard {
    process: Child,
    url: String,
}

impl Dashboard {
    fn start(place: &Place, flags: &str) -> Self {
        let line = format!("dashboard --addr 127.0.0.1:0 --json {flags}");
        let mut command = place.command(&line);
        let mut process = command.stderr(Stdio::null()).spawn().expect("a dashboard");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(line["type"], "dashboard");
        let url = line["data"]["url"].as_str().expect("an address").to_owned();
        Self { process, url }
    }

    /// The address in a language.
    fn url(&self, lang: &str) -> String {
        self.url.replace("/#", &format!("/?lang={lang}#"))
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const HEAD: &str = "product,company,credit_code,org_number,period,record_no,patent,format\n";
/// The first order of an innovation report is taken and not answered; a snapshot, too.
const DOUBTS: &str = r#"{"rules":[
    {"operation":"patsnap/company-report/create","nth":[1],"fault":"drop_after_charge"},
    {"operation":"qcc/GetEciImage","nth":[3],"fault":"drop_after_charge"}]}"#;

/// A list of companies that each product for companies is ordered of.
fn list(companies: &[&str]) -> String {
    let lines = companies.iter().flat_map(|name| {
        ["qcc/snapshot", "patsnap/innovation-report"]
            .map(|product| format!("{product},{name},,,,,,\n"))
    });
    std::iter::once(HEAD.to_owned()).chain(lines).collect()
}

/// A run goes on until it is interrupted.
#[cfg(unix)]
#[test]
fn a_browser_follows_a_run_and_settles_a_doubt() {
    let Some(browser) = Browser::start("a_browser_follows_a_run_and_settles_a_doubt") else {
        return;
    };
    let vendors = Vendors::start(DOUBTS);
    let mut place = Place::new().with(&vendors);
    place.list(&list(&["小米科技"]));
    place.ends("run list.csv --out reports --yes", 3);
    let dashboard = Dashboard::start(&place, "");
    browser.open(&dashboard.url("en"));
    browser.until("document.querySelectorAll('#uncertain .doubt').length === 1");
    browser.until("document.querySelector('#state').classList.contains('live')");
    // The token is in the address no more, and in no cookie; nothing jumped while it came.
    assert_eq!(browser.run("return location.hash + document.cookie"), "");
    let jumped = "return new Promise(done => new PerformanceObserver(list =>
            done(list.getEntries().reduce((sum, it) => sum + it.value, 0)))
        .observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 300))";
    let jumped = browser.run(jumped);
    assert!(jumped.as_f64().is_some_and(|it| it < 0.01), "{jumped}");

    // What a run does is seen without asking for the page again, and takes no focus away.
    browser.run("window.mark = 1; document.querySelector('#money-numbers > summary').focus()");
    let records =
        (0..200).map(|n| format!("yibeidiao/interim-report,,,,,20190415152645093{n:06},,\n"));
    place.list(
        &std::iter::once(HEAD.to_owned())
            .chain(records)
            .collect::<String>(),
    );
    place
        .variables
        .insert("JINDIAO_YIBEIDIAO_QPS".to_owned(), "0.5".to_owned());
    let mut run = place.command("run list.csv --out reports --yes");
    let mut run = run
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("a run");
    browser.until("document.querySelectorAll('#progress .row').length === 3");
    browser.until("/[1-9] \\/ 200/.test(document.querySelector('#progress').innerText)");
    assert_eq!(browser.run("return window.mark"), 1);
    let focus = "return document.activeElement.parentElement.id";
    assert_eq!(browser.run(focus), "money-numbers");

    // While it has the ledger, nothing is written behind its back.
    let not_placed = "#uncertain button[data-verdict='not_placed']";
    browser.click(not_placed);
    browser.until("document.querySelector('#sure').open");
    browser.click("#sure-yes");
    browser.until("/A run is using the ledger.*In use by jindiao, process/s.test(document.querySelector('#said').innerText)");
    assert_eq!(
        place
            .ends("orders --state uncertain --json", 0)
            .data("order")
            .len(),
        1
    );
    crate::support::signal("-INT", &run);
    assert_eq!(run.wait().expect("an end").code(), Some(130));

    // Whoever goes back changes nothing; whoever is sure decides.
    browser.click(not_placed);
    browser.until("document.querySelector('#sure').open");
    browser.click("#sure-no");
    browser.until("!document.querySelector('#sure').open");
    assert_eq!(
        place
            .ends("orders --state uncertain --json", 0)
            .data("order")
            .len(),
        1
    );
    browser.click(not_placed);
    browser.until("document.querySelector('#sure').open");
    browser.click("#sure-yes");
    browser.until("document.querySelector('#said').innerText.startsWith('Decided.')");
    browser
        .until("document.querySelector('#uncertain').innerText.includes('No order is uncertain')");
    assert_eq!(
        place
            .ends("orders --state uncertain --json", 0)
            .data("order")
            .len(),
        0
    );
    assert_eq!(browser.run("return window.mark"), 1);

    // Without the token there is nothing to see, and what to do is said.
    browser.run("sessionStorage.clear()");
    browser.open(dashboard.url.split_once('#').expect("a token").0);
    browser.until("document.querySelector('#said').innerText.includes('Open the whole address')");
    assert_eq!(
        browser.run("return document.querySelector('#content').children.length"),
        0
    );
}

/// Something of everything, of the last two days.
fn full() -> (Vendors, Place) {
    let vendors = Vendors::start(DOUBTS);
    let place = Place::new().with(&vendors);
    let mut text = list(&[
        "小米科技有限责任公司",
        "华为技术有限公司",
        "比亚迪股份有限公司",
        "宁德时代新能源科技股份有限公司",
        "京东方科技集团股份有限公司",
        "海尔智家股份有限公司",
        "中兴通讯股份有限公司",
        "联想（北京）有限公司",
        "查无此企有限公司",
        "失败的公司",
    ]);
    for period in ["day", "week", "month"] {
        text += &format!("qcc/risk-report,,,,{period},,,\n");
    }
    for patent in ["CN108977442B", "CN101234567A"] {
        text += &format!("patsnap/patent-value-report,,,,,,{patent},\n");
    }
    for n in 0..5 {
        text += &format!("yibeidiao/interim-report,,,,,2019041515264509398375{n},,\n");
    }
    place.list(&text);
    place.ends("run list.csv --out reports --yes", 3);
    // As if it had taken two days: charts of one minute show little.
    let ledger = rusqlite::Connection::open(place.path().join("jindiao.db")).expect("a ledger");
    ledger
        .execute(
            "UPDATE exchanges SET at = at - (n * n * 7 % 41) * 3600000",
            [],
        )
        .expect("moved");
    (vendors, place)
}

#[test]
fn the_page_fits_a_phone_and_the_dark() {
    let Some(browser) = Browser::start("the_page_fits_a_phone_and_the_dark") else {
        return;
    };
    let (_vendors, mut place) = full();
    place
        .variables
        .insert("JINDIAO_QCC_DAILY_LIMIT".to_owned(), "100".to_owned());
    let dashboard = Dashboard::start(&place, "");
    for lang in ["en", "zh"] {
        let file = format!("{lang}.html");
        place.ends(&format!("report --html {file} --lang {lang}"), 0);
        let file = format!("file://{}", place.path().join(file).display());
        for (url, is_live) in [(dashboard.url(lang), true), (file, false)] {
            browser.open("about:blank");
            browser.open(&url);
            browser.until("document.querySelector('#links')");
            for dark in [false, true] {
                browser.screen(360, 740, dark, true);
                browser.until("innerWidth === 360");
                let wide = "return [...document.querySelectorAll('body *')]
                    .filter(it => it.getBoundingClientRect().right > 360 && !it.closest('.scroll, pre, .sr, .skip, svg'))
                    .map(it => it.outerHTML.slice(0, 200))";
                assert_eq!(browser.run(wide), serde_json::json!([]), "{url}");
                assert_eq!(
                    browser.run("return document.documentElement.scrollWidth"),
                    360,
                    "{url}"
                );
                let contrast = browser.run(CONTRAST);
                assert_eq!(contrast, serde_json::json!([]), "{url}, dark: {dark}");
                let paper = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(it => it < 60)";
                assert_eq!(browser.run(paper), dark, "{url}");
            }
            if is_live && lang == "en" {
                keep(&browser, "dashboard", "body", (960, 840, false, false));
            }
            if is_live && lang == "zh" {
                keep(
                    &browser,
                    "dashboard-zh-dark",
                    "#progress",
                    (1000, 1100, true, false),
                );
                keep(&browser, "dashboard-phone", "body", (360, 780, true, true));
            }
        }
    }
}

/// The texts that are too much like what is behind them: WCAG wants 4.5 to 1.
const CONTRAST: &str = "
    const part = it => (it /= 255) <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const numbers = text => text.match(/[\\d.]+/g).map(Number);
    const behind = it => {
        for (; it; it = it.parentElement) {
            const found = numbers(getComputedStyle(it).backgroundColor);
            if (found.length === 3 || found[3] > 0) return found;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll('main *, header *, footer *')]
        .filter(it => [...it.childNodes].some(at => at.nodeType === 3 && at.data.trim()))
        .filter(it => !it.closest('svg, :disabled') && it.getClientRects().length > 0)
        .filter(it => {
            const [a, b] = [light(numbers(getComputedStyle(it).color)), light(behind(it))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
        })
        .map(it => it.outerHTML.slice(0, 120));";

/// Keeps a picture for the docs, where that is asked for: `cargo xtask screenshots` does.
fn keep(
    browser: &Browser,
    name: &str,
    top: &str,
    (width, height, dark, phone): (u32, u32, bool, bool),
) {
    browser.screen(width, height, dark, phone);
    browser.until(&format!("innerWidth === {width}"));
    browser.run(&format!("document.querySelector('{top}').scrollIntoView()"));
    if let Some(folder) = pictures() {
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, browser.picture()).expect("a picture");
    }
}

#[expect(clippy::disallowed_methods, reason = "tells where pictures are wanted")]
fn pictures() -> Option<PathBuf> {
    std::env::var_os("JINDIAO_PICTURES").map(PathBuf::from)
}

#[test]
fn a_file_is_not_replaced_by_accident() {
    let place = Place::new();
    place.list(&list(&["小米科技"]));
    place.ends("run list.csv --out reports --simulate", 0);
    let ledger = "--ledger jindiao-simulated.db";
    let ended = place.ends("report --html page.html", 2);
    assert!(
        ended.stderr.contains("--ledger jindiao-simulated.db"),
        "{ended:?}"
    );
    let ended = place.ends(&format!("report --html page.html {ledger}"), 0);
    assert_eq!(ended.stdout, "page.html\n");
    let text = |name: &str| std::fs::read_to_string(place.path().join(name)).expect("a file");
    assert!(text("page.html").contains("simulated") && text("page.html").contains("1 / 1"));
    std::fs::write(place.path().join("page.html"), "mine").expect("a file");
    let ended = place.ends(&format!("report --html page.html {ledger}"), 2);
    assert!(
        ended
            .stderr
            .contains("page.html is there already\nhint: --force"),
        "{ended:?}"
    );
    assert_eq!(text("page.html"), "mine");
    place.ends(
        &format!("report --html page.html {ledger} --force --lang zh"),
        0,
    );
    assert!(text("page.html").contains("模拟"));
    let ended = place.ends(&format!("report --html no/such/page.html {ledger}"), 1);
    assert!(
        ended.stderr.contains("cannot write no/such/page.html"),
        "{ended:?}"
    );
    assert!(
        !place
            .names()
            .iter()
            .any(|name| Path::new(name).extension().is_some_and(|it| it == "part"))
    );
}

#[test]
fn a_port_in_use_is_said_so() {
    let place = Place::new();
    place.list(&list(&["小米科技"]));
    place.ends("run list.csv --out reports --simulate", 0);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = taken.local_addr().expect("an address");
    let ended = place.ends(
        &format!("dashboard --addr {addr} --ledger jindiao-simulated.db"),
        2,
    );
    assert!(
        ended.stderr.contains("another program has this port"),
        "{ended:?}"
    );
    assert_eq!(ended.stdout, "");
    let ended = place.ends(
        "dashboard --addr 0.0.0.0:0 --ledger jindiao-simulated.db",
        2,
    );
    assert!(ended.stderr.contains("--exposed"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn being_asked_to_stop_ends_it() {
    let place = Place::new();
    place.list(&list(&["小米科技"]));
    place.ends("run list.csv --out reports --simulate", 0);
    for name in ["-INT", "-TERM"] {
        let mut dashboard = Dashboard::start(&place, "--ledger jindiao-simulated.db");
        crate::support::signal(name, &dashboard.process);
        let ended = dashboard.process.wait().expect("an end");
        assert_eq!(ended.code(), Some(0), "{name}");
    }
}
