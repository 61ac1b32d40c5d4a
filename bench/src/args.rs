//! The command lines of the benchmark's own programs: `--name value`.

use std::str::FromStr;

/// What was said on the command line.
#[derive(Debug)]
pub struct Args(Vec<String>);

impl Args {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Where `--name` stands.
    fn place(&self, name: &str) -> Option<usize> {
        let mut words = self.0.iter();
        words.position(|arg| arg.strip_prefix("--") == Some(name))
    }

    /// What stands behind `--name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(self.place(name)? + 1).map(String::as_str)
    }

    /// What must stand behind `--name`.
    ///
    /// # Errors
    /// Where it is missing or is no such thing.
    pub fn need<T: FromStr>(&self, name: &str) -> Result<T, String> {
        self.text(name)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| format!("--{name} is missing or wrong"))
    }

    /// What may stand behind `--name`.
    ///
    /// # Errors
    /// Where nothing stands there, or no such thing.
    pub fn get<T: FromStr>(&self, name: &str, otherwise: T) -> Result<T, String> {
        match self.place(name) {
            Some(_) => self.need(name),
            None => Ok(otherwise),
        }
    }
}
