use proptest::prelude::*;

use super::*;

const MONTH: &str = "2026-08";

struct Place {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap().join("library");
        platform::create_private_dir(&root).unwrap();
        create_dirs(&root).unwrap();
        Self { _dir: dir, root }
    }

    fn partial(&self, id: &str, bytes: &str) -> PathBuf {
        let path = self.root.join(PARTIAL).join(format!("{id}.partial"));
        fs_err::write(&path, bytes).unwrap();
        path
    }

    fn outside(&self) -> PathBuf {
        self.root.parent().unwrap().to_owned()
    }
}

#[test]
fn a_partial_gets_its_name_and_is_gone() {
    let place = Place::new();
    let partial = place.partial("a", "bytes");
    let name = publish(&place.root, &partial, "2026-08/a.png").unwrap();
    assert_eq!(name, "2026-08/a.png");
    assert_eq!(
        fs_err::read_to_string(place.root.join(OUTPUTS).join(&name)).unwrap(),
        "bytes"
    );
    assert!(!partial.exists());
    require_output(&place.root, &name).unwrap();
}

#[test]
fn a_name_without_a_month_lands_in_this_one() {
    let place = Place::new();
    let name = publish(&place.root, &place.partial("a", "bytes"), "a.png").unwrap();
    let (month, rest) = split_output_name(&name).unwrap();
    assert!(is_month(month));
    assert_eq!(rest, "a.png");
    assert_eq!(find_landed(&place.root, "a").unwrap(), Some(name));
    assert_eq!(find_landed(&place.root, "b").unwrap(), None);
}

#[test]
fn what_is_there_is_never_overwritten() {
    let place = Place::new();
    publish(&place.root, &place.partial("a", "first"), "2026-08/a.png").unwrap();
    for other in ["other", "longer than the first", ""] {
        let partial = place.partial("a", other);
        let error = publish(&place.root, &partial, "2026-08/a.png").unwrap_err();
        assert!(matches!(error, Error::Path { .. }), "{error}");
        assert!(partial.exists());
    }
    // What a crash between the name and the note leaves.
    publish(&place.root, &place.partial("a", "first"), "2026-08/a.png").unwrap();
    assert_eq!(
        fs_err::read_to_string(place.root.join("outputs/2026-08/a.png")).unwrap(),
        "first"
    );
}

#[test]
fn hostile_names_are_refused() {
    let place = Place::new();
    let long = format!("{}.png", "x".repeat(NAME_BYTES));
    for name in [
        "",
        ".",
        "..",
        "../a",
        "2026-08/../a",
        "2026-08/..",
        "/etc/passwd",
        "a/b/c.png",
        "2026-08/a/b",
        "20x6-08/a",
        "../../a",
        "..\\a",
        "C:\\a",
        "C:a",
        "\\\\server\\share",
        "a:stream",
        "nul",
        "NUL.png",
        "com1.txt",
        "LPT9",
        "aux .png",
        "a.png.",
        "a.png ",
        " a",
        ".hidden",
        "a\0b",
        "a\nb",
        "a\u{202e}gnp.exe",
        "a\u{200b}b",
        "2026-08/",
        "2026-08",
        "a?b",
        "a*",
        &long,
    ] {
        let partial = place.partial("a", "bytes");
        let result = publish(&place.root, &partial, name);
        // A month alone is a fine name, only not for a folder.
        if name != MONTH {
            assert!(
                matches!(result, Err(Error::FileName { .. })),
                "{name:?}: {result:?}"
            );
        }
    }
    assert_eq!(fs_err::read_dir(place.outside()).unwrap().count(), 1);
}

#[test]
fn good_names_are_taken() {
    for name in [
        "01984c1e-7b6e.png",
        "a b.png",
        "Übung.jpeg",
        "com.png",
        "comet.txt",
        "console.log",
        "nulls",
        "a..b",
    ] {
        assert!(is_plain_name(name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_refused_wherever_they_are() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let elsewhere = place.outside().join("elsewhere");
    fs_err::create_dir_all(&elsewhere).unwrap();
    fs_err::write(elsewhere.join("secret"), "secret").unwrap();

    // The partial is a link to a file that is not ours.
    let partial = place.root.join("partial/link.partial");
    symlink(elsewhere.join("secret"), &partial).unwrap();
    assert!(matches!(
        publish(&place.root, &partial, "2026-08/a.png"),
        Err(Error::Path { .. })
    ));

    // The month is a link out of the library.
    symlink(&elsewhere, place.root.join("outputs/2026-09")).unwrap();
    let partial = place.partial("a", "bytes");
    assert!(matches!(
        publish(&place.root, &partial, "2026-09/a.png"),
        Err(Error::Path { .. })
    ));

    // The target is a link, dangling or not.
    platform::create_private_dir(&place.root.join("outputs/2026-08")).unwrap();
    symlink(
        elsewhere.join("new"),
        place.root.join("outputs/2026-08/b.png"),
    )
    .unwrap();
    assert!(matches!(
        publish(&place.root, &partial, "2026-08/b.png"),
        Err(Error::Path { .. })
    ));
    assert!(matches!(
        require_output(&place.root, "2026-08/b.png"),
        Err(Error::Path { .. })
    ));

    // The folder of all outputs is a link.
    fs_err::rename(place.root.join("outputs"), place.outside().join("moved")).unwrap();
    symlink(place.outside().join("moved"), place.root.join("outputs")).unwrap();
    assert!(matches!(
        publish(&place.root, &partial, "2026-08/a.png"),
        Err(Error::Path { .. })
    ));

    assert_eq!(fs_err::read_dir(&elsewhere).unwrap().count(), 1);
    assert_eq!(
        fs_err::read_to_string(elsewhere.join("secret")).unwrap(),
        "secret"
    );
}

#[test]
fn only_partials_of_the_library_are_published() {
    let place = Place::new();
    let outside = place.outside().join("a.partial");
    fs_err::write(&outside, "bytes").unwrap();
    let roundabout = place.root.join("partial/../../a.partial");
    let missing = place.root.join("partial/none.partial");
    for path in [
        &outside,
        &roundabout,
        &missing,
        &place.root.join(PARTIAL),
        Path::new(""),
    ] {
        let result = publish(&place.root, path, "2026-08/a.png");
        assert!(
            matches!(result, Err(Error::Path { .. })),
            "{}: {result:?}",
            path.display()
        );
    }
    assert!(outside.exists());
}

#[cfg(unix)]
#[test]
fn everything_is_for_this_person_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let partial = place.partial("a", "bytes");
    fs_err::set_permissions(&partial, std::fs::Permissions::from_mode(0o644)).unwrap();
    publish(&place.root, &partial, "2026-08/a.png").unwrap();
    let mode = |path: &str| {
        fs_err::metadata(place.root.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for dir in [
        "",
        "outputs",
        "outputs/2026-08",
        "partial",
        "inputs",
        "thumbnails",
        "locks",
        "backups",
    ] {
        assert_eq!(mode(dir), 0o700, "{dir}");
    }
    assert_eq!(mode("outputs/2026-08/a.png"), 0o600);
}

#[test]
fn bytes_are_compared_to_the_end() {
    let place = Place::new();
    let long = "x".repeat(200_000);
    let (one, same) = (place.partial("one", &long), place.partial("same", &long));
    let last_differs = place.partial("differs", &format!("{}y", &long[1..]));
    assert!(same_bytes(&one, &same).unwrap());
    assert!(!same_bytes(&one, &last_differs).unwrap());
    assert!(!same_bytes(&one, &place.partial("short", "x")).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Whatever a name is: it is refused, or it is one file in one month's folder.
    #[test]
    fn no_name_leads_out(name in r"(([./\\: a-cA-C\x00]|\.\.|NUL|2026-08/|\PC){0,12})") {
        if let Ok((month, rest)) = split_output_name(&name) {
            let path = Path::new("/library/outputs").join(month).join(rest);
            let parts: Vec<_> = path.components().collect();
            prop_assert_eq!(parts.len(), 5);
            prop_assert!(parts[1..].iter().all(|part| matches!(part, Component::Normal(_))));
        }
    }

    /// An id cannot lead out either.
    #[test]
    fn no_id_leads_out(id in r"([./\\:\x00a-c]|\PC){0,12}") {
        let name = id_as_name(&id);
        prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    }
}
