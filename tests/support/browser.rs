//! A real browser, headless, told what to do by its own driver in the words of W3C WebDriver.
//!
//! Written here in full because it is seven commands over the wire, and the crates for it bring
//! what the house has banned (a second clock) or change what all its tests are built with (features
//! of serde_json).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to become what is expected.
const PATIENCE_MS: u64 = 30_000;

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// The browser's own data, and nobody else's.
    _profile: TempDir,
}

impl Browser {
    /// Starts one; none, and a word on what is not run, where there is no browser.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let found = (
            program("JINDIAO_CHROMIUM", "/usr/bin/chromium"),
            program("JINDIAO_CHROMEDRIVER", "/usr/bin/chromedriver"),
        );
        let (Some(chromium), Some(driver)) = found else {
            // Also where the output of tests that pass is kept back.
            let _ = writeln!(
                std::io::stderr(),
                "not run: {test}: there is no Chromium with its driver (JINDIAO_CHROMIUM, JINDIAO_CHROMEDRIVER)"
            );
            return None;
        };
        let profile = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the driver");
        let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        // What it says later fills no pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let mut browser = Self {
            driver,
            port: port.expect("the driver's port"),
            session: String::new(),
            _profile: profile,
        };
        let data = format!(
            "--user-data-dir={}",
            browser._profile.path().join("data").display()
        );
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--lang=en",
            "--window-size=1100,900",
            &data,
        ];
        let options = json!({"binary": chromium, "args": args});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "timeouts": {"script": PATIENCE_MS + 5_000},
        }}});
        let session = browser.ask("POST", "/session", &wanted);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        Some(browser)
    }

    pub(crate) fn open(&self, url: &str) {
        self.tell("url", &json!({"url": url}));
    }

    /// What a script returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.tell("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true on the page.
    #[track_caller]
    pub(crate) fn until(&self, expression: &str) {
        let script = format!(
            "const [most, done] = arguments, begin = Date.now();
             const look = () => {{
                 let is = false;
                 try {{ is = Boolean({expression}); }} catch {{}}
                 if (is || Date.now() - begin > most) done(is); else setTimeout(look, 30);
             }};
             look();"
        );
        let asked = json!({"script": script, "args": [PATIENCE_MS]});
        let is_so = self.tell("execute/async", &asked);
        assert_eq!(
            is_so,
            true,
            "{expression}\n{}",
            self.run("return document.body.innerText")
        );
    }

    /// Clicks as a person does: on what can be seen and reached.
    pub(crate) fn click(&self, css: &str) {
        loop {
            let found = self.tell("element", &json!({"using": "css selector", "value": css}));
            let id = found.as_object().and_then(|it| it.values().next());
            let id = id.and_then(Value::as_str).expect(css);
            let path = format!("/session/{}/element/{id}/click", self.session);
            let clicked = self.answer("POST", &path, &json!({}));
            // The page follows the ledger, and may have changed just there since.
            if clicked["error"] != "stale element reference" {
                assert!(clicked["error"].is_null(), "{css}: {clicked}");
                return;
            }
        }
    }

    /// A screen of this size, dark or not, as a phone has it or not.
    pub(crate) fn screen(&self, width: u32, height: u32, dark: bool, phone: bool) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &scheme);
    }

    /// What can be seen, as a PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let path = format!("/session/{}/screenshot", self.session);
        let picture = self.ask("GET", &path, &Value::Null);
        let text = picture.as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .expect("base 64")
    }

    fn devtools(&self, command: &str, params: &Value) {
        self.tell(
            "goog/cdp/execute",
            &json!({"cmd": command, "params": params}),
        );
    }

    fn tell(&self, command: &str, body: &Value) -> Value {
        self.ask(
            "POST",
            &format!("/session/{}/{command}", self.session),
            body,
        )
    }

    /// What a command gives that must not fail.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let value = self.answer(method, path, body);
        assert!(value["error"].is_null(), "{path}: {value}");
        value
    }

    /// What a command gives, which may be an error.
    fn answer(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let port = self.port;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a command");
        let mut reply = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while reply.read_line(&mut line).expect("a head") > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
            line.clear();
        }
        let mut text = vec![0; length];
        reply.read_exact(&mut text).expect("a reply");
        let mut reply: Value = serde_json::from_slice(&text).expect("JSON");
        reply["value"].take()
    }
}

impl Drop for Browser {
    /// The driver ends the browser that it began: killed, it would leave it behind. Also after a
    /// test that failed, so nothing here may fail.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let (session, port) = (&self.session, self.port);
            let sent = write!(
                stream,
                "DELETE /session/{session} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n"
            );
            // Answered when the browser has ended; the driver does not close the connection.
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = sent.and_then(|()| stream.read(&mut [0; 512]));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tells where the browser is")]
fn program(variable: &str, usual: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from);
    path.is_file().then_some(path)
}
