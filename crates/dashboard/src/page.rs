//! The page around the sections: as a file that stands alone, and as the shell that a script fills.

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::Lang;
use crate::sections::{self, Kind};
use crate::view::View;
use crate::words::Word;

pub(crate) const STYLE: &str = include_str!("../assets/style.css");
pub(crate) const SCRIPT: &str = include_str!("../assets/live.js");
pub(crate) const ICON: &str = include_str!("../assets/icon.svg");

/// What a served page may do: run our script, use our style sheet, ask us. No more.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `view` as a page that needs no server and no script, and asks no address for anything.
pub fn file(view: &View, lang: Lang) -> String {
    let digest = Sha256::digest(STYLE.as_bytes());
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    // A browser obeys it in a file, too, but for the frames.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    );
    let sections = sections::all(view, lang, Kind::File);
    let page = html! {
        (DOCTYPE)
        html lang=(lang.id()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                (common(lang))
                style { (PreEscaped(STYLE)) }
            }
            body {
                (skip(lang))
                header.top { h1 { (title(lang)) } }
                main #content { (PreEscaped(sections)) }
                (foot(lang))
            }
        }
    };
    page.into_string()
}

/// What is there before the script has asked for the first time. It says nothing about the ledger:
/// it is shown without a token.
pub(crate) fn shell(lang: Lang) -> String {
    let w = |word: Word| word.in_lang(lang);
    let other = match lang {
        Lang::En => Lang::Zh,
        Lang::Zh => Lang::En,
    };
    let page = html! {
        (DOCTYPE)
        html lang=(lang.id()) {
            head {
                meta charset="utf-8";
                (common(lang))
                link rel="icon" href="icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="style.css";
                script src="live.js" defer {}
            }
            body {
                (skip(lang))
                header.top {
                    h1 { (title(lang)) }
                    p #state .state role="status" aria-live="polite" { (w(Word::Connecting)) }
                    a.lang href={ "?lang=" (other.id()) } hreflang=(other.id()) lang=(other.id()) { (w(Word::OtherLanguage)) }
                }
                noscript { p.banner { (w(Word::NoScript)) } }
                p #said .banner role="alert" hidden {}
                main #content aria-busy="true" {}
                dialog #sure aria-labelledby="sure-what" {
                    h2 #sure-what {}
                    p #sure-means {}
                    p.ways {
                        button #sure-yes type="button" { (w(Word::Yes)) }
                        button #sure-no .quiet type="button" { (w(Word::No)) }
                    }
                }
                (foot(lang))
                div #words hidden
                    data-live=(w(Word::Live)) data-quiet=(w(Word::Quiet)) data-lost=(w(Word::Lost))
                    data-token=(w(Word::WrongToken)) data-broken=(w(Word::Broken))
                    data-settled=(w(Word::Settled)) data-busy=(w(Word::Busy)) data-by=(w(Word::InUseBy))
                    data-not=(w(Word::NotSettled)) {}
            }
        }
    };
    page.into_string()
}

fn title(lang: Lang) -> Markup {
    html! { (Word::Title.in_lang(lang)) @if lang == Lang::En { " " span lang="zh" { "尽调" } } }
}

fn common(lang: Lang) -> Markup {
    html! {
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        meta name="referrer" content="no-referrer";
        meta name="robots" content="noindex";
        title { (Word::Title.in_lang(lang)) }
    }
}

fn skip(lang: Lang) -> Markup {
    html! { a.skip href="#content" { (Word::SkipToContent.in_lang(lang)) } }
}

fn foot(lang: Lang) -> Markup {
    html! {
        footer { p { "jindiao " (env!("CARGO_PKG_VERSION")) " · " (Word::ChinaTime.in_lang(lang)) } }
    }
}
