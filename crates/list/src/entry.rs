//! One line of a list, or the flags of one command: texts by column, and what they ask for.

use std::str::FromStr;

use jindiao_order::{Product, SubjectKind, Wanted, WantedError};
use jindiao_protocol::{
    Company, CompanyName, CreditCode, FileKind, OrgNumber, Patent, Period, RecordNo, Subject,
    SubjectError,
};
use jindiao_words::{Message, Say, say};

use crate::Field;
use crate::product::{nearest_product, product};
use crate::spreadsheet::{clean, is_error, is_rounded, is_scientific};
use crate::visible::{is_invisible, shorten};

/// The texts of one line.
#[derive(Debug, Default)]
pub struct Entry {
    values: [String; 8],
    /// What is ordered where the text does not say.
    product: Option<Product>,
}

/// Something that is wrong with an entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: at one of these.
    pub fields: Vec<Field>,
    /// What.
    pub message: Message,
}

impl Entry {
    /// Puts a text into a column, without what spreadsheets put around it.
    pub fn set(&mut self, field: Field, text: &str) {
        clean(text).clone_into(&mut self.values[field as usize]);
    }

    /// Puts the only text of a line into a column; a company may be named by its credit code.
    pub(crate) fn set_bare(&mut self, field: Field, text: &str) {
        let looks_like_code = |text: &str| {
            text.len() == 18
                && text.bytes().all(|b| b.is_ascii_alphanumeric())
                && text.bytes().any(|b| b.is_ascii_digit())
        };
        let field = match field {
            Field::Company if looks_like_code(clean(text)) => Field::CreditCode,
            field => field,
        };
        self.set(field, text);
    }

    /// Has this product ordered, unless the text names another, which is a fault.
    pub fn order(&mut self, product: Product) {
        self.product = Some(product);
    }

    fn value(&self, field: Field) -> &str {
        &self.values[field as usize]
    }

    /// What is asked for, or everything that is wrong.
    ///
    /// # Errors
    /// Each [`Fault`] names the field and says what is wrong with it and what to write instead.
    pub fn wanted(&self) -> Result<Wanted, Vec<Fault>> {
        let mut faults = Faults(Vec::new());
        let product = self.product(&mut faults);
        let used = product.map(Field::subjects_of);
        // A value that the product cannot use gets no second complaint about its form.
        let is_used = |field| used.is_none_or(|used| used.contains(&field));
        if let Some(product) = product {
            for field in Field::ALL {
                if !is_used(field)
                    && !matches!(field, Field::Product | Field::Format)
                    && !self.value(field).is_empty()
                {
                    faults.add(field, not_used(product));
                }
            }
        }

        let name: Option<CompanyName> = self.parsed(Field::Company, is_used, &mut faults);
        let credit_code: Option<CreditCode> = self.parsed(Field::CreditCode, is_used, &mut faults);
        let org_number: Option<OrgNumber> = self.parsed(Field::OrgNumber, is_used, &mut faults);
        let period: Option<Period> = self
            .parsed(Field::Period, is_used, &mut faults)
            .map(|InAnyLanguage(period)| period);
        let record: Option<RecordNo> = self.parsed(Field::RecordNo, is_used, &mut faults);
        let patent: Option<Patent> = self.parsed(Field::Patent, is_used, &mut faults);
        let format: Option<FileKind> = self.parsed(Field::Format, |_| true, &mut faults);

        let Some(product) = product else {
            return Err(faults.0);
        };
        let subject = match product.subject_kind() {
            SubjectKind::Company => {
                Company::new(name, credit_code, org_number).map(Subject::Company)
            }
            SubjectKind::Period => period.map(Subject::Period),
            SubjectKind::Record => record.map(Subject::Record),
            SubjectKind::Patent => patent.map(Subject::Patent),
        };
        let subjects = Field::subjects_of(product);
        if subjects.iter().all(|field| self.value(*field).is_empty()) {
            faults.0.push(Fault {
                fields: subjects.to_vec(),
                message: needs(product),
            });
        }
        let Some(subject) = subject.filter(|_| faults.0.is_empty()) else {
            return Err(faults.0);
        };
        Wanted::new(product, subject, format).map_err(|error| {
            let field = match error {
                WantedError::Format { .. } => Field::Format,
                _ => Field::Product,
            };
            vec![Fault {
                fields: vec![field],
                message: error.say(),
            }]
        })
    }

    fn product(&self, faults: &mut Faults) -> Option<Product> {
        let text = self.value(Field::Product);
        if text.is_empty() && self.product.is_some() {
            return self.product;
        }
        match (product(text), self.product) {
            (Some(named), Some(ordered)) if named != ordered => faults.add(
                Field::Product,
                say!(
                    "the line says {named}, and --product says {ordered}: leave out one of them",
                    named,
                    ordered
                ),
            ),
            (Some(product), _) => return Some(product),
            (None, _) if text.is_empty() => faults.add(
                Field::Product,
                say!(
                    "the product is missing; there are {products}",
                    products = products()
                ),
            ),
            (None, _) if is_error(text) => faults.add(
                Field::Product,
                say!(
                    "`{text}` is a spreadsheet's error: its formula has no value",
                    text
                ),
            ),
            (None, _) => {
                let near = nearest_product(text);
                let text = shorten(text);
                let message = match near {
                    Some(near) => {
                        say!("no such product `{text}`; did you mean {near}?", text, near)
                    }
                    None => say!(
                        "no such product `{text}`; there are {products}",
                        text,
                        products = products()
                    ),
                };
                faults.add(Field::Product, message);
            }
        }
        None
    }

    fn parsed<T: FromStr<Err: Say>>(
        &self,
        field: Field,
        is_used: impl Fn(Field) -> bool,
        faults: &mut Faults,
    ) -> Option<T> {
        let text = self.value(field);
        if text.is_empty() || !is_used(field) {
            return None;
        }
        match legible(text).and_then(|()| self.parse(field)) {
            Ok(value) => return Some(value),
            Err(message) => faults.add(field, message),
        }
        None
    }

    fn parse<T: FromStr<Err: Say>>(&self, field: Field) -> Result<T, Message> {
        let text = self.value(field);
        let parsed = text.parse().map_err(|error: T::Err| error.say());
        if is_scientific(text) || is_rounded(text) && (parsed.is_err() || field == Field::RecordNo)
        {
            return Err(say!(
                "`{text}` was rounded by a spreadsheet, its last digits are lost: format the column as text and enter it again",
                text = shorten(text)
            ));
        }
        parsed
    }
}

/// What keeps a text from being what somebody wrote, whatever it is to mean.
fn legible(text: &str) -> Result<(), Message> {
    if text.contains('\0') {
        return Err(say!(
            "there is a NUL byte in it: the file is damaged, or is no CSV file"
        ));
    }
    if text.contains(['\n', '\r']) {
        return Err(say!(
            "there is a line break in it: is a quotation mark (\") left open?"
        ));
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        return Err(say!(
            "there is a character in it that nobody sees ({character}): take it out",
            character = format!("U+{:04X}", u32::from(c))
        ));
    }
    if text.starts_with(['=', '＝']) {
        return Err(say!(
            "it is a formula that no spreadsheet has computed: copy it and paste its value"
        ));
    }
    if is_error(text) {
        return Err(say!(
            "`{text}` is a spreadsheet's error: its formula has no value",
            text
        ));
    }
    Ok(())
}

/// A period, also in Chinese.
struct InAnyLanguage(Period);

impl FromStr for InAnyLanguage {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "日" | "天" | "每日" | "每天" | "日报" => Period::Day,
            "周" | "每周" | "周报" => Period::Week,
            "月" | "每月" | "月报" => Period::Month,
            text => text.parse()?,
        }))
    }
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: Field, message: Message) {
        self.0.push(Fault {
            fields: vec![field],
            message,
        });
    }
}

fn not_used(product: Product) -> Message {
    match Field::subjects_of(product) {
        [one] => say!(
            "{product} makes no use of it, it needs {field}",
            product,
            field = one.name()
        ),
        many => say!(
            "{product} makes no use of it, it needs one or more of {fields}",
            product,
            fields = names(many)
        ),
    }
}

fn needs(product: Product) -> Message {
    match Field::subjects_of(product) {
        [one] => say!("{product} needs {field}", product, field = one.name()),
        many => say!(
            "{product} needs one or more of {fields}",
            product,
            fields = names(many)
        ),
    }
}

fn names(fields: &[Field]) -> Message {
    Message::list(fields.iter().map(|it| Message::verbatim(it.name())))
}

fn products() -> Message {
    Message::list(Product::ALL.iter().map(|it| Message::verbatim(it.id())))
}
