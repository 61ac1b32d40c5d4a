//! The code newtype that each vendor's module has.

/// Declares `Code` over the generated table `$table`.
macro_rules! vendor_code {
    ($(#[$meta:meta])* $table:path, $canonical:path) => {
        use $table as table;

        pub use table::{DOCUMENTS, Known};

        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct Code(Repr);

        // A known text is always `Known`, so that equality is equality of texts.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        enum Repr {
            Known(Known),
            Other(alloc::boxed::Box<str>),
        }

        impl Code {
            pub(crate) const fn of(known: Known) -> Self {
                Self(Repr::Known(known))
            }

            /// Reads a code; surrounding blanks do not count. Never fails: what the table does
            /// not list is kept as it came.
            ///
            /// Codes that arrive as numbers are given as their decimal digits.
            pub fn parse(text: &str) -> Self {
                let text = text.trim();
                match table::find($canonical(text)) {
                    Some(known) => Self::of(known),
                    None => Self(Repr::Other(text.into())),
                }
            }

            /// The code as the vendor writes it; an unknown code as it came.
            pub fn as_str(&self) -> &str {
                match &self.0 {
                    Repr::Known(known) => known.info().code,
                    Repr::Other(text) => text,
                }
            }

            /// Which of the listed codes it is.
            pub fn known(&self) -> Option<Known> {
                match self.0 {
                    Repr::Known(known) => Some(known),
                    Repr::Other(_) => None,
                }
            }

            /// What is known of the code, wherever it comes from.
            pub fn info(&self) -> Option<&'static $crate::Info> {
                self.known().map(Known::info)
            }

            /// What is known of the code when `endpoint` answers it.
            ///
            /// `endpoint` is the name of the exchange, e.g. `radar_ext/createReport`, in any case
            /// (the vendors' own documents are not consistent).
            pub fn info_at(&self, endpoint: &str) -> Option<&'static $crate::Info> {
                let code = self.info()?.code;
                table::OVERRIDES
                    .iter()
                    .find(|info| {
                        info.code == code
                            && info.endpoint.is_some_and(|it| it.eq_ignore_ascii_case(endpoint))
                    })
                    .or_else(|| self.info())
            }

            /// Whether the code says that the call did what it was asked for.
            pub fn is_success(&self) -> bool {
                matches!(*self, Self::SUCCESS)
            }
        }

        impl Known {
            /// What is known of the code, wherever it comes from.
            pub fn info(self) -> &'static $crate::Info {
                &table::INFOS[self as usize]
            }
        }

        impl From<Known> for Code {
            fn from(known: Known) -> Self {
                Self::of(known)
            }
        }

        impl core::fmt::Display for Code {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::fmt::Debug for Code {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "Code({:?})", self.as_str())
            }
        }

        impl core::str::FromStr for Code {
            type Err = core::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::parse(text))
            }
        }
    };
}

pub(crate) use vendor_code;
