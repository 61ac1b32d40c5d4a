//! `jindiao template`: a list to fill in.

use crate::cli::TemplateArgs;
use crate::error::Kind;
use crate::locale::Locale;
use crate::output::Output;

pub(crate) fn run(args: &TemplateArgs, out: &mut Output) -> Vec<Kind> {
    let locale = args.lang.unwrap_or_else(Locale::of_process);
    out.script(jindiao_list::template(locale == Locale::Zh).trim_end());
    Vec::new()
}
