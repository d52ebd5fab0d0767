//! Every kind of net: all parameters learn, and what plays is what was trained.

use candle_core::{Device, Tensor};
use misgen_agents::{
    Coefficients, ConvSpec, Dense, Features, Frozen, Input, Net, NetSpec, PpoLoss, Rows, Scored, Sequence, Sparse,
};
use misgen_core::Rng;
use std::sync::Arc;

const ROWS: usize = 6;
const ACTIONS: usize = 3;
const PICTURE: [usize; 3] = [5, 4, 2];

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Six rows, of which each kind of net reads three steps of two lanes.
fn rows() -> Sparse {
    let mut rng = Rng::keyed(0, "test", 0);
    let mut rows = Sparse::default();
    for _ in 0..ROWS {
        let row: Vec<u32> = (0..PICTURE.iter().product::<usize>() as u32).filter(|_| rng.chance(0.3)).collect();
        rows.push(&row);
    }
    rows
}

struct Case {
    what: &'static str,
    spec: NetSpec,
    input: Input,
    features: Features,
    sequence: Option<Arc<Sequence>>,
}

fn cases() -> Vec<Case> {
    let features: usize = PICTURE.iter().product();
    let mlp = NetSpec::mlp(features, vec![20, 17], ACTIONS);
    let conv = NetSpec { conv: ConvSpec::chain(PICTURE, &[16, 8, 8]), ..NetSpec::mlp(features, vec![17], ACTIONS) };
    let gru = NetSpec { gru: Some(7), ..mlp.clone() };
    let two = NetSpec { outputs: 2 * ACTIONS, value: false, ..mlp.clone() };
    let sparse = || (Input::Sparse(Arc::new(rows())), Features::Sparse(rows()));
    let dense = || {
        let values = rows().dense(features);
        let mut all = Dense::new(features);
        values.chunks_exact(features).for_each(|row| all.push(row));
        (Input::Dense(Tensor::from_vec(values, (ROWS, features), &Device::Cpu).unwrap()), Features::Dense(all))
    };
    let (dense_input, _) = dense();
    let memory: Vec<f32> = (0..14).map(|i| 0.1 * i as f32 - 0.6).collect();
    let sequence = Sequence { memory, fresh: vec![false, false, true, false, false, false] };
    let case = |what, spec: &NetSpec, (input, features), sequence: Option<Sequence>| Case {
        what,
        spec: spec.clone(),
        input,
        features,
        sequence: sequence.map(Arc::new),
    };
    vec![
        case("set features", &mlp, sparse(), None),
        case("dense", &mlp, dense(), None),
        case("convolutions", &conv, dense(), None),
        case("convolutions of planes", &conv, (dense_input, Features::Sparse(rows())), None),
        case("recurrent", &gru, sparse(), Some(sequence)),
        case("two policies without a value", &two, sparse(), None),
    ]
}

/// PPO's loss of some rows.
fn ppo() -> PpoLoss {
    let rows = Rows {
        actions: vec![0, 1, 2, 1, 0, 2],
        log_probs: vec![-1.0, -0.3, -2.5, -1.2, -1.1, -0.9],
        advantages: vec![1.0, -0.7, 2.0, -1.5, 0.4, -0.2],
        returns: vec![0.3, -1.0, 0.5, 2.0, 0.0, 1.0],
    };
    PpoLoss::new(Arc::new(rows), Coefficients { clip: 0.2, value: 0.5, entropy: 0.01 })
}

/// Half the squares of the outputs and their gradient, as a learner without a value scores its logits.
fn squares(outputs: &[f32]) -> (f64, Vec<f32>, ()) {
    (outputs.iter().map(|z| f64::from(z * z) / 2.0).sum(), outputs.to_vec(), ())
}

/// What updates do off the CPU is the same up to rounding: outputs, terms of the loss, every parameter's gradient.
#[test]
fn stock_operations_agree_with_ours_in_every_output_and_gradient() {
    let close = |what: &str, ours: &[f32], stock: &[f32]| {
        let scale = ours.iter().fold(1e-3, |most: f32, x| most.max(x.abs()));
        assert_eq!(ours.len(), stock.len(), "{what}");
        for (ours, stock) in ours.iter().zip(stock) {
            assert!((ours - stock).abs() < 1e-5 * scale, "{what}: {ours} and {stock} of {scale}");
        }
    };
    for Case { what, spec, input, sequence, .. } in cases() {
        let net = Net::new(spec.clone(), spec.initial(0));
        let (logits, values) = net.forward(&input, sequence.as_ref()).unwrap();
        let (stock_logits, stock_values) = net.forward_stock(&input, sequence.as_ref()).unwrap();
        close(what, &numbers(&logits), &numbers(&stock_logits));
        let (ours, stock) = match (values, stock_values) {
            (Some(values), Some(stock_values)) => {
                close(what, &numbers(&values), &numbers(&stock_values));
                let (ours, terms) = ppo().apply(&logits, &values).unwrap();
                let (stock, stock_terms) = ppo().surrogate(&stock_logits, &stock_values).unwrap();
                assert!((terms.loss - stock_terms.loss).abs() < 1e-5, "{what}: {terms:?} and {stock_terms:?}");
                (ours, stock)
            }
            (None, None) => {
                (Scored::by(&logits, squares).unwrap().0, Scored::surrogate_by(&stock_logits, squares).unwrap().0)
            }
            _ => panic!("{what}: a value of one way only"),
        };
        let (ours, stock) = (ours.backward().unwrap(), stock.backward().unwrap());
        for param in net.params() {
            let [ours, stock] = [&ours, &stock].map(|grads| grads.get(&param.var).expect("a gradient"));
            close(&format!("{what}: {}", param.name), &numbers(ours), &numbers(stock));
        }
    }
}

#[test]
fn every_parameter_gets_a_gradient() {
    for Case { what, spec, input, sequence, .. } in cases() {
        let net = Net::new(spec.clone(), spec.initial(0));
        let (logits, values) = net.forward(&input, sequence.as_ref()).unwrap();
        let loss = match values {
            Some(values) => ppo().apply(&logits, &values).unwrap().0,
            None => logits.sqr().unwrap().sum_all().unwrap(),
        };
        let grads = loss.backward().unwrap();
        for param in net.params() {
            let grad = grads.get(&param.var).unwrap_or_else(|| panic!("{what}: {} has no gradient", param.name));
            assert_eq!(grad.dims(), param.var.dims());
            assert!(numbers(grad).iter().any(|g| *g != 0.0), "{what}: {} has a gradient of zero", param.name);
        }
    }
}

#[test]
fn a_frozen_net_plays_like_the_one_in_training() {
    for Case { what, spec, input, features, sequence } in cases() {
        let net = Net::new(spec.clone(), spec.initial(3));
        let (logits, values) = net.forward(&input, sequence.as_ref()).unwrap();
        let mut frozen = Frozen::new(&spec, net.values());
        let (mut z, mut v) = (Vec::new(), Vec::new());
        match &sequence {
            None => frozen.forward(&features, &[], &mut z, &mut v),
            // Step by step, with what it remembers handed on.
            Some(sequence) => {
                let (mut memory, mut all) = (sequence.memory.clone(), (Vec::new(), Vec::new()));
                let Features::Sparse(rows) = &features else { panic!("set features") };
                for t in 0..3 {
                    let mut step = Sparse::default();
                    for lane in 0..2 {
                        step.push(rows.row(2 * t + lane));
                        if sequence.fresh[2 * t + lane] {
                            memory[7 * lane..][..7].fill(0.0);
                        }
                    }
                    frozen.forward(&Features::Sparse(step), &memory, &mut z, &mut v);
                    memory.copy_from_slice(frozen.hidden());
                    all.0.extend_from_slice(&z);
                    all.1.extend_from_slice(&v);
                }
                (z, v) = all;
            }
        }
        assert_eq!((z.len(), v.len()), (ROWS * spec.outputs, ROWS), "{what}");
        let pairs = numbers(&logits).into_iter().zip(z);
        match values {
            Some(values) => pairs.chain(numbers(&values).into_iter().zip(v)).for_each(|(a, b)| {
                assert!((a - b).abs() < 2e-6, "{what}: {a} and {b}");
            }),
            None => {
                assert!(v.iter().all(|v| v.is_nan()), "{what}: nobody says a value");
                pairs.for_each(|(a, b)| assert!((a - b).abs() < 2e-6, "{what}: {a} and {b}"));
            }
        }
    }
}

/// What a row gives depends on no row beside it, to the last bit: whoever evaluates with other lanes gets the same episodes.
#[test]
fn a_row_does_not_depend_on_the_rows_beside_it() {
    for Case { what, spec, features, .. } in cases() {
        let mut frozen = Frozen::new(&spec, spec.initial(5));
        let memory = vec![0.25; ROWS * frozen.memory()];
        let (mut all, mut v) = (Vec::new(), Vec::new());
        frozen.forward(&features, &memory, &mut all, &mut v);
        for i in 0..ROWS {
            let alone = match &features {
                Features::Sparse(rows) => {
                    let mut one = Sparse::default();
                    one.push(rows.row(i));
                    Features::Sparse(one)
                }
                Features::Dense(rows) => {
                    let mut one = Dense::new(spec.features);
                    one.push(&rows.values()[i * spec.features..][..spec.features]);
                    Features::Dense(one)
                }
            };
            let (mut z, mut v) = (Vec::new(), Vec::new());
            frozen.forward(&alone, &memory[..frozen.memory()], &mut z, &mut v);
            assert_eq!(z, all[i * spec.outputs..][..spec.outputs], "{what}: row {i}");
        }
    }
}

#[test]
fn initial_weights_follow_from_the_seed_alone() {
    let spec = NetSpec::mlp(4, vec![20, 17], 3);
    assert_eq!(spec.initial(1), spec.initial(1));
    assert_ne!(spec.initial(1), spec.initial(2));
    let names: Vec<String> = spec.params().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[..3], ["trunk.0.weight", "trunk.0.bias", "trunk.1.weight"]);
    assert_eq!(names[4..], ["policy.weight", "policy.bias", "value.weight", "value.bias"]);
}
