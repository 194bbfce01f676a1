//! Many tasks on one socket: what an event costs, and that all of them end.

use std::path::Path;
use std::time::{Duration, Instant};

use e2e::deadline::eventually;
use e2e::library::LibraryView;
use e2e::{Failure, Outcome};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use wiro_engine::RunEvent;

use crate::collect::submit;
use crate::report::{Limit, Row, say};
use crate::stand_in::StandIn;

const SIZES: [u32; 3] = [10, 100, 1_000];
/// The same number of lines in all, however many tasks share them.
const LINES: u32 = 40_000;
const WITHIN: Duration = Duration::from_mins(5);
/// The library writes hints in groups; after this pause none is left.
const WRITTEN_AFTER: Duration = Duration::from_millis(500);
/// How long a process does nothing before it counts as idle, and what it may spend meanwhile: a heartbeat.
const LOOK: Duration = Duration::from_secs(1);
const IDLE_SECONDS: f64 = 0.03;

/// What became of one size.
struct Flood {
    ns_per_event: f64,
    connections: u64,
    ended: usize,
    end_seconds: f64,
    memory_mb: f64,
}

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut floods = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir()?;
        let flood = runtime.block_on(flood(&folder.path().join("library"), size))?;
        say(&format!(
            "  {size} tasks: {:.0} ns an event, {} ended {:.1} s after the last event, {} connection(s), {:.0} MB",
            flood.ns_per_event, flood.ended, flood.end_seconds, flood.connections, flood.memory_mb
        ));
        floods.push(flood);
    }
    let [small, middle, large] = floods.as_slice() else {
        return Err("three sizes".into());
    };
    let whole = |value: f64| format!("{:.1} us", value / 1_000.0);
    let ended: usize = floods.iter().map(|flood| flood.ended).sum();
    let connections = floods.iter().map(|flood| flood.connections).max();
    Ok(vec![
        Row {
            what: "CPU an event, 1,000 tasks beside 10".to_owned(),
            figure: whole(large.ns_per_event),
            peer: whole(small.ns_per_event),
            value: large.ns_per_event / small.ns_per_event,
            limit: Limit::AtMost(1.5),
        },
        Row {
            what: "CPU an event, 100 tasks beside 10".to_owned(),
            figure: whole(middle.ns_per_event),
            peer: whole(small.ns_per_event),
            value: middle.ns_per_event / small.ns_per_event,
            limit: Limit::AtMost(1.5),
        },
        Row {
            what: "tasks ended of 1,110".to_owned(),
            figure: ended.to_string(),
            peer: format!("{:.1} s for the 1,000", large.end_seconds),
            value: f64::from(u32::try_from(ended)?),
            limit: Limit::AtLeast(f64::from(SIZES.iter().sum::<u32>())),
        },
        Row {
            what: "connections for all of them".to_owned(),
            figure: connections.unwrap_or(0).to_string(),
            peer: String::new(),
            value: f64::from(u32::try_from(connections.unwrap_or(u64::MAX))?),
            limit: Limit::AtMost(1.0),
        },
        Row {
            what: "memory for 1,000 tasks".to_owned(),
            figure: format!("{:.0} MB", large.memory_mb),
            peer: String::new(),
            value: large.memory_mb,
            limit: Limit::AtMost(150.0),
        },
    ])
}

async fn flood(library: &Path, size: u32) -> Outcome<Flood> {
    let service = StandIn::start(8, false)?;
    let memory = resident_mb()?;
    let engine = service.engine(library).await?;
    let mut submitting = tokio::task::JoinSet::new();
    for index in 0..size as usize {
        let engine = engine.clone();
        submitting.spawn(async move { submit(&engine, index).await });
    }
    while let Some(submitted) = submitting.join_next().await {
        submitted??;
    }
    eventually("every task to be listened to", WITHIN, async || {
        let listened = service.state().await?["listened"].as_u64();
        Ok((listened == Some(u64::from(size))).then_some(()))
    })
    .await?;
    service.control("begin").await?;
    // Whatever submissions and statuses left to do, such as a sidecar for each: only lines are counted.
    idle().await?;

    let lines = LINES / size;
    let mut events = engine.run_events();
    let before = cpu_seconds()?;
    let hearing = tokio::spawn(async move { hear(&mut events, u64::from(lines * size)).await });
    service.control(&format!("replay/{lines}")).await?;
    hearing.await??;
    tokio::time::sleep(WRITTEN_AFTER).await;
    let spent = cpu_seconds()? - before;

    let ending = Instant::now();
    service.control("end").await?;
    let view = LibraryView::new(library);
    let ended = eventually("every task to end", WITHIN, async || {
        let runs = view.runs()?;
        let ended = runs.iter().filter(|run| run.state == "succeeded").count();
        Ok((ended == size as usize).then_some(ended))
    })
    .await?;
    let end_seconds = ending.elapsed().as_secs_f64();
    let memory_mb = resident_mb()? - memory;
    let connections = service.state().await?["connections"].as_u64();
    engine.close().await?;
    Ok(Flood {
        ns_per_event: spent * 1e9 / f64::from(lines * size),
        connections: connections.ok_or("no count")?,
        ended,
        end_seconds,
        memory_mb,
    })
}

/// Waits until this process has had nothing to do for a while.
async fn idle() -> Outcome {
    eventually("the process to be idle", WITHIN, async || {
        let before = cpu_seconds()?;
        tokio::time::sleep(LOOK).await;
        let rested = cpu_seconds()? - before < IDLE_SECONDS;
        Ok(rested.then_some(()))
    })
    .await
}

/// Listens until so many lines were told.
async fn hear(events: &mut Receiver<(String, RunEvent)>, lines: u64) -> Outcome {
    let deadline = tokio::time::Instant::now() + WITHIN;
    let mut heard = 0;
    while heard < lines {
        let next = tokio::time::timeout_at(deadline, events.recv()).await;
        match next.map_err(|_| Failure::from(format!("heard {heard} of {lines}")))? {
            Ok((_, RunEvent::Log(_))) => heard += 1,
            Ok(_) => {}
            // They were told, only not to us.
            Err(RecvError::Lagged(missed)) => heard += missed,
            Err(RecvError::Closed) => return Err(Failure::from("the engine closed")),
        }
    }
    Ok(())
}

/// Of all threads of this process; the kernel counts in hundredths of a second.
fn cpu_seconds() -> Outcome<f64> {
    let stat = fs_err::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(") ").ok_or("no process name")?;
    let ticks: Vec<f64> = rest
        .split(' ')
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

fn resident_mb() -> Outcome<f64> {
    let status = fs_err::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    Ok(kilobytes.ok_or("no VmRSS")?.trim().parse::<f64>()? / 1_024.0)
}
