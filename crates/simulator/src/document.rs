//! Reports that are really PDF, DOCX, ZIP and PNG. The same order always gives the same bytes.

use std::fmt::Write as _;
use std::io::{self, Cursor, Write as _};

use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A format of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Pdf,
    Docx,
    Zip,
    Png,
}

impl Kind {
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Zip => "zip",
            Self::Png => "png",
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Zip => "application/zip",
            Self::Png => "image/png",
        }
    }
}

/// The report of `reference` about `subject`.
pub(crate) fn document(kind: Kind, reference: &str, subject: &str) -> io::Result<Vec<u8>> {
    match kind {
        Kind::Pdf => Ok(pdf(reference, subject)),
        Kind::Docx => docx(reference, subject),
        Kind::Zip => zip(&[("report.json", &json(reference, subject))]),
        Kind::Png => png(reference, subject),
    }
}

fn json(reference: &str, subject: &str) -> String {
    let about = serde_json::json!({"reference": reference, "subject": subject, "simulated": true});
    about.to_string()
}

/// Sixteen by sixteen pixels whose colour comes from the reference; the subject is a text chunk.
fn png(reference: &str, subject: &str) -> io::Result<Vec<u8>> {
    const SIDE: u32 = 16;
    let shade = reference.bytes().fold(0u8, u8::wrapping_add);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    encoder.add_itxt_chunk("Title".to_owned(), subject.to_owned())?;
    let mut writer = encoder.write_header()?;
    let pixels: Vec<u8> = (0..=u8::MAX)
        .map(|pixel| pixel.wrapping_add(shade))
        .collect();
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// A ZIP archive without compression. Times stay at the format's beginning: same in, same out.
fn zip(entries: &[(&str, &str)]) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        archive.start_file(*name, options)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The least that a word processor opens (ECMA-376): one paragraph for each line.
fn docx(reference: &str, subject: &str) -> io::Result<Vec<u8>> {
    const TYPES: &str = concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
        r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
        r#"<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>"#,
        r#"</Types>"#,
    );
    const RELATIONS: &str = concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
        r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>"#,
        r#"</Relationships>"#,
    );
    let mut body = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#,
    ));
    for line in lines(reference, subject) {
        let _ = write!(body, "<w:p><w:r><w:t>{}</w:t></w:r></w:p>", xml(&line));
    }
    body.push_str("</w:body></w:document>");
    zip(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("word/document.xml", &body),
    ])
}

/// A page of PDF 1.7. Chinese needs no embedded font: readers bring STSong-Light along for
/// Adobe-GB1, one of the character collections that the format predefines.
fn pdf(reference: &str, subject: &str) -> Vec<u8> {
    let mut page = String::from("BT /F1 14 Tf 24 TL 60 780 Td\n");
    for line in lines(reference, subject) {
        let _ = writeln!(page, "<{}> Tj T*", ucs2(&line));
    }
    page.push_str("ET\n");

    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
         /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}endstream", page.len()),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H \
         /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>"
            .to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 \
         /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> \
         /FontDescriptor 7 0 R >>"
            .to_owned(),
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 \
         /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 \
         /CapHeight 880 /StemV 93 >>"
            .to_owned(),
        format!(
            "<< /Title <FEFF{}> /Producer (Jindiao simulator) >>",
            ucs2(subject)
        ),
    ];

    // The comment of high bytes says that the file is binary.
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let start = file.len();
    let size = objects.len() + 1;
    let mut end = format!("xref\n0 {size}\n0000000000 65535 f \n");
    for offset in offsets {
        let _ = writeln!(end, "{offset:010} 00000 n ");
    }
    let _ = write!(
        end,
        "trailer\n<< /Size {size} /Root 1 0 R /Info {} 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len(),
    );
    file.extend_from_slice(end.as_bytes());
    file
}

fn lines(reference: &str, subject: &str) -> [String; 3] {
    [
        subject.to_owned(),
        format!("No. {reference}"),
        "模拟报告 (simulated report)".to_owned(),
    ]
}

/// Hexadecimal UCS-2: what lies beyond the basic plane becomes a question mark.
fn ucs2(text: &str) -> String {
    text.chars().fold(String::new(), |mut hex, char| {
        let unit = u16::try_from(u32::from(char)).unwrap_or(u16::from(b'?'));
        let _ = write!(hex, "{unit:04X}");
        hex
    })
}

/// Text for XML 1.0, which has no way to say most control characters.
fn xml(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, char| {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            char if char.is_control() => safe.push(' '),
            char => safe.push(char),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    const SUBJECT: &str = "小米<科技>&有限责任公司";

    fn entry(file: Vec<u8>, name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("an archive");
        let mut text = String::new();
        archive
            .by_name(name)
            .expect(name)
            .read_to_string(&mut text)
            .expect("text");
        text
    }

    #[test]
    fn every_kind_is_what_it_says_and_repeatable() {
        for (kind, magic) in [
            (Kind::Pdf, &b"%PDF-"[..]),
            (Kind::Docx, b"PK\x03\x04"),
            (Kind::Zip, b"PK\x03\x04"),
            (Kind::Png, b"\x89PNG\r\n\x1a\n"),
        ] {
            let file = document(kind, "R-1", SUBJECT).expect("a document");
            assert!(file.starts_with(magic), "{kind:?}");
            assert_eq!(file, document(kind, "R-1", SUBJECT).expect("a document"));
            assert_ne!(
                file,
                document(kind, "R-2", SUBJECT).expect("a document"),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn archives_hold_the_subject() {
        let archive = document(Kind::Zip, "R-1", SUBJECT).expect("an archive");
        assert!(entry(archive, "report.json").contains(SUBJECT));
        let word = document(Kind::Docx, "R-1", SUBJECT).expect("a document");
        assert!(entry(word, "word/document.xml").contains("小米&lt;科技&gt;&amp;有限责任公司"));
    }

    #[test]
    fn a_picture_holds_the_subject() {
        let file = document(Kind::Png, "R-1", SUBJECT).expect("a picture");
        let mut reader = png::Decoder::new(Cursor::new(file))
            .read_info()
            .expect("a header");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        reader.next_frame(&mut pixels).expect("pixels");
        let title = reader.info().utf8_text.first().expect("a title").get_text();
        assert_eq!(title.expect("text"), SUBJECT);
    }

    #[test]
    fn a_pdf_says_where_its_objects_are() {
        let file = document(Kind::Pdf, "R-1", SUBJECT).expect("a document");
        let text = String::from_utf8_lossy(&file);
        let end = text.rfind("startxref\n").expect("the end") + "startxref\n".len();
        let start: usize = text[end..]
            .lines()
            .next()
            .expect("a number")
            .parse()
            .expect("a number");
        assert!(file[start..].starts_with(b"xref\n0 9\n"));
        let table = String::from_utf8_lossy(&file[start..]).into_owned();
        for (number, row) in table.lines().skip(3).take(8).enumerate() {
            let offset: usize = row[..10].parse().expect("an offset");
            assert_eq!(row.len(), 19, "with its line end a row has 20 bytes");
            let object = format!("{} 0 obj\n", number + 1);
            assert!(file[offset..].starts_with(object.as_bytes()), "{object}");
        }
    }
}
