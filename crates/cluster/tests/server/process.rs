//! This program, started again as another process: a worker of either host.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;

/// A process. It ends with this value, whatever happens.
pub(crate) struct Process(Child);

impl Process {
    /// Starts this program with these arguments and waits until it is ready, or says why it is not.
    pub(crate) fn start(role: &str, options: &impl Serialize) -> Result<Self, String> {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg(role)
            .arg(serde_json::to_string(options).expect("json"))
            // It stops when this is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        match line.trim() {
            READY => Ok(Self(child)),
            why => {
                child.wait().expect("ended");
                Err(why.to_owned())
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("ended").success());
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }

    /// SIGSTOP: it does nothing more, and does not know it.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Whether it has ended by itself, as it should.
    pub(crate) fn has_ended(&mut self) -> bool {
        let status = self.0.try_wait().expect("a child");
        assert!(status.is_none_or(|status| status.success()), "{status:?}");
        status.is_some()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("a signal");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process says that is ready.
const READY: &str = "ready";

/// In the process itself: says that it is ready, or why not, and does `work`, which is told when it
/// is to stop.
pub(crate) fn main<T>(
    ready: Result<T, String>,
    work: impl FnOnce(T, Box<dyn FnOnce() + Send>),
) -> ExitCode {
    let say = |text: &str| {
        println!("{text}");
        std::io::stdout().flush().expect("a pipe");
    };
    match ready {
        Ok(ready) => {
            say(READY);
            let asked = || {
                let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            };
            work(ready, Box::new(asked));
            // Whoever waits for a word on stdin waits on.
            std::process::exit(0)
        }
        Err(why) => {
            say(&why);
            ExitCode::FAILURE
        }
    }
}
