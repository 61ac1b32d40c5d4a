//! The serialised forms, under the feature `serde`.

use alloc::borrow::Cow;
use core::fmt::Display;
use core::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Advice, Class, Code, Counted, Outcome, Scope, Vendor, patsnap, qcc, yibeidiao};

impl Serialize for Code {
    /// The vendor's id, a slash and the code: `qcc/110`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/{}", self.vendor(), self.as_str()))
    }
}

impl<'de> Deserialize<'de> for Code {
    /// A code of one of [`Vendor::ALL`]: no text names a vendor that somebody else brings along.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let (vendor, code) = text
            .split_once('/')
            .ok_or_else(|| D::Error::custom("a code is written as vendor/code, e.g. qcc/110"))?;
        let vendor: Vendor = vendor.parse().map_err(D::Error::custom)?;
        Ok(Self::parse(vendor, code))
    }
}

/// Serialises as a text and reads it with `FromStr`.
macro_rules! as_text {
    ($($type:ty, $text:expr;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let text: fn(&$type) -> Cow<'_, str> = $text;
                serializer.serialize_str(&text(self))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                from_text(deserializer)
            }
        }
    )*};
}

as_text! {
    Vendor, |it| it.id().into();
    Advice, |it| it.text();
    Scope, |it| it.as_str().into();
    Class, |it| it.as_str().into();
    Counted, |it| it.as_str().into();
    Outcome, |it| it.as_str().into();
    qcc::Code, |it| it.as_str().into();
    patsnap::Code, |it| it.as_str().into();
    yibeidiao::Code, |it| it.as_str().into();
}

fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Cow::<str>::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}
