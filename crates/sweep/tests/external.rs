//! Promise 12: agents that are programs cannot hurt. What they say is checked, and whatever they do they are ended with
//! their whole process group.

#![cfg(target_os = "linux")]

use misgen_core::{Decisions, Ended, Events, FamilySpec, ObsSpec, Policy, Pool, Rng, Split, StepView, Tie, Ties};
use misgen_families::REGISTRY;
use misgen_store::{Fs, RealFs};
use misgen_sweep::external::answer::{Answer, answer, hello};
use misgen_sweep::external::message::{Observations, Play};
use misgen_sweep::external::{ExternalAgent, ExternalError, Fault, Program, Terms, observation, unpacked};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Whatever a program does, it is gone so long after its deadline: two of the harness's own waits, and much for a busy machine.
const GRACE: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_secs(20);

/// Greets, once greeted.
const GREET: &str = r#"read -r hello; printf '{"type":"hello","protocol":1,"observations":"ascii"}\n'; "#;

fn corner() -> (FamilySpec, ObsSpec, Arc<dyn Pool>) {
    let family = REGISTRY.get("corner").unwrap();
    let mut pool = family.pool(&Value::Null).unwrap();
    for index in 0..3 {
        pool.generate(0, Split::Check, index, &Ties::all(1, Tie::Bound)).unwrap();
    }
    (family.spec(), pool.obs_spec(), Arc::from(pool))
}

/// An agent that a shell is, in `folder`, where it leaves its number.
fn agent(script: &str, folder: &Path, play: Play, deadline: Duration) -> ExternalAgent {
    let (family, spec, _) = corner();
    let script = format!("echo $$ > pid; {script}").replace('\'', r"'\''");
    let program = format!("sh -c 'cd \"$1\"; {script}' sh {}", folder.display());
    let program: Program = program.parse().unwrap();
    let terms = Terms {
        program,
        family,
        spec,
        lanes: 3,
        seed: 0,
        deadline,
        interrupted: Arc::new(|| false),
        notice: Arc::new(|_, _| ()),
    };
    ExternalAgent::new(terms, play)
}

/// What it does at first in three lanes, the middle one of which is idle; their streams, and probabilities and values.
struct Acted {
    actions: Vec<u8>,
    rngs: Vec<Rng>,
    probs: Vec<f32>,
    values: Vec<f32>,
}

fn streams() -> Vec<Rng> {
    (0..3).map(|lane| Rng::keyed(5, "test", lane)).collect()
}

fn act(agent: &mut ExternalAgent) -> Result<Acted, String> {
    let (_, spec, pool) = corner();
    let frames: Vec<u8> = (0..3).flat_map(|level| pool.replay(level, &[], &[]).swap_remove(0)).collect();
    let view = StepView {
        spec: &spec,
        obs: &frames,
        last_obs: &frames,
        events: &[Events::NONE; 3],
        ended: &[Ended::No; 3],
        level: &[0, StepView::NO_LEVEL, 2],
        last_level: &[0, 1, 2],
        steps: &[0, 0, 7],
        palette: None,
    };
    let mut acted =
        Acted { actions: vec![9; 3], rngs: streams(), probs: vec![f32::NAN; 15], values: vec![f32::NAN; 3] };
    let mut out = Decisions {
        actions: &mut acted.actions,
        probs: Some(&mut acted.probs),
        values: Some(&mut acted.values),
        features: None,
    };
    agent.act(&view, &mut acted.rngs, &mut out).map_err(|error| error.to_string())?;
    Ok(acted)
}

/// Processes of a group that run: what nobody has collected yet does not.
fn running(group: &str) -> Vec<String> {
    let alive = |pid: &str| {
        let stat = RealFs.read(Path::new(&format!("/proc/{pid}/stat")), 1 << 16).ok()?;
        let stat = String::from_utf8_lossy(&stat).into_owned();
        // Behind the name, which may hold anything: state, parent, group.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        (fields[2] == group && fields[0] != "Z").then_some(stat)
    };
    let all = RealFs.list(Path::new("/proc")).unwrap();
    all.iter().filter_map(|name| name.to_str()).filter(|name| name.parse::<u32>().is_ok()).filter_map(alive).collect()
}

/// Asserts that nothing of a group runs, or will in a moment: what has been killed ends as soon as it is scheduled, and only the
/// program itself is waited for.
#[track_caller]
fn assert_gone(group: &str) {
    let begun = Instant::now();
    while !running(group).is_empty() {
        assert!(begun.elapsed() < SLACK, "{:?}", running(group));
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn read(path: &Path) -> String {
    String::from_utf8(RealFs.read(path, 1 << 20).unwrap()).unwrap()
}

/// Asks a program that misbehaves, within `deadline`: it is ended in time, nothing of it runs on, and this is the error.
#[track_caller]
fn misbehaves_within(script: &str, deadline: Duration) -> ExternalError {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("echo 'said at first' >&2; {script}");
    let mut agent = agent(&script, folder.path(), Play::Sampled, deadline);
    let begun = Instant::now();
    let said = act(&mut agent).map(|acted| acted.actions).unwrap_err();
    let took = begun.elapsed();
    assert!(took < deadline + GRACE + SLACK, "{script}: {took:?}");
    assert_gone(read(&folder.path().join("pid")).trim());
    let error = agent.failure().expect("it failed").clone();
    assert_eq!(said, format!("policy failed: {error}"));
    assert!(error.stderr.contains("said at first"), "{script}: {:?}", error.stderr);
    assert_eq!(act(&mut agent).map(|acted| acted.actions), Err(said), "a failed agent is not started again");
    error
}

#[track_caller]
fn misbehaves(script: &str) -> ExternalError {
    // No fixture but those that hang comes near it.
    misbehaves_within(script, Duration::from_secs(60))
}

#[track_caller]
fn hangs(script: &str) -> ExternalError {
    // Long enough for a shell to start and say its first words, whatever else the machine does.
    misbehaves_within(script, Duration::from_millis(2500))
}

#[track_caller]
fn assert_ended(error: &ExternalError, fault: Fault, said: &str) {
    assert_eq!(error.fault, fault, "{error}");
    assert!(error.message.contains(said), "{error}");
}

#[test]
fn an_agent_that_hangs_is_ended_at_its_deadline() {
    let error = hangs(&format!("{GREET} read -r act; exec sleep 600"));
    assert_ended(&error, Fault::Timeout, "gave no answer within the 2.5 s allowed and was ended");
    assert_ended(&hangs("exec sleep 600"), Fault::Timeout, "gave no answer");
}

#[test]
fn an_agent_that_exits_is_told_from_one_that_was_killed() {
    let error = misbehaves(&format!("{GREET} read -r act; exit 7"));
    assert_ended(&error, Fault::Exited, "exited with status 7 before it was told to");
    let error = misbehaves(&format!("{GREET} read -r act; kill -9 $$"));
    assert_ended(&error, Fault::Exited, "was ended by signal 9 before it was told to");
    assert_ended(&misbehaves("exit 0"), Fault::Exited, "exited with status 0");
}

#[test]
fn an_agent_that_floods_its_output_is_cut_off_at_a_bound() {
    let error = misbehaves(&format!("{GREET} read -r act; exec tr '\\0' x < /dev/zero"));
    assert_ended(&error, Fault::Flood, "sent a line of more than 1048576 bytes and was ended");
    // Answers are as they should be, but there are more than questions.
    let answers = r#"while :; do echo '{"type":"actions","actions":[0,0]}'; done"#;
    let folder = tempfile::tempdir().unwrap();
    let mut agent = agent(&format!("{GREET} read -r act; {answers}"), folder.path(), Play::Sampled, SLACK);
    let error = (0..1000).find_map(|_| act(&mut agent).err()).expect("it is found out");
    assert!(error.contains("said more than it was asked for: `{\"type\":\"actions\""), "{error}");
    assert_eq!(agent.failure().unwrap().fault, Fault::Flood);
    assert_gone(read(&folder.path().join("pid")).trim());
}

#[test]
fn an_agent_that_prints_garbage_or_a_nul_is_refused_with_what_it_said() {
    let error = misbehaves(&format!("{GREET} read -r act; printf 'Loading...\\n'; exec sleep 600"));
    assert_ended(&error, Fault::Protocol, "sent no JSON object (expected value at line 1 column 1): `Loading...`");
    let error = misbehaves(&format!("{GREET} read -r act; printf '\\377\\376\\n'; exec sleep 600"));
    assert_ended(&error, Fault::Protocol, "sent bytes that are not UTF-8: `\u{fffd}\u{fffd}`");
    let error = misbehaves(&format!("{GREET} read -r act; printf '{{\"type\":\\0}}\\n'; exec sleep 600"));
    assert_ended(&error, Fault::Protocol, "sent a NUL byte: `{\"type\":\\u{0}}`");
}

#[test]
fn an_agent_that_prints_half_a_line_is_ended_whether_or_not_it_goes_on() {
    let error = misbehaves(&format!("{GREET} read -r act; printf '{{\"type\"'; exec 1>&-; sleep 600"));
    assert_ended(&error, Fault::Protocol, "sent 7 bytes of a line without its end and closed its output");
    let error = hangs(&format!("{GREET} read -r act; printf '{{\"type\"'; sleep 600"));
    assert_ended(&error, Fault::Timeout, "gave no answer");
}

#[test]
fn an_agent_that_closes_a_pipe_is_ended() {
    let deaf =
        format!("read -r hello; exec 0<&-; {}; sleep 600", GREET.split_once("; ").unwrap().1.trim_end_matches("; "));
    assert_ended(&misbehaves(&deaf), Fault::Protocol, "closed its standard input before it was told to end");
    let mute = misbehaves(&format!("{GREET} exec 1>&-; sleep 600"));
    assert_ended(&mute, Fault::Protocol, "closed its standard output before it was told to end");
}

#[test]
fn what_an_agent_started_ends_with_it() {
    // One that hangs, and one that has ended before: its group is there still.
    let started = "(trap '' TERM HUP; exec sleep 600) & echo $! > grandchild;";
    assert_ended(&hangs(&format!("{GREET} {started} wait")), Fault::Timeout, "gave no answer");
    assert_ended(&misbehaves(&format!("{GREET} {started} exec 1>&- 2>&-; exit 3")), Fault::Exited, "status 3");
}

#[test]
fn an_agent_that_ignores_sigterm_is_killed() {
    let error = hangs(&format!("trap '' TERM; {GREET} while :; do sleep 1; done"));
    assert_ended(&error, Fault::Timeout, "gave no answer");
}

#[test]
fn stderr_is_drained_and_its_end_is_in_the_error() {
    let script = format!(
        "{GREET} i=0; while [ $i -lt 20000 ]; do echo \"line $i\" >&2; i=$((i+1)); done; echo 'said at first' >&2"
    );
    let error = misbehaves(&format!("{script}; read -r act; exit 1"));
    assert_ended(&error, Fault::Exited, "exited with status 1");
    assert!((4000..=4096).contains(&error.stderr.len()), "{} bytes", error.stderr.len());
    assert!(error.stderr.ends_with("line 19999\nsaid at first\n"), "{}", error.stderr);
}

#[test]
fn an_agent_that_says_more_at_its_end_is_found_out_and_one_that_lingers_is_ended() {
    let answer = r#"read -r act; echo '{"type":"actions","actions":[0,"stay"]}'; read -r bye; "#;
    let folder = tempfile::tempdir().unwrap();
    let mut late = agent(&format!("{GREET} {answer} echo {{}}; sleep 600"), folder.path(), Play::Sampled, SLACK);
    assert_eq!(act(&mut late).unwrap().actions, [0, 0, 4]);
    let error = late.finish().unwrap_err();
    assert_ended(&error, Fault::Flood, "said more than it was asked for: `{}`");
    assert_gone(read(&folder.path().join("pid")).trim());
    let mut lingers =
        agent(&format!("{GREET} {answer} echo \"$bye\" > bye; sleep 600"), folder.path(), Play::Sampled, SLACK);
    act(&mut lingers).unwrap();
    assert_eq!(lingers.finish(), Ok(()));
    assert_eq!(read(&folder.path().join("bye")), "{\"type\":\"bye\"}\n");
    assert_gone(read(&folder.path().join("pid")).trim());
}

#[test]
fn an_agent_that_is_dropped_or_interrupted_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut dropped = agent(&format!("{GREET} sleep 600"), folder.path(), Play::Sampled, SLACK);
    assert_eq!(dropped.start().unwrap().observations, Observations::Ascii);
    let group = read(&folder.path().join("pid"));
    assert!(!running(group.trim()).is_empty());
    drop(dropped);
    assert_gone(group.trim());

    let (family, spec, _) = corner();
    let program: Program = "sleep 600".parse().unwrap();
    let terms = Terms {
        program,
        family,
        spec,
        lanes: 3,
        seed: 0,
        deadline: SLACK,
        interrupted: Arc::new(|| true),
        notice: Arc::new(|_, _| ()),
    };
    let error = ExternalAgent::new(terms, Play::Sampled).start().unwrap_err();
    assert_ended(&error, Fault::Interrupted, "was interrupted");
}

#[test]
fn a_program_that_does_not_exist_is_no_agent() {
    let (family, spec, _) = corner();
    let program: Program = "/nonesuch/agent --x".parse().unwrap();
    let terms = Terms {
        program,
        family,
        spec,
        lanes: 3,
        seed: 0,
        deadline: SLACK,
        interrupted: Arc::new(|| false),
        notice: Arc::new(|_, _| ()),
    };
    let error = ExternalAgent::new(terms, Play::Sampled).start().unwrap_err();
    assert_ended(&error, Fault::NotStarted, "cannot be started: No such file");
}

#[test]
fn what_an_agent_is_told_is_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"read -r hello; echo "$hello" > hello; printf '{"type":"hello","protocol":1,"observations":"channels"}\n'
        read -r act; echo "$act" > act; echo '{"type":"actions","actions":["left",3]}'; read -r bye"#;
    let mut agent = agent(script, folder.path(), Play::Sampled, SLACK);
    let acted = act(&mut agent).unwrap();
    agent.finish().unwrap();
    assert_eq!((acted.actions, agent.shows_probabilities()), (vec![1, 0, 3], false));
    // A lane that did something has moved by the one draw that the agent was shown.
    let moved: Vec<Rng> = streams()
        .into_iter()
        .enumerate()
        .map(|(lane, mut rng)| {
            rng.skip(u64::from(lane != 1));
            rng
        })
        .collect();
    assert_eq!(acted.rngs, moved);
    let told = |name: &str| serde_json::from_str::<Value>(&read(&folder.path().join(name))).unwrap();
    let signs = json!([{"name":"wall","glyph":"#"},{"name":"agent","glyph":"@"},{"name":"cheese","glyph":"%"}]);
    let expected = json!({"type":"hello","protocol":1,"family":"corner-v0","height":9,"width":9,"channels":signs,
        "actions":["up","left","down","right","stay"],"lanes":3,"seed":0,"play":"sampled"});
    assert_eq!(told("hello"), expected);
    let rows = told("act")["rows"].clone();
    let (_, spec, pool) = corner();
    for (row, (lane, step)) in rows.as_array().unwrap().iter().zip([(0, 0), (2, 7)]) {
        assert_eq!((&row["lane"], &row["step"]), (&json!(lane), &json!(step)));
        assert_eq!(row["random"], json!(streams()[lane].uniform()));
        let seen = observation(&spec, &pool.replay(lane, &[], &[])[0], Observations::Channels);
        assert_eq!(row["obs"], json!(seen));
    }
    assert_eq!(rows.as_array().unwrap().len(), 2, "an idle lane is not asked about");
}

#[test]
fn the_harness_draws_from_probabilities_as_for_its_own_agents() {
    let folder = tempfile::tempdir().unwrap();
    let probs = "[[0.1,0.2,0.3,0.4,0],[0.25,0,0.5,0,0.25]]";
    let script =
        format!(r#"{GREET} read -r act; echo '{{"type":"actions","probs":{probs},"values":[1.5,-2]}}'; read -r bye"#);
    for (play, greedy) in [(Play::Sampled, false), (Play::Greedy, true)] {
        let mut agent = agent(&script, folder.path(), play, SLACK);
        let acted = act(&mut agent).unwrap();
        let rows: [[f32; 5]; 2] = [[0.1, 0.2, 0.3, 0.4, 0.0], [0.25, 0.0, 0.5, 0.0, 0.25]];
        let mut rngs = streams();
        let mut draw = |row: usize, lane: usize| rngs[lane].weighted(rows[row].iter().map(|p| f64::from(*p))) as u8;
        let drawn = [draw(0, 0), 0, draw(1, 2)];
        assert_eq!(acted.actions, if greedy { [3, 0, 2] } else { drawn });
        assert_eq!(acted.rngs, rngs);
        assert_eq!((&acted.probs[..5], &acted.probs[10..]), (&rows[0][..], &rows[1][..]));
        assert_eq!((acted.values[0], acted.values[2]), (1.5, -2.0));
        assert!(agent.shows_probabilities());
        agent.finish().unwrap();
    }
    let alone = format!(r#"{GREET} read -r act; echo '{{"type":"actions","actions":[0,0]}}'; read -r bye"#);
    let error = act(&mut agent(&alone, folder.path(), Play::Greedy, SLACK)).map(|acted| acted.actions).unwrap_err();
    assert!(error.contains("sent no probabilities in greedy play"), "{error}");
}

const NAMES: [&str; 3] = ["up", "left", "stay"];

fn refused(line: &str, said: &str) {
    let error = answer(line.as_bytes(), 2, &NAMES).unwrap_err();
    assert!(error.contains(said), "{line}: {error}");
    assert!(!error.contains(['\n', '\u{1b}', '\0']) && error.len() < 400, "{error:?}");
}

#[test]
fn every_answer_that_is_none_is_refused_with_what_is_wrong() {
    let ok = answer(br#"{"type":"actions","actions":["stay",0]}"#, 2, &NAMES).unwrap();
    assert_eq!(ok, Answer { actions: Some(vec![2, 0]), ..Answer::default() });
    for (fields, said) in [
        (r#""actions":[0]"#, "sent 1 `actions`, expected 2, one a row"),
        (r#""actions":[0,0,0]"#, "sent 3 `actions`, expected 2"),
        (r#""actions":[0,3]"#, "chose action 3 in row 1, expected 0 to 2"),
        (r#""actions":[0,-1]"#, "expected an action's number or name"),
        (r#""actions":[0,1.0]"#, "expected an action's number or name"),
        (r#""actions":[0,null]"#, "expected an action's number or name"),
        (r#""actions":[0,18446744073709551616]"#, "expected an action's number or name"),
        (r#""actions":["lefft",0]"#, "chose `lefft` in row 0, but there are up, left, stay; did you mean `left`?"),
        (r#""actions":["\u001b[31m\u202e",0]"#, r"chose `\u{1b}[31m\u{202e}` in row 0"),
        (r#""probs":[[1,0,0]]"#, "sent 1 `probs`, expected 2"),
        (r#""probs":[[1,0,0],[1,0]]"#, "sent `probs` whose row 1 has 2 numbers, expected 3, one an action"),
        (
            r#""probs":[[1,0,0],[0.5,0.4,0]]"#,
            "sent `probs` whose row 1 is no distribution: it adds up to 0.9000, expected 1",
        ),
        (r#""probs":[[2,-1,0],[1,0,0]]"#, "sent `probs` whose row 0 is no distribution: action 1 has -1"),
        (r#""probs":[[1e39,0,0],[1,0,0]]"#, "number out of range"),
        (r#""probs":[[NaN,0,0],[1,0,0]]"#, "sent no JSON object"),
        (r#""probs":[[null,0,0],[1,0,0]]"#, "sent no `actions` message of this protocol"),
        (
            r#""log_probs":[[0,0,0],[0,-99,-99]]"#,
            "sent `log_probs` whose row 0 is no distribution: it adds up to 3.0000",
        ),
        (r#""probs":[],"log_probs":[]"#, "sent `probs` and `log_probs`, expected one of them"),
        (r#""values":[0,0]"#, "sent neither `actions` nor `probs` nor `log_probs`"),
        (r#""actions":[0,0],"values":[0]"#, "sent 1 `values`, expected 2"),
        (r#""actions":[0,0],"values":[0,1e39]"#, "number out of range"),
        (r#""actions":[0,0],"prob":[]"#, "unknown field `prob`"),
        (r#""actions":[0,0],"actions":[0,0]"#, "duplicate field `actions`"),
    ] {
        refused(&format!("{{\"type\":\"actions\",{fields}}}"), said);
    }
    for (line, said) in [
        ("", "an empty line"),
        ("[0,0]", "sent no JSON object"),
        ("{}", "sent a message without a `type`, expected `actions`: `{}`"),
        (r#"{"type":"act","rows":[]}"#, "sent a message of type `act`, expected `actions`"),
        (
            r#"{"type":"hello","protocol":1,"observations":"bits"}"#,
            "sent a message of type `hello`, expected `actions`",
        ),
        (r#"{"type":"actions","actions":[0,0]} {}"#, "trailing characters"),
        (r#"{"type":"actions","actions":[0,0"#, "sent no JSON object (EOF while parsing"),
    ] {
        refused(line, said);
    }
    refused(&"[".repeat(100_000), "sent no JSON object");
}

#[test]
fn logarithms_are_probabilities_to_within_their_precision() {
    let laws = [[0.7_f32, 0.2, 0.1], [1.0, 0.0, 0.0]];
    let logs = laws.map(|row| row.map(|p| if p == 0.0 { -1e9 } else { f64::from(p).ln() }));
    let line = json!({"type": "actions", "log_probs": logs}).to_string();
    let probs = answer(line.as_bytes(), 2, &NAMES).unwrap().probs.unwrap();
    assert!(probs.iter().zip(laws.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6), "{probs:?}");
}

#[test]
fn every_single_precision_number_arrives_as_it_was_sent() {
    let mut rng = Rng::keyed(0, "test", 0);
    for _ in 0..2000 {
        let values = [0, 1].map(|_| f32::from_bits(rng.next_u32())).map(|x| if x.is_finite() { x } else { 0.1 });
        let line = format!(r#"{{"type":"actions","actions":[0,0],"values":{}}}"#, json!(values.map(|v| v)));
        // Written as a single number too, which is shorter than what `json!` makes of it.
        let short =
            format!(r#"{{"type":"actions","actions":[0,0],"values":{}}}"#, serde_json::to_string(&values).unwrap());
        for line in [line, short] {
            let read = answer(line.as_bytes(), 2, &NAMES).unwrap().values.unwrap();
            assert_eq!(read.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), values.map(f32::to_bits), "{line}");
        }
    }
}

#[test]
fn every_greeting_that_is_none_is_refused_with_what_is_wrong() {
    let ok = r#"{"type":"hello","protocol":1,"observations":"bits","name":"x","training":{"law":"aligned","mix":0.5}}"#;
    assert_eq!(hello(ok.as_bytes()).unwrap().training.unwrap().mix, 0.5);
    for (line, said) in [
        (
            r#"{"type":"hello","protocol":2,"views":[]}"#.to_owned(),
            "speaks version 2 of the protocol, expected version 1",
        ),
        (r#"{"type":"hello","observations":"bits"}"#.to_owned(), "speaks no version of the protocol"),
        (r#"{"type":"hello","protocol":1}"#.to_owned(), "missing field `observations`"),
        (ok.replace("bits", "pixels"), "unknown variant `pixels`, expected one of `ascii`, `channels`, `bits`"),
        (ok.replace("0.5", "1.5"), "declares a mix of 1.5, expected a share from 0 to 1"),
        (ok.replace("\"x\"", "\"\""), "gave a `name` of 0 characters, expected 1 to 64"),
        (ok.replace("\"x\"", &format!("\"{}\"", "x".repeat(65))), "gave a `name` of 65 characters"),
        (ok.replace("\"x\"", "\"\\u202e\""), r"gave `\u{202e}` for its `name`"),
    ] {
        let error = hello(line.as_bytes()).unwrap_err();
        assert!(error.contains(said), "{line}: {error}");
    }
    let error = misbehaves(&format!("read -r hello; echo '{}'; sleep 600", ok.replace("aligned", "alined")));
    assert_ended(&error, Fault::Protocol, "declares law `alined`, but `corner` has aligned; did you mean `aligned`?");
}

#[test]
fn observations_say_the_same_in_every_form() {
    for family in REGISTRY.iter() {
        let mut pool = family.pool(&Value::Null).unwrap();
        let name = family.spec().name;
        let law = misgen_core::Law::named(&family.spec(), family.spec().laws[0].name).unwrap();
        pool.generate(0, Split::Check, 0, &law.draw(&mut Rng::keyed(0, "law", 0))).unwrap();
        let spec = pool.obs_spec();
        let obs = pool.replay(0, &[0, 1], &[]).pop().unwrap();
        let form = |form| json!(observation(&spec, &obs, form));
        assert_eq!(unpacked(&spec, form(Observations::Bits).as_str().unwrap()).unwrap(), obs, "{name}");
        let lines = form(Observations::Ascii);
        let lines: Vec<&str> = lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        assert_eq!(lines.len(), spec.height, "{name}");
        assert!(lines.iter().all(|line| line.is_ascii() && line.len() == 2 * spec.width), "{name}: {lines:?}");
        let channels = form(Observations::Channels);
        assert_eq!(channels.as_object().unwrap().len(), spec.channels.len(), "{name}");
        for (k, channel) in spec.channels.iter().enumerate() {
            let places: Vec<[usize; 2]> = serde_json::from_value(channels[channel.name].clone()).unwrap();
            let there = |[row, column]: [usize; 2]| spec.cell(&obs, row * spec.width + column) >> k & 1 == 1;
            assert!(places.iter().all(|place| there(*place)), "{name}: {}", channel.name);
            let count = (0..spec.height * spec.width).filter(|cell| spec.cell(&obs, *cell) >> k & 1 == 1).count();
            assert_eq!(places.len(), count, "{name}: {}", channel.name);
            if channel.name == "agent" {
                let [[row, column]] = places[..] else { panic!("{name}: one agent") };
                assert_eq!(lines[row].as_bytes()[2 * column], channel.glyph as u8, "{name}");
            }
        }
        assert!(unpacked(&spec, "AAAA").is_err() && unpacked(&spec, "=").is_err());
    }
}

#[test]
fn command_lines_are_split_as_a_shell_splits_them() {
    let words = |text: &str| text.parse::<Program>().map(|program| program.words().to_vec());
    assert_eq!(
        words(r#" python3 'my agent.py' --x="a b" \$HOME "#).unwrap(),
        ["python3", "my agent.py", "--x=a b", "$HOME"]
    );
    for text in ["", "  ", "''", "a 'b", "a \\", "a\0b"] {
        assert!(words(text).is_err(), "{text:?}");
    }
}
