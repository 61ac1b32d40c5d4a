//! Which line of a text a byte is in.

/// Counts lines that end with LF, CR or both.
#[derive(Debug)]
pub(crate) struct LineCounter {
    line: u64,
    is_after_cr: bool,
}

impl LineCounter {
    pub(crate) fn new() -> Self {
        Self {
            line: 1,
            is_after_cr: false,
        }
    }

    /// The line of the next byte, unless it is the LF of a CR.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn take(&mut self, b: u8) {
        let ends = match b {
            b'\n' => !self.is_after_cr,
            b'\r' => true,
            _ => false,
        };
        self.line += u64::from(ends);
        self.is_after_cr = b == b'\r';
    }
}
