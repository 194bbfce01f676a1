//! The first bytes of files, made here.

/// Media type, extension and first bytes.
pub(crate) type Sample = (&'static str, &'static str, Vec<u8>);

/// The twelve types that lie about each other.
pub(crate) fn twelve() -> Vec<Sample> {
    vec![
        (
            "image/png",
            "png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0".to_vec(),
        ),
        (
            "image/jpeg",
            "jpg",
            b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec(),
        ),
        (
            "image/gif",
            "gif",
            b"GIF89a\x01\0\x01\0\x80\0\0\xFF\xFF\xFF\0\0\0,\0\0\0\0".to_vec(),
        ),
        (
            "image/webp",
            "webp",
            b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0/\0\0\0".to_vec(),
        ),
        (
            "image/svg+xml",
            "svg",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec(),
        ),
        (
            "text/html",
            "html",
            b"<!DOCTYPE html><html><body onload=alert(1)></body></html>".to_vec(),
        ),
        (
            "application/pdf",
            "pdf",
            b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n".to_vec(),
        ),
        (
            "video/mp4",
            "mp4",
            ftyp("isom", &["isom", "iso2", "avc1", "mp41"]),
        ),
        ("audio/mpeg", "mp3", mp3()),
        (
            "model/gltf-binary",
            "glb",
            b"glTF\x02\0\0\0\x40\0\0\0\x20\0\0\0JSON{\"asset\":{\"version\":\"2.0\"}}".to_vec(),
        ),
        (
            "application/zip",
            "zip",
            entry("notes/readme.txt", b"hello"),
        ),
        (
            "application/json",
            "json",
            b"{\"answer\": [1, 2, {\"deep\": null}], \"text\": \"x".to_vec(),
        ),
    ]
}

/// Everything else that is told by its bytes.
pub(crate) fn others() -> Vec<Sample> {
    let mut all = pictures_and_films();
    all.extend(documents_and_archives());
    all.extend(markup());
    all.extend(data());
    all.extend(prose());
    all.extend(nothing_known());
    all
}

fn pictures_and_films() -> Vec<Sample> {
    let old_quicktime = b"\0\0\0\x08wide\0\0\x10\0mdat".to_vec();
    vec![
        ("image/gif", "gif", b"GIF87a\x01\0\x01\0".to_vec()),
        (
            "image/bmp",
            "bmp",
            [
                b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".as_slice(),
                &[0; 36],
            ]
            .concat(),
        ),
        ("image/tiff", "tiff", b"II*\0\x08\0\0\0".to_vec()),
        ("image/tiff", "tiff", b"MM\0*\0\0\0\x08".to_vec()),
        ("image/heic", "heic", ftyp("heic", &["mif1", "heic"])),
        ("image/heic", "heic", ftyp("mif1", &["mif1", "heic"])),
        (
            "image/avif",
            "avif",
            ftyp("avif", &["avif", "mif1", "miaf"]),
        ),
        ("image/avif", "avif", ftyp("mif1", &["mif1", "avif"])),
        ("image/jxl", "jxl", b"\xFF\x0A\xFA\x1F".to_vec()),
        (
            "image/x-icon",
            "ico",
            b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0".to_vec(),
        ),
        (
            "image/svg+xml",
            "svg",
            b"\xEF\xBB\xBF  \n<?xml version=\"1.0\"?>\n<!-- a > b --><svg/>".to_vec(),
        ),
        (
            "image/svg+xml",
            "svg",
            b"<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\"><svg>".to_vec(),
        ),
        (
            "image/svg+xml",
            "svg",
            b"<?xml version='1.0'?><!DOCTYPE x [ <!ENTITY a \"b\"> ]><s:svg xmlns:s='x'>".to_vec(),
        ),
        ("image/svg+xml", "svg", utf16("<svg onload='x'>", true)),
        ("video/mp4", "mp4", ftyp("mp42", &["isom"])),
        ("video/quicktime", "mov", ftyp("qt  ", &["qt  "])),
        ("video/quicktime", "mov", old_quicktime),
        ("video/3gpp", "3gp", ftyp("3gp4", &["3gp4"])),
        (
            "video/webm",
            "webm",
            b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\xF7\x81\x01\x42\x82\x84webm\x42\x87\x81\x02"
                .to_vec(),
        ),
        (
            "video/x-matroska",
            "mkv",
            b"\x1A\x45\xDF\xA3\xA3\x42\x86\x81\x01\x42\x82\x88matroska\x42\x87\x81\x04".to_vec(),
        ),
        ("video/x-msvideo", "avi", b"RIFF\0\0\x10\0AVI LIST".to_vec()),
        (
            "video/ogg",
            "ogv",
            b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x2A\x80theora".to_vec(),
        ),
        (
            "audio/ogg",
            "ogg",
            b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead".to_vec(),
        ),
        ("audio/mpeg", "mp3", b"ID3\x04\0\0\0\0\0\x23TSSE".to_vec()),
        ("audio/wav", "wav", b"RIFF\x24\0\0\0WAVEfmt ".to_vec()),
        ("audio/flac", "flac", b"fLaC\0\0\0\x22".to_vec()),
        ("audio/mp4", "m4a", ftyp("M4A ", &["M4A ", "mp42"])),
        ("audio/aac", "aac", aac()),
        ("audio/aiff", "aiff", b"FORM\0\0\0\x2EAIFFCOMM".to_vec()),
    ]
}

fn documents_and_archives() -> Vec<Sample> {
    let office = |folder: &str| {
        [
            entry("[Content_Types].xml", b"<Types/>"),
            entry("_rels/.rels", b"<R/>"),
            entry(folder, b"<x/>"),
        ]
        .concat()
    };
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    let streamed = [
        unsized_entry("[Content_Types].xml", b"<Types/>"),
        unsized_entry("word/document.xml", b"x"),
    ]
    .concat();
    vec![
        (word, "docx", office("word/document.xml")),
        (word, "docx", streamed),
        (excel, "xlsx", office("xl/workbook.xml")),
        (slides, "pptx", office("ppt/presentation.xml")),
        (
            "application/epub+zip",
            "epub",
            entry("mimetype", b"application/epub+zip"),
        ),
        (
            "application/vnd.oasis.opendocument.text",
            "odt",
            entry("mimetype", b"application/vnd.oasis.opendocument.text"),
        ),
        (
            "model/vnd.usdz+zip",
            "usdz",
            entry("scene.usdc", b"PXR-USDC"),
        ),
        (
            "application/zip",
            "zip",
            entry("word/document.xml", b"no content types"),
        ),
        ("application/zip", "zip", b"PK\x05\x06\0\0\0\0".to_vec()),
        ("application/zip", "zip", b"PK\x03\x04".to_vec()),
        ("application/zip", "zip", entry("../../evil.sh", b"x")),
        ("application/gzip", "gz", b"\x1F\x8B\x08\0\0\0\0\0".to_vec()),
        (
            "application/x-7z-compressed",
            "7z",
            b"7z\xBC\xAF\x27\x1C\0\x04".to_vec(),
        ),
        ("application/vnd.rar", "rar", b"Rar!\x1A\x07\x01\0".to_vec()),
        (
            "application/x-tar",
            "tar",
            [vec![b'a'; 257], b"ustar\x0000".to_vec()].concat(),
        ),
        ("application/rtf", "rtf", b"{\\rtf1\\ansi hello}".to_vec()),
    ]
}

fn markup() -> Vec<Sample> {
    vec![
        ("text/html", "html", b"<script>alert(1)</script>".to_vec()),
        (
            "text/html",
            "html",
            b" \n<IMG SRC=x onerror=alert(1)>".to_vec(),
        ),
        (
            "text/html",
            "html",
            b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">".to_vec(),
        ),
        (
            "text/html",
            "html",
            [b"<!-- ".to_vec(), vec![b'x'; 4000]].concat(),
        ),
        ("text/html", "html", utf16("<html>", false)),
        (
            "application/xml",
            "xml",
            b"<?xml version=\"1.0\"?><rss></rss>".to_vec(),
        ),
        (
            "application/xml",
            "xml",
            b"<feed xmlns=\"http://www.w3.org/2005/Atom\">".to_vec(),
        ),
    ]
}

fn data() -> Vec<Sample> {
    vec![
        ("application/json", "json", b"\n[1, 2".to_vec()),
        (
            "application/x-ndjson",
            "jsonl",
            b"{\"a\":1}\n{\"a\":2}\n{\"a\"".to_vec(),
        ),
        (
            "model/gltf+json",
            "gltf",
            b"{\"asset\": {\"version\": \"2.0\"}, \"scenes\": [{\"nodes\": [0]}], \"x".to_vec(),
        ),
        (
            "model/obj",
            "obj",
            b"# cube\nmtllib cube.mtl\no Cube\nv 0 0 0\nv 1.5 -2e3 0\nvn 0 0 1\nf 1 2 1\n".to_vec(),
        ),
        (
            "model/ply",
            "ply",
            b"ply\nformat ascii 1.0\nelement vertex 8\n".to_vec(),
        ),
        (
            "model/stl",
            "stl",
            b"solid cube\nfacet normal 0 0 1\nouter loop\n".to_vec(),
        ),
        (
            "text/vtt",
            "vtt",
            b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n".to_vec(),
        ),
        (
            "application/x-subrip",
            "srt",
            b"1\n00:00:00,000 --> 00:00:01,000\nHi, you\n".to_vec(),
        ),
        (
            "text/csv",
            "csv",
            b"name,age,city\nada,36,London\nalan,41,\"Man, chester\"\n".to_vec(),
        ),
        ("text/csv", "csv", b"a;b\n1;2\n3;4\n".to_vec()),
        (
            "text/tab-separated-values",
            "tsv",
            b"a\tb\n1\t2\n3\t4\n".to_vec(),
        ),
        (
            "text/markdown",
            "md",
            b"# Title\n\nSome *text* with a [link](https://example.com).\n".to_vec(),
        ),
        (
            "text/markdown",
            "md",
            "Überschrift\n\n- eins\n- zwei\n\n```\ncode\n```\n"
                .as_bytes()
                .to_vec(),
        ),
    ]
}

fn prose() -> Vec<Sample> {
    vec![
        (
            "text/plain",
            "txt",
            b"Just a line, and another one.\n".to_vec(),
        ),
        ("text/plain", "txt", b"\xEF\xBB\xBFbom".to_vec()),
        ("text/plain", "txt", utf16("hello", true)),
        (
            "text/plain",
            "txt",
            "cut in a character: é".as_bytes()[..21].to_vec(),
        ),
        ("text/plain", "txt", b"#!/bin/sh\n# a script\n".to_vec()),
        (
            "text/plain",
            "txt",
            b"I <3 this <https://example.com>".to_vec(),
        ),
        ("text/plain", "txt", b"<3".to_vec()),
        ("text/plain", "txt", b"BM is two letters".to_vec()),
        ("text/plain", "txt", b"[link](x) is no JSON".to_vec()),
        ("text/plain", "txt", b"{curly} is no JSON".to_vec()),
        (
            "text/plain",
            "txt",
            b"Hello, you\nand, me\nand, them\n".to_vec(),
        ),
        ("text/plain", "txt", b"v is for vendetta\n".to_vec()),
    ]
}

fn nothing_known() -> Vec<Sample> {
    vec![
        ("application/octet-stream", "bin", Vec::new()),
        (
            "application/octet-stream",
            "bin",
            b"\x7FELF\x02\x01\x01\0".to_vec(),
        ),
        (
            "application/octet-stream",
            "bin",
            b"MZ\x90\0\x03\0\0\0".to_vec(),
        ),
        (
            "application/octet-stream",
            "bin",
            b"\xCF\xFA\xED\xFE\x07\0\0\x01".to_vec(),
        ),
        (
            "application/octet-stream",
            "bin",
            b"text with \0 inside".to_vec(),
        ),
        (
            "application/octet-stream",
            "bin",
            b"latin-1 caf\xE9 text".to_vec(),
        ),
    ]
}

/// The first box of an MP4-like file, and the header of the next.
pub(crate) fn ftyp(major: &str, compatible: &[&str]) -> Vec<u8> {
    let size = u32::try_from(16 + 4 * compatible.len()).unwrap_or(u32::MAX);
    let mut bytes = [
        size.to_be_bytes().as_slice(),
        b"ftyp",
        major.as_bytes(),
        b"\0\0\x02\0",
    ]
    .concat();
    bytes.extend(compatible.iter().flat_map(|brand| brand.bytes()));
    bytes.extend(b"\0\0\0\x08free");
    bytes
}

/// Two silent frames of 128 kbit/s at 44.1 kHz.
fn mp3() -> Vec<u8> {
    let frame = [b"\xFF\xFB\x90\x00".to_vec(), vec![0; 413]].concat();
    [frame.clone(), frame].concat()
}

/// Two ADTS frames of 16 bytes.
fn aac() -> Vec<u8> {
    let frame = [b"\xFF\xF1\x50\x80\x02\x1F\xFC".to_vec(), vec![0; 9]].concat();
    [frame.clone(), frame].concat()
}

/// A stored ZIP entry.
pub(crate) fn entry(name: &str, data: &[u8]) -> Vec<u8> {
    local_header(name, data, 0, u32::try_from(data.len()).unwrap_or(u32::MAX))
}

/// An entry whose length follows its data, as writers of streams leave it.
fn unsized_entry(name: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = local_header(name, data, 8, 0);
    bytes.extend(b"PK\x07\x08");
    bytes.extend([0; 12]);
    bytes
}

fn local_header(name: &str, data: &[u8], flags: u16, length: u32) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend(flags.to_le_bytes());
    // Stored, no time, no checksum.
    bytes.extend([0; 10]);
    bytes.extend(length.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(name.as_bytes());
    bytes.extend(data);
    bytes
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}
