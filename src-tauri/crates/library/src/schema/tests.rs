use super::*;

const FIRST: &str = "CREATE TABLE things (name TEXT NOT NULL)";
const SECOND: &str = "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7";

struct Place {
    dir: tempfile::TempDir,
    conn: Connection,
}

impl Place {
    /// A file of schema 1 with one row.
    fn at_first() -> Self {
        let mut place = Self::fresh();
        place.migrate(&[FIRST]).unwrap();
        place
            .conn
            .execute("INSERT INTO things VALUES ('kept')", [])
            .unwrap();
        place
    }

    fn fresh() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let conn = Connection::open(dir.path().join("library.db")).unwrap();
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .unwrap();
        Self { dir, conn }
    }

    fn migrate(&mut self, migrations: &[&str]) -> Result<(), Error> {
        fs_err::create_dir_all(self.backups_dir())?;
        let backups = self.backups_dir();
        migrate(&mut self.conn, migrations, &backups)
    }

    fn backups_dir(&self) -> PathBuf {
        self.dir.path().join("backups")
    }

    fn backups(&self) -> Vec<String> {
        let entries = fs_err::read_dir(self.backups_dir()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn an_older_file_becomes_the_newest_and_a_backup_holds_what_it_was() {
    let mut place = Place::at_first();
    place.migrate(&[FIRST, SECOND]).unwrap();
    assert_eq!(version(&place.conn).unwrap(), 2);
    let row: (String, i64) = place
        .conn
        .query_row("SELECT * FROM things", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(row, ("kept".to_owned(), 7));

    let backups = place.backups();
    assert_eq!(backups.len(), 1, "{backups:?}");
    assert!(backups[0].starts_with("library-v1-"), "{backups:?}");
    let backup = Connection::open(place.backups_dir().join(&backups[0])).unwrap();
    assert_eq!(version(&backup).unwrap(), 1);
    let names: Vec<String> = backup
        .prepare("SELECT name FROM things")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(names, ["kept"]);
}

#[test]
fn a_fresh_file_and_a_current_one_need_no_backup() {
    let mut place = Place::fresh();
    place.migrate(&[FIRST, SECOND]).unwrap();
    place.migrate(&[FIRST, SECOND]).unwrap();
    assert_eq!(version(&place.conn).unwrap(), 2);
    assert!(place.backups().is_empty());
}

#[test]
fn several_steps_make_one_backup_and_a_step_that_fails_leaves_nothing_of_itself() {
    let mut place = Place::at_first();
    let broken = "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)";
    assert!(matches!(
        place.migrate(&[FIRST, SECOND, broken]),
        Err(Error::Sql { .. })
    ));
    assert_eq!(version(&place.conn).unwrap(), 2);
    assert!(!place.conn.table_exists(None, "half").unwrap());
    assert_eq!(place.backups().len(), 1);

    place
        .migrate(&[FIRST, SECOND, "CREATE TABLE whole (x)"])
        .unwrap();
    assert_eq!(version(&place.conn).unwrap(), 3);
}

#[test]
fn a_newer_file_is_refused_and_not_touched() {
    let mut place = Place::at_first();
    place.conn.pragma_update(None, "user_version", 9).unwrap();
    let error = place.migrate(&[FIRST, SECOND]).unwrap_err();
    assert!(
        matches!(error, Error::Newer { found: 9, known: 2 }),
        "{error}"
    );
    assert_eq!(version(&place.conn).unwrap(), 9);
    assert!(place.backups().is_empty());
}

#[test]
fn the_newest_five_backups_are_kept_whatever_their_schema() {
    let mut place = Place::at_first();
    for (schema, time) in [
        (12, "20200101"),
        (2, "20210101"),
        (3, "20220101"),
        (1, "20230101"),
        (5, "20240101"),
        (9, "20250101"),
    ] {
        fs_err::write(
            place
                .backups_dir()
                .join(format!("library-v{schema}-{time}.db")),
            "",
        )
        .unwrap();
    }
    fs_err::write(place.backups_dir().join("mine.db"), "").unwrap();
    place.migrate(&[FIRST, SECOND]).unwrap();
    let backups = place.backups();
    assert_eq!(backups.len(), 6, "{backups:?}");
    assert!(backups.contains(&"mine.db".to_owned()));
    assert!(
        !backups
            .iter()
            .any(|name| name.contains("20200101") || name.contains("20210101")),
        "{backups:?}"
    );
    assert!(
        backups
            .iter()
            .any(|name| name.starts_with("library-v1-2") && name.ends_with("Z.db")),
        "{backups:?}"
    );
}
