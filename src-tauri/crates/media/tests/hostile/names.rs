//! File names and labels.

use std::path::{Component, Path};

use proptest::prelude::*;
use wiro_media::{safe_file_name, safe_label};

#[test]
fn file_names_from_paths() {
    let cases = [
        // Paths of every style name their last part.
        ("cat.png", "cat.png"),
        ("../../../../etc/passwd", "passwd.png"),
        ("..\\..\\Windows\\system32\\cmd.exe", "cmd.png"),
        ("/etc/cron.d/job", "job.png"),
        ("C:\\Users\\ada\\cat.jpg", "cat.png"),
        ("C:cat.png", "C_cat.png"),
        ("\\\\server\\share\\cat.png", "cat.png"),
        ("\\\\?\\C:\\cat.png", "cat.png"),
        ("\\\\.\\PhysicalDrive0", "PhysicalDrive0.png"),
        ("file:///etc/hosts", "hosts.png"),
        ("a/b\\c/d.gif", "d.png"),
        ("folder/", "folder.png"),
        ("folder/..", "folder.png"),
        // Nothing is called output.
        ("", "output.png"),
        (".", "output.png"),
        ("..", "output.png"),
        ("...", "output.png"),
        ("../..", "output.png"),
        ("   ", "output.png"),
        ("/", "output.png"),
        ("\0", "output.png"),
        ("\u{200b}\u{200d}\u{feff}", "output.png"),
        ("\u{301}\u{301}", "output.png"),
    ];
    for (raw, expected) in cases {
        assert_eq!(safe_file_name(raw, "png"), expected, "{raw:?}");
    }
}

#[test]
fn file_names_that_windows_refuses() {
    let cases = [
        // Devices of DOS, with any extension, in any case.
        ("CON", "_CON.png"),
        ("con.txt", "_con.png"),
        ("aux.png", "_aux.png"),
        ("Aux.tar.gz", "_Aux.tar.png"),
        ("nul .txt", "_nul.png"),
        ("nul.", "_nul.png"),
        ("nul .x.txt", "_nul .x.png"),
        ("PRN:", "PRN_.png"),
        ("COM1.log", "_COM1.png"),
        ("com0", "_com0.png"),
        ("LPT9", "_LPT9.png"),
        ("lpt².txt", "_lpt².png"),
        ("CONIN$", "_CONIN$.png"),
        ("C\u{200b}ON", "_CON.png"),
        ("COM10", "COM10.png"),
        ("console.png", "console.png"),
        ("company.png", "company.png"),
        // What Windows drops or refuses.
        ("cat.", "cat.png"),
        ("cat. . .", "cat.png"),
        (" cat .png ", "cat.png"),
        ("cat.png::$DATA", "cat.png__$DATA.png"),
        ("cat.png:evil.exe", "cat.png_evil.png"),
        ("a<b>c\"d|e?f*g", "a_b_c_d_e_f_g.png"),
        ("a\0b.png", "ab.png"),
        ("a\r\nb.png", "a b.png"),
        ("a\tb", "a b.png"),
        ("a\u{7f}\u{9b}b", "ab.png"),
        // Look-alikes of separators, colons and dots.
        ("a\u{2215}b\u{ff0f}c\u{ff3c}d", "a_b_c_d.png"),
        ("a\u{ff1a}b", "a_b.png"),
        ("\u{2025}\u{ff0f}a", "__a.png"),
    ];
    for (raw, expected) in cases {
        assert_eq!(safe_file_name(raw, "png"), expected, "{raw:?}");
    }
}

#[test]
fn file_names_that_mislead_and_honest_ones() {
    let cases = [
        // Hidden files and options.
        (".htaccess", "htaccess.png"),
        (".bashrc.sh", "bashrc.png"),
        ("-rf", "_-rf.png"),
        ("~", "_~.png"),
        // The claimed extension goes, and only it.
        ("photo.jpeg", "photo.png"),
        ("photo.PNG", "photo.png"),
        ("photo.png.exe", "photo.png"),
        ("photo.exe.png", "photo.exe.png"),
        ("v1.2", "v1.2.png"),
        ("Dr. Who meets Mr. Spock", "Dr. Who meets Mr. Spock.png"),
        ("archive.tar.gz", "archive.tar.png"),
        ("clip.mp4", "clip.png"),
        // Direction tricks: `photogpj.exe` shown as `photoexe.jpg`.
        ("photo\u{202e}gpj.exe", "photogpj.png"),
        ("a\u{2066}b\u{2069}c\u{200f}d\u{61c}e", "abcde.png"),
        ("tag\u{e0041}\u{e0042}", "tag.png"),
        ("private\u{f03a}use", "privateuse.png"),
        // Honest names stay.
        ("Größe 日本語 žluťoučký.webp", "Größe 日本語 žluťoučký.png"),
        ("नमस्ते.png", "नमस्ते.png"),
        ("سلام.png", "سلام.png"),
        ("cafe\u{301}.png", "cafe\u{301}.png"),
        ("🎉 party.png", "🎉 party.png"),
        ("100%.png", "100%.png"),
        ("..%2f..%2fetc", "%2f..%2fetc.png"),
    ];
    for (raw, expected) in cases {
        assert_eq!(safe_file_name(raw, "png"), expected, "{raw:?}");
    }
}

#[test]
fn extensions_by_table() {
    let cases = [
        ("png", "a.png"),
        (".png", "a.png"),
        ("PNG", "a.png"),
        ("", "a.bin"),
        (".", "a.bin"),
        ("p/../x", "a.bin"),
        ("png ", "a.bin"),
        ("png:x", "a.bin"),
        ("ünï", "a.bin"),
        ("abcdefghijklmnopq", "a.bin"),
    ];
    for (extension, expected) in cases {
        assert_eq!(
            safe_file_name("a.gif", extension),
            expected,
            "{extension:?}"
        );
    }
    assert_eq!(safe_file_name("a.pdf.exe", "pdf"), "a.pdf");
    assert_eq!(safe_file_name("a.tar.gz", "gz"), "a.tar.gz");
}

#[test]
fn long_names_end_between_characters() {
    for letter in ["a", "é", "日", "🎉", "a.", ". ", "\u{301}a"] {
        let name = safe_file_name(&format!("{}.jpeg", letter.repeat(400)), "png");
        assert!(name.len() <= 200, "{letter}: {}", name.len());
        assert!(
            name.len() > 190 || letter == ". ",
            "{letter}: {}",
            name.len()
        );
        assert_eq!(
            name.rsplit_once('.').map(|(_, extension)| extension),
            Some("png")
        );
        assert_creatable(&name, letter);
    }
    // A cut must not uncover a device, and a guard must fit.
    assert_creatable(
        &safe_file_name(&format!("-{}", "x".repeat(400)), "png"),
        "dash",
    );
    assert_creatable(
        &safe_file_name(&format!("CON.{}", ".".repeat(400)), "png"),
        "dots",
    );
}

#[test]
fn floods_of_marks_are_drained() {
    let flood = format!("Z\u{30d}{}algo", "\u{489}\u{35c}\u{321}".repeat(500));
    assert_eq!(safe_label(&flood).chars().count(), "Zalgo".len() + 3);
    assert!(safe_file_name(&flood, "png").len() < 20);
}

#[test]
fn labels_by_table() {
    let cases = [
        ("cat.png", "cat.png"),
        ("a/b\\cat.png", "cat.png"),
        ("../..", "output"),
        ("", "output"),
        (" . ", "output"),
        ("\u{202e}\u{200b}", "output"),
        ("photo\u{202e}gpj.exe", "photogpj.exe"),
        (
            "two\r\nlines\u{2028}three\u{2029}four",
            "two lines three four",
        ),
        ("a \t\u{a0}\u{3000} b", "a b"),
        ("<b>bold</b>", "b>"),
        ("CON", "CON"),
        ("a\u{1b}[31mred", "a[31mred"),
        ("\u{301}\u{302}cat", "cat"),
        ("a\u{fffd}b\u{ffff}c\u{fdd0}d", "abcd"),
    ];
    for (raw, expected) in cases {
        assert_eq!(safe_label(raw), expected, "{raw:?}");
    }
    assert_eq!(safe_label(&"日".repeat(500)), "日".repeat(120));
}

/// What attacks are made of.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "..", ".", "/", "\\", "//", "\\\\", "C:", ":", "::$DATA", "\0", "\r\n", "\t", " ", "  ", "~", "-",
    "%2e%2e%2f", "CON", "con", "aux", "NUL", "COM1", "LPT1", "com¹", "CLOCK$", ".png", ".exe", ".tar.gz",
    ".lnk", "a", "Z", "9", "\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{301}", "\u{489}", "é", "日本",
    "🎉", "👩\u{200d}👩", "?", "*", "<", ">", "|", "\"", "'", "`", "$(id)", "${HOME}", ";", "&", "#", "\u{ff0f}",
    "\u{2024}", "\u{7f}", "\u{85}", "\u{fffe}", "\u{e000}", "\u{10ffff}", "\\\\?\\", "\\\\.\\pipe\\",
    "file://", "/dev/null", "etc/passwd", "desktop.ini", "Thumbs.db", "\u{130}", "ß", "ﬀ",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// Ten thousand names from those pieces, each created for real.
#[test]
fn ten_thousand_names_stay_inside() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..10_000 {
        let raw: String = (0..=next(8)).map(|_| PIECES[next(PIECES.len())]).collect();
        let extension = ["png", "mp4", "gltf", "bin"][next(4)];
        let name = safe_file_name(&raw, extension);
        assert_creatable(&name, &raw);
        let path = root.join(&name);
        fs_err::File::create_new(&path).unwrap();
        let real = path.canonicalize().unwrap();
        assert_eq!(real.parent(), Some(root.as_path()), "{raw:?}");
        assert_eq!(
            real.file_name().and_then(|name| name.to_str()),
            Some(name.as_str()),
            "{raw:?}"
        );
        fs_err::remove_file(&path).unwrap();
        assert_showable(&safe_label(&raw), &raw);
    }
    assert_eq!(fs_err::read_dir(&root).unwrap().count(), 0);
}

proptest! {
    #[test]
    fn any_text_makes_a_creatable_name(raw in any::<String>(), extension in any::<String>()) {
        assert_creatable(&safe_file_name(&raw, &extension), &raw);
    }

    #[test]
    fn any_text_makes_a_showable_label(raw in any::<String>()) {
        assert_showable(&safe_label(&raw), &raw);
    }
}

/// The rules of Windows, macOS and Linux together, written from their manuals and not from the code.
fn assert_creatable(name: &str, raw: &str) {
    let why = format!("{raw:?} -> {name:?}");
    assert!(!name.is_empty() && name.len() <= 200, "{why}");
    assert!(
        !name
            .chars()
            .any(|c| u32::from(c) < 0x20 || "<>:\"/\\|?*\u{7f}".contains(c)),
        "{why}"
    );
    assert!(
        !name.starts_with(['.', ' ', '-', '~']) && !name.ends_with(['.', ' ']),
        "{why}"
    );
    let mut parts = Path::new(name).components();
    assert!(
        matches!(parts.next(), Some(Component::Normal(only)) if only == name),
        "{why}"
    );
    assert!(parts.next().is_none(), "{why}");
    let (base, _) = name.split_once('.').unwrap_or_default();
    let base = base.trim_end().to_uppercase();
    let devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];
    assert!(!devices.contains(&base.as_str()), "{why}");
    for port in ["COM", "LPT"] {
        for digit in "0123456789¹²³".chars() {
            assert_ne!(base, format!("{port}{digit}"), "{why}");
        }
    }
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    assert!(
        !extension.is_empty()
            && extension
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()),
        "{why}"
    );
    assert_visible(name, &why);
}

fn assert_showable(label: &str, raw: &str) {
    let why = format!("{raw:?} -> {label:?}");
    assert!(!label.is_empty() && label.chars().count() <= 120, "{why}");
    assert!(!label.contains(['/', '\\']), "{why}");
    assert_eq!(label.trim(), label, "{why}");
    assert_visible(label, &why);
}

fn assert_visible(text: &str, why: &str) {
    let hidden = "\u{ad}\u{61c}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\
                  \u{202d}\u{202e}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{fffe}";
    assert!(
        !text.chars().any(|c| c.is_control() || hidden.contains(c)),
        "{why}"
    );
}
