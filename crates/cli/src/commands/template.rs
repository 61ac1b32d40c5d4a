//! `jindiao template`: a list to fill in.

use jindiao_words::Lang;

use crate::error::Kind;
use crate::locale;
use crate::output::Output;

pub(crate) fn run(out: &mut Output) -> Vec<Kind> {
    let is_chinese = locale::lang() == Lang::Zh;
    out.script(jindiao_list::template(is_chinese).trim_end());
    Vec::new()
}
