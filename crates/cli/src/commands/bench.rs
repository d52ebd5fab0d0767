//! `misgen bench`: what this machine does, each number beside its limit.

use super::world::family;
use crate::args::BenchArgs;
use crate::failure::Failure;
use crate::output;
use misgen_agents::peak::{FmaLoop, UpdateWork};
use misgen_agents::{AgentConfig, Learner, ObsShape, View, ViewKind};
use misgen_core::{AnyFamily, Events, LevelPlan, Pool, Registry, Rng, Split, Ties};
use misgen_evaluate::pools::MAX_STATES;
use misgen_solve::{Playbook, Process};
use misgen_store::RealFs;
use misgen_sweep::machine::Machine;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs `work` (which returns units done) until `time` is over; the best rate of its parts, units a second.
/// The best, because a shared machine only ever takes time away.
fn rate(time: Duration, mut work: impl FnMut() -> f64) -> f64 {
    let begun = Instant::now();
    let mut best = 0.0_f64;
    while begun.elapsed() < time {
        let start = Instant::now();
        let units = work();
        best = best.max(units / start.elapsed().as_secs_f64());
    }
    best
}

#[derive(Serialize)]
struct FamilySpeed {
    family: String,
    shape: [usize; 2],
    lanes: usize,
    steps_per_second: f64,
    levels_per_second: f64,
    /// Null where levels are planned, not solved.
    solved_levels_per_second: Option<f64>,
}

/// One optimiser step of a net, forward, loss, backward and Adam.
#[derive(Serialize)]
struct Update {
    net: String,
    gflops: f64,
    of_peak: f64,
}

/// PPO end to end on one core: environment, rollout and updates.
#[derive(Serialize)]
struct Training {
    net: String,
    world: String,
    features: usize,
    frames_per_second: f64,
    /// Beside what the peak would allow if all its products were dense; a first layer that sums rows can pass 1.
    of_limit: f64,
}

#[derive(Serialize)]
struct Learning {
    peak_gflops: f64,
    best_product_gflops: f64,
    updates: Vec<Update>,
    training: Vec<Training>,
}

#[derive(Serialize)]
struct Speeds {
    machine: Machine,
    /// Steps a second of a mark on a bare board: the limit of stepping, in the same run.
    bare_board_steps_per_second: f64,
    families: Vec<FamilySpeed>,
    learning: Option<Learning>,
}

/// Lanes stepped together.
const LANES: usize = 128;
/// Steps of each lane in one part.
const ROUNDS: usize = 2000;

/// The least that a grid world of 13×13 can do: a mark that moves on a board without walls, levels or events.
fn bare_board(time: Duration) -> f64 {
    const SIDE: usize = 13;
    let mut rng = Rng::keyed(0, "bench", 0);
    let actions: Vec<u8> = (0..LANES * ROUNDS).map(|_| rng.below(5) as u8).collect();
    let (mut boards, mut marks) = (vec![0_u8; LANES * SIDE * SIDE], vec![0; LANES]);
    rate(time, || {
        for step in actions.chunks_exact(LANES) {
            for ((action, board), at) in step.iter().zip(boards.chunks_exact_mut(SIDE * SIDE)).zip(&mut marks) {
                board[*at] = 0;
                let (row, column) = (*at / SIDE, *at % SIDE);
                *at = match action {
                    0 if row > 0 => *at - SIDE,
                    1 if column > 0 => *at - 1,
                    2 if row + 1 < SIDE => *at + SIDE,
                    3 if column + 1 < SIDE => *at + 1,
                    _ => *at,
                };
                board[*at] = 1;
            }
            std::hint::black_box(&boards);
        }
        (LANES * ROUNDS) as f64
    })
}

/// Default knobs, at 13×13 where the family has a size.
fn knobs(family: &dyn AnyFamily) -> Value {
    let large = json!({ "size": 13 });
    if family.knobs(&large).is_ok() { large } else { Value::Null }
}

fn pool(family: &dyn AnyFamily, knobs: &Value, levels: u64) -> Result<Box<dyn Pool>, Failure> {
    let mut pool = family.pool(knobs).map_err(Failure::job)?;
    let ties = Ties::new(family.spec().laws[0].rows[0].2);
    for index in 0..levels {
        pool.generate(0, Split::Check, index, &ties).map_err(Failure::job)?;
    }
    Ok(pool)
}

fn speed(family: &dyn AnyFamily, time: Duration) -> Result<FamilySpeed, Failure> {
    let spec = family.spec();
    let knobs = knobs(family);
    let levels: Arc<dyn Pool> = Arc::from(pool(family, &knobs, 1024)?);
    let obs = levels.obs_spec();
    let mut env = Arc::clone(&levels).batch(LANES, levels.limit(), Events::NONE);
    env.restart(&LevelPlan::Endless { seed: 0 });
    let mut rng = Rng::keyed(0, "bench", 0);
    // Actions are drawn beforehand: it is the environment that is measured.
    let actions: Vec<u8> = (0..LANES * ROUNDS).map(|_| rng.below(spec.actions.len() as u32) as u8).collect();
    let stepping = rate(time, || {
        for step in actions.chunks_exact(LANES) {
            std::hint::black_box(env.step(step));
        }
        (LANES * ROUNDS) as f64
    });
    let mut failed = None;
    let generating = rate(time, || match pool(family, &knobs, 512) {
        Ok(made) => made.len() as f64,
        Err(error) => {
            failed = Some(error);
            0.0
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let process = Process::new(spec.gamma, levels.limit());
    let mut next = 0;
    let mut solve = || {
        let graph = levels.graph(next % levels.len(), MAX_STATES).ok()?;
        let book = Playbook::new(&graph, &process, &spec);
        std::hint::black_box((book.pursuer(0), book.pursuer(1)));
        next += 1;
        Some(())
    };
    // A planned family has more states than can be enumerated.
    let solving = (!spec.is_planned() && solve().is_some()).then(|| {
        rate(time, || {
            let begun = Instant::now();
            let mut done = 0.0;
            // Some families take a second for a level.
            while done < 16.0 && begun.elapsed() < time && solve().is_some() {
                done += 1.0;
            }
            done
        })
    });
    Ok(FamilySpeed {
        family: spec.id(),
        shape: [obs.height, obs.width],
        lanes: LANES,
        steps_per_second: stepping,
        levels_per_second: generating,
        solved_levels_per_second: solving,
    })
}

/// Frames a second of `config` in `family`, end to end.
fn training(family: &dyn AnyFamily, knobs: &Value, config: AgentConfig, time: Duration) -> Result<f64, Failure> {
    let levels: Arc<dyn Pool> = Arc::from(pool(family, knobs, 1024)?);
    let mut env = Arc::clone(&levels).batch(config.lanes, levels.limit(), Events::NONE);
    let mut learner = Learner::new(config, &levels.obs_spec(), levels.spec().reward(), 0);
    let mut failed = None;
    let frames = rate(time, || {
        let before = learner.frames();
        if let Err(error) = learner.train_update(env.as_mut()) {
            failed = Some(error);
        }
        (learner.frames() - before) as f64
    });
    failed.map_or(Ok(frames), |error| Err(Failure::job(error)))
}

/// A net that is trained end to end.
struct Course {
    /// By its widths, as peers name theirs.
    net: &'static str,
    family: &'static str,
    /// Of the room; `None` for the family's default.
    size: Option<u8>,
    config: AgentConfig,
}

/// The default agent, then nets that peers train too.
fn courses() -> Vec<Course> {
    let grid = AgentConfig { view: ViewKind::Grid, ..AgentConfig::default() };
    let course = |net, family, size, config| Course { net, family, size, config };
    vec![
        course("default agent", "doorway", None, AgentConfig::default()),
        course("default agent", "bright", Some(9), AgentConfig::default()),
        course("mlp 405-64-64", "bright", Some(9), grid.clone()),
        course(
            "mlp 507-128-128-128",
            "corner",
            Some(13),
            AgentConfig { hidden: vec![128; 3], lanes: 256, steps: 128, epochs: 5, minibatches: 8, ..grid.clone() },
        ),
        course(
            "mlp 845-256-256",
            "keys-chests",
            Some(13),
            AgentConfig { hidden: vec![256; 2], lanes: 64, steps: 64, epochs: 4, ..grid },
        ),
    ]
}

/// Operations of the products that a frame needs: once forward in the rollout, and in each epoch forward, by weight and, after the first
/// layer, by input.
fn flop_a_frame(config: &AgentConfig, features: usize, actions: usize) -> f64 {
    let widths: Vec<usize> = std::iter::once(features).chain(config.hidden.iter().copied()).collect();
    let products: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let all = products + widths[widths.len() - 1] * (actions + 1);
    let first = widths[0] * widths[1];
    (2 * (all + config.epochs * (3 * all - first))) as f64
}

/// The variable from which candle and rayon take their number of threads.
const THREADS: &str = "RAYON_NUM_THREADS";

/// Runs this command again in a process of one compute thread: everything here is quoted for one core, and the
/// number can only be set from outside.
fn on_one_core() -> Result<u8, Failure> {
    let exe = std::env::current_exe().map_err(|e| Failure::environment(format!("cannot find this program: {e}")))?;
    let status = std::process::Command::new(exe).args(std::env::args_os().skip(1)).env(THREADS, "1").status();
    let status = status.map_err(|e| Failure::environment(format!("cannot start this program: {e}")))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(70))
}

/// The learners' speeds beside the limit of the processor.
fn learning(registry: Registry, time: Duration) -> Result<Learning, Failure> {
    let large = UpdateWork::mlp(5, 0);
    let peak = rate(time, || FmaLoop { rounds: 2_000_000 }.run()) / 1e9;
    let product = rate(time, || large.products().unwrap_or(0.0)) / 1e9;
    let mut updates = Vec::new();
    for (net, mut work) in [
        ("mlp 845-256-256", large),
        ("mlp 1352-256-256", UpdateWork::mlp(8, 0)),
        ("cnn 16-32-32 on 13x13x8", UpdateWork::cnn(0)),
    ] {
        let mut diverged = None;
        let gflops = rate(time, || {
            if let Err(error) = work.run() {
                diverged = Some(error);
            }
            work.flop()
        }) / 1e9;
        if let Some(error) = diverged {
            return Err(Failure::job(error));
        }
        updates.push(Update { net: net.into(), gflops, of_peak: gflops / peak });
    }
    let mut trained = Vec::new();
    for Course { net, family: name, size, config } in courses() {
        // A foreign registry may not have it.
        let Some(family) = registry.get(name) else { continue };
        let knobs = size.map_or(Value::Null, |size| json!({ "size": size }));
        let spec = pool(family, &knobs, 0)?.obs_spec();
        let features = View::new(config.view, &ObsShape::from(&spec)).features();
        let flop = flop_a_frame(&config, features, spec.actions);
        let frames_per_second = training(family, &knobs, config, time)?;
        let of_limit = frames_per_second * flop / (peak * 1e9);
        let world = format!("{name} {}x{}", spec.height, spec.width);
        trained.push(Training { net: net.into(), world, features, frames_per_second, of_limit });
    }
    Ok(Learning { peak_gflops: peak, best_product_gflops: product, updates, training: trained })
}

pub(crate) fn bench(args: &BenchArgs, registry: Registry) -> Result<u8, Failure> {
    if std::env::var_os(THREADS).is_none_or(|threads| threads != "1") {
        return on_one_core();
    }
    let time = Duration::from_millis(if args.quick { 100 } else { 1000 });
    let families: Vec<_> = if args.families.is_empty() {
        registry.iter().collect()
    } else {
        args.families.iter().map(|name| family(registry, name)).collect::<Result<_, _>>()?
    };
    let bare_board_steps_per_second = bare_board(time);
    let speeds = families.iter().map(|family| speed(*family, time)).collect::<Result<_, _>>()?;
    let all = Speeds {
        machine: Machine::present(&RealFs),
        bare_board_steps_per_second,
        families: speeds,
        learning: if args.stepping { None } else { Some(learning(registry, time)?) },
    };
    if args.json {
        output::json(&all)?;
    } else {
        output::document(&text(&all))?;
    }
    Ok(0)
}

fn text(all: &Speeds) -> String {
    let mut out = String::new();
    let machine = &all.machine;
    let cpu = machine.cpu.as_deref().unwrap_or("unknown processor");
    let bare = all.bare_board_steps_per_second;
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{cpu}, {} kernels; one core, best of repeated runs\n", machine.kernels);
    let _ = writeln!(
        out,
        "{:20} {:>7} {:>6} {:>12} {:>8} {:>12} {:>12}",
        "family", "shape", "lanes", "steps/s", "of limit", "levels/s", "solved/s"
    );
    for f in &all.families {
        let shape = format!("{}x{}", f.shape[0], f.shape[1]);
        let solved = f.solved_levels_per_second.map_or_else(|| "planned".into(), |n| format!("{:.2} k", n / 1e3));
        let _ = writeln!(
            out,
            "{:20} {shape:>7} {:>6} {:>10.2} M {:>6.0} % {:>10.1} k {solved:>12}",
            f.family,
            f.lanes,
            f.steps_per_second / 1e6,
            f.steps_per_second / bare * 100.0,
            f.levels_per_second / 1e3,
        );
    }
    let _ = writeln!(
        out,
        "limit of stepping: {:.1} M steps/s, a mark on a bare 13x13 board without walls, levels or events",
        bare / 1e6
    );
    let Some(learning) = &all.learning else { return out };
    let _ = writeln!(out, "\nfused multiply-adds on registers: {:8.1} GFLOP/s (the limit)", learning.peak_gflops);
    let _ = writeln!(out, "best matrix product:              {:8.1} GFLOP/s", learning.best_product_gflops);
    let _ = writeln!(out, "\nPPO updates of 1024 rows, Adam included");
    for Update { net, gflops, of_peak } in &learning.updates {
        let _ = writeln!(out, "{net:58} {gflops:8.1} GFLOP/s {:4.0} % of the limit", of_peak * 100.0);
    }
    let _ = writeln!(out, "\nPPO end to end");
    for Training { net, world, features, frames_per_second, of_limit } in &learning.training {
        let (rate, what) = (frames_per_second / 1e3, format!("{net} in {world}, {features} features"));
        let _ = writeln!(out, "{what:58} {rate:6.0} k frames/s, {of_limit:.2} of what dense products allow");
    }
    out
}
