use std::time::{Duration, Instant};

use rusqlite::Connection;
use wiro_library::{Library, OutputFilter, RunFilter, RunState};

use crate::support::{TestResult, new_run, outcome, running};

#[tokio::test]
async fn lists_are_newest_first_and_filtered() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for id in ["a", "b", "c", "d"] {
        running(&library, id).await?;
    }
    let conn = Connection::open(library.root().join("library.db"))?;
    for (at, id) in ["b", "d", "a", "c"].iter().enumerate() {
        conn.execute(
            "UPDATE runs SET created_at_ms = ?1 WHERE id = ?2",
            (i64::try_from(at)?, id),
        )?;
    }
    library.settle("a", RunState::Failed, None, None).await?;
    library.insert_run(new_run("u")).await?;
    library.mark_sending("u").await?;
    library.mark_unconfirmed("u", "no answer").await?;

    let ids =
        |page: wiro_library::RunPage| page.runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    let all = library
        .runs(RunFilter {
            limit: 10,
            ..RunFilter::default()
        })
        .await?;
    assert_eq!((all.total, all.active), (5, 3));
    assert_eq!(ids(all), ["u", "c", "a", "d", "b"]);
    let active = library
        .runs(RunFilter {
            active_only: true,
            start: 1,
            limit: 1,
        })
        .await?;
    assert_eq!((active.total, active.active), (3, 3));
    assert_eq!(ids(active), ["d"]);
    let unfinished: Vec<_> = library
        .unfinished()
        .await?
        .into_iter()
        .map(|run| run.id)
        .collect();
    assert_eq!(unfinished, ["b", "d", "c", "u"]);

    library.begin_collecting("b", outcome("b", 3)).await?;
    library.fail_output("b-1", "x", "y").await?;
    let of_run = library.outputs(OutputFilter {
        run_id: Some("b".to_owned()),
        start: 1,
        limit: 5,
        ..OutputFilter::default()
    });
    let of_run = of_run.await?;
    assert_eq!(of_run.total, 3);
    assert_eq!(
        of_run
            .outputs
            .iter()
            .map(|output| output.position)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    let published = library
        .outputs(OutputFilter {
            published_only: true,
            limit: 5,
            ..OutputFilter::default()
        })
        .await?;
    assert_eq!((published.total, published.outputs.len()), (0, 0));
    Ok(())
}

async fn median(library: &Library, filter: OutputFilter) -> TestResult<Duration> {
    let mut took = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        let page = library.outputs(filter.clone()).await?;
        took.push(start.elapsed());
        assert_eq!(page.total, 10_000);
        assert_eq!(
            page.outputs.len(),
            usize::try_from(filter.limit)?.min(10_000)
        );
    }
    took.sort();
    Ok(took[3])
}

#[tokio::test]
async fn a_page_of_ten_thousand_outputs_costs_a_fraction_of_all() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    Connection::open(library.root().join("library.db"))?.execute(
        "WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 10000)
         INSERT INTO outputs (id, run_id, position, created_at_ms, state, label, file_name, content_type, bytes, url)
         SELECT 'o' || value, 'r', value, value, 'published', 'label', '2026-08/' || value, 'image/png', 5, 'http://x'
         FROM numbers",
        [],
    )?;
    let page = OutputFilter {
        published_only: true,
        limit: 60,
        ..OutputFilter::default()
    };
    let all = OutputFilter {
        limit: 10_000,
        ..page.clone()
    };
    let (page, all) = (median(&library, page).await?, median(&library, all).await?);
    assert!(page * 5 < all, "a page took {page:?}, all of them {all:?}");
    Ok(())
}
