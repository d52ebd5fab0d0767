//! Every operation with a backward pass of our own: against finite differences and against stock candle.

use candle_core::{DType, Device, Tensor, Var};
use misgen_agents::{
    Activation, Adam, Coefficients, Conv, ConvSpec, GruSequence, IndexSum, Linear, Param, PpoLoss, Rows, Scored,
    Sequence, Sparse,
};
use misgen_core::Rng;
use std::sync::Arc;

fn draw(rng: &mut Rng, shape: &[usize]) -> Var {
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.uniform() as f32 * 2.0 - 1.0).collect();
    Var::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Holds the gradient of the scalar `f` by each of `vars` against central differences.
fn check(what: &str, vars: &[Var], f: impl Fn() -> Tensor) {
    const H: f32 = 1e-2;
    let grads = f().backward().unwrap();
    for (k, var) in vars.iter().enumerate() {
        let grad = numbers(grads.get(var).unwrap_or_else(|| panic!("{what}: variable {k} has no gradient")));
        let values = numbers(var);
        assert!(grad.iter().any(|g| g.abs() > 1e-4), "{what}: variable {k} has a gradient of zero");
        for i in 0..values.len() {
            let at = |h: f32| {
                let mut moved = values.clone();
                moved[i] += h;
                var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                f64::from(f().to_scalar::<f32>().unwrap())
            };
            let slope = (at(H) - at(-H)) / f64::from(2.0 * H);
            at(0.0);
            assert!(
                (slope - f64::from(grad[i])).abs() < 2e-3 + 1e-2 * slope.abs(),
                "{what}: variable {k}[{i}]: {} for {slope}",
                grad[i]
            );
        }
    }
}

/// [`check`] of something with corners: a few differences straddle one, all others must agree.
fn check_kinked(what: &str, vars: &[Var], f: impl Fn() -> Tensor) {
    const H: f32 = 2e-3;
    let grads = f().backward().unwrap();
    let (mut wrong, mut all) = (0, 0);
    for (k, var) in vars.iter().enumerate() {
        let grad = numbers(grads.get(var).unwrap_or_else(|| panic!("{what}: variable {k} has no gradient")));
        let values = numbers(var);
        assert!(grad.iter().any(|g| g.abs() > 1e-4), "{what}: variable {k} has a gradient of zero");
        for i in 0..values.len() {
            let at = |h: f32| {
                let mut moved = values.clone();
                moved[i] += h;
                var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                f64::from(f().to_scalar::<f32>().unwrap())
            };
            let slope = (at(H) - at(-H)) / f64::from(2.0 * H);
            at(0.0);
            wrong += usize::from((slope - f64::from(grad[i])).abs() > 5e-3 + 1e-2 * slope.abs());
            all += 1;
        }
    }
    assert!(wrong * 50 <= all, "{what}: {wrong} of {all} derivatives are wrong");
}

/// A scalar that weighs every element differently.
fn weigh(x: &Tensor, rng: &mut Rng) -> impl Fn(&Tensor) -> Tensor + use<> {
    let weights = draw(rng, x.dims()).as_detached_tensor();
    move |x| (x * &weights).unwrap().sum_all().unwrap()
}

fn rows() -> Arc<Sparse> {
    let mut rows = Sparse::default();
    for row in [&[0, 3][..], &[], &[1, 2, 3], &[3]] {
        rows.push(row);
    }
    Arc::new(rows)
}

#[test]
fn index_sum_has_the_right_gradients() {
    for activation in [Activation::None, Activation::Tanh] {
        let rng = &mut Rng::keyed(0, "test", 0);
        let (w, b) = (draw(rng, &[4, 3]), draw(rng, &[3]));
        let y = || w.apply_op2(&b, IndexSum { rows: rows(), activation }).unwrap();
        let weigh = weigh(&y(), rng);
        check("index-sum", &[w.clone(), b.clone()], || weigh(&y()));
    }
}

#[test]
fn linear_has_the_right_gradients() {
    for activation in [Activation::None, Activation::Tanh] {
        let rng = &mut Rng::keyed(1, "test", 0);
        let (x, w, b) = (draw(rng, &[5, 4]), draw(rng, &[4, 3]), draw(rng, &[3]));
        let y = || x.apply_op3(&w, &b, Linear { activation, input_grad: true }).unwrap();
        let weigh = weigh(&y(), rng);
        check("linear", &[x.clone(), w.clone(), b.clone()], || weigh(&y()));
    }
}

/// Every kind of layer in a chain: at full size, halved over an odd number of rows and an even one of columns, and residual.
#[test]
fn convolutions_have_the_right_gradients() {
    for (i, spec) in ConvSpec::chain([5, 4, 2], &[3, 4, 4]).into_iter().enumerate() {
        let rng = &mut Rng::keyed(5, "test", i as u64);
        let (inputs, n) = (spec.sizes()[0], spec.channels);
        let (x, w, b) = (draw(rng, &[2, inputs]), draw(rng, &[9 * spec.input[2], n]), draw(rng, &[n]));
        // Far from the rectifier's corner, where a difference says nothing of the slope.
        let y = || x.apply_op3(&w, &b, Conv { spec, input_grad: true }).unwrap();
        let away = numbers(&y()).iter().filter(|y| **y > 0.1).count();
        assert!(away > 2, "layer {i} is mostly off");
        let weigh = weigh(&y(), rng);
        check_kinked("conv", &[x.clone(), w.clone(), b.clone()], || weigh(&y()));
    }
}

/// Sums over shifted copies of the picture, in double precision.
#[test]
fn convolutions_agree_with_their_definition() {
    for spec in ConvSpec::chain([5, 4, 3], &[16, 32]) {
        let rng = &mut Rng::keyed(6, "test", spec.channels as u64);
        let [height, width, channels] = spec.input;
        let (x, w, b) =
            (draw(rng, &[3, spec.sizes()[0]]), draw(rng, &[9 * channels, spec.channels]), draw(rng, &[spec.channels]));
        let found = numbers(&x.apply_op3(&w, &b, Conv { spec, input_grad: false }).unwrap());
        let (xs, ws, bs) = (numbers(&x), numbers(&w), numbers(&b));
        let [rows, columns, _] = spec.output();
        let mut at = 0;
        for row in xs.chunks_exact(height * width * channels) {
            for (r, c, k) in (0..rows)
                .flat_map(|r| (0..columns).map(move |c| (r, c)))
                .flat_map(|(r, c)| (0..spec.channels).map(move |k| (r, c, k)))
            {
                let mut sum = f64::from(bs[k]);
                for (dr, dc) in (0..9).map(|tap| (tap / 3, tap % 3)) {
                    let (y, x) = (r * spec.stride + dr, c * spec.stride + dc);
                    if (1..=height).contains(&y) && (1..=width).contains(&x) {
                        for ch in 0..channels {
                            let pixel = row[((y - 1) * width + x - 1) * channels + ch];
                            let weight = ws[((dr * 3 + dc) * channels + ch) * spec.channels + k];
                            sum += f64::from(pixel) * f64::from(weight);
                        }
                    }
                }
                assert!((f64::from(found[at]) - sum.max(0.0)).abs() < 1e-5, "{} for {sum}", found[at]);
                at += 1;
            }
        }
        assert_eq!(at, found.len());
    }
}

fn sequence(memory: &[f32], fresh: &[bool]) -> Arc<Sequence> {
    Arc::new(Sequence { memory: memory.to_vec(), fresh: fresh.to_vec() })
}

/// Three steps of two lanes, an episode beginning in the middle of one.
#[test]
fn a_recurrent_unit_has_the_right_gradients() {
    let rng = &mut Rng::keyed(7, "test", 0);
    let (x, w, b) = (draw(rng, &[6, 9]), draw(rng, &[3, 9]), draw(rng, &[9]));
    let fresh = [false, true, false, false, true, false];
    let sequence = sequence(&[0.3, -0.2, 0.9, 0.1, 0.5, -0.7], &fresh);
    let y = || x.apply_op3(&w, &b, GruSequence { sequence: Arc::clone(&sequence) }).unwrap();
    let weigh = weigh(&y(), rng);
    check("gru", &[x.clone(), w.clone(), b.clone()], || weigh(&y()));
}

/// The same unit in stock operations, step by step: candle-nn's, whose gates stand in the same order.
#[test]
fn a_recurrent_unit_agrees_with_stock_candle() {
    let rng = &mut Rng::keyed(8, "test", 0);
    let (input, units, lanes) = (4, 3, 2);
    let (wx, bx) = (draw(rng, &[input, 3 * units]), draw(rng, &[3 * units]));
    let (wh, bh) = (draw(rng, &[units, 3 * units]), draw(rng, &[3 * units]));
    let tensors = [
        ("weight_ih_l0", wx.t().unwrap()),
        ("weight_hh_l0", wh.t().unwrap()),
        ("bias_ih_l0", bx.as_tensor().clone()),
        ("bias_hh_l0", bh.as_tensor().clone()),
    ];
    let tensors = tensors.into_iter().map(|(name, t)| (name.to_owned(), t.contiguous().unwrap())).collect();
    let builder = candle_nn::VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let stock = candle_nn::rnn::gru(input, units, candle_nn::rnn::GRUConfig::default(), builder).unwrap();
    let x = draw(rng, &[4 * lanes, input]);
    let gates = x.matmul(&wx).unwrap().broadcast_add(&bx).unwrap();
    let fresh = vec![false; 4 * lanes];
    let ours = gates.apply_op3(&wh, &bh, GruSequence { sequence: sequence(&[0.0; 6], &fresh) }).unwrap();
    let mut state = candle_nn::rnn::RNN::zero_state(&stock, lanes).unwrap();
    for t in 0..4 {
        state = candle_nn::rnn::RNN::step(&stock, &x.narrow(0, t * lanes, lanes).unwrap(), &state).unwrap();
        let difference = (state.h() - ours.narrow(0, t * lanes, lanes).unwrap()).unwrap();
        assert!(numbers(&difference).iter().all(|d| d.abs() < 1e-5), "step {t}: {difference}");
    }
}

#[test]
fn a_loss_of_plain_numbers_has_the_gradient_that_it_says() {
    let x = draw(&mut Rng::keyed(9, "test", 0), &[2, 3]);
    check("scored", std::slice::from_ref(&x), || {
        let square = |x: &[f32]| (x.iter().map(|x| f64::from(x * x)).sum(), x.iter().map(|x| 2.0 * x).collect(), ());
        (Scored::by(&x, square).unwrap().0 * 3.0).unwrap()
    });
}

#[test]
fn a_first_layer_computes_no_gradient_of_its_input() {
    let rng = &mut Rng::keyed(2, "test", 0);
    let (x, w, b) = (draw(rng, &[5, 4]), draw(rng, &[4, 3]), draw(rng, &[3]));
    let y = x.apply_op3(&w, &b, Linear { activation: Activation::Tanh, input_grad: false }).unwrap();
    let grads = y.sum_all().unwrap().backward().unwrap();
    assert!(grads.get(&x).is_none() && grads.get(&w).is_some() && grads.get(&b).is_some());
}

#[test]
fn both_first_layers_and_a_stock_one_agree() {
    let rng = &mut Rng::keyed(3, "test", 0);
    let (w, b) = (draw(rng, &[4, 70]), draw(rng, &[70]));
    let x = Tensor::from_vec(rows().dense(4), (4, 4), &Device::Cpu).unwrap();
    let sparse = w.apply_op2(&b, IndexSum { rows: rows(), activation: Activation::Tanh }).unwrap();
    let dense = x.apply_op3(&w, &b, Linear { activation: Activation::Tanh, input_grad: false }).unwrap();
    let stock = candle_nn::Linear::new(w.t().unwrap(), Some(b.as_tensor().clone()));
    let stock = candle_nn::Module::forward(&stock, &x).unwrap().tanh().unwrap();
    let grads: Vec<_> =
        [&sparse, &dense, &stock].map(|y| y.sqr().unwrap().sum_all().unwrap().backward().unwrap()).into();
    for (ours, what) in [(&sparse, "index-sum"), (&dense, "linear")] {
        let worst = numbers(&(ours - &stock).unwrap().abs().unwrap().max_all().unwrap())[0];
        assert!(worst < 2e-6, "{what} differs by {worst}");
    }
    for var in [&w, &b] {
        for ours in &grads[..2] {
            let difference = (ours.get(var).unwrap() - grads[2].get(var).unwrap()).unwrap();
            assert!(numbers(&difference).iter().all(|d| d.abs() < 1e-5));
        }
    }
}

fn loss_rows() -> Rows {
    // Ratios inside and outside of the clipping range, with advantages of both signs.
    Rows {
        actions: vec![0, 1, 2, 1],
        log_probs: vec![-1.0, -0.3, -2.5, -1.2],
        advantages: vec![1.0, -0.7, 2.0, -1.5],
        returns: vec![0.3, -1.0, 0.5, 2.0],
    }
}

const K: Coefficients = Coefficients { clip: 0.2, value: 0.5, entropy: 0.01 };

fn loss_inputs() -> (Var, Var) {
    let logits = [0.2_f32, -0.4, 0.1, 1.0, 0.3, -0.2, 0.0, 0.5, 0.9, -1.0, 0.7, 0.4];
    let values = [0.1_f32, -0.5, 0.9, 1.0];
    (Var::from_slice(&logits, (4, 3), &Device::Cpu).unwrap(), Var::from_slice(&values, (4, 1), &Device::Cpu).unwrap())
}

#[test]
fn the_loss_has_the_right_gradients() {
    let (logits, values) = loss_inputs();
    check("ppo-loss", &[logits.clone(), values.clone()], || {
        PpoLoss::new(Arc::new(loss_rows()), K).apply(&logits, &values).unwrap().0
    });
}

/// The same loss written in stock operations.
#[test]
fn the_loss_agrees_with_stock_candle() {
    let (logits, values) = loss_inputs();
    let rows = loss_rows();
    let vector = |x: &[f32]| Tensor::from_slice(x, x.len(), &Device::Cpu).unwrap();
    let build = || -> candle_core::Result<Tensor> {
        let log_probs = candle_nn::ops::log_softmax(&logits, 1)?;
        let actions = Tensor::from_vec(rows.actions.iter().map(|&a| u32::from(a)).collect(), (4, 1), &Device::Cpu)?;
        let ratio = (log_probs.gather(&actions, 1)?.squeeze(1)? - vector(&rows.log_probs))?.exp()?;
        let advantages = vector(&rows.advantages);
        let surrogate = (&ratio * &advantages)?.minimum(&(ratio.clamp(0.8, 1.2)? * &advantages)?)?.mean_all()?;
        let error = (values.squeeze(1)? - vector(&rows.returns))?.sqr()?.mean_all()?;
        let entropy = (log_probs.exp()? * &log_probs)?.sum(1)?.neg()?.mean_all()?;
        (error * 0.5)? - surrogate - (entropy * 0.01)?
    };
    let stock = build().unwrap();
    let (loss, terms) = PpoLoss::new(Arc::new(rows.clone()), K).apply(&logits, &values).unwrap();
    let (a, b) = (loss.to_scalar::<f32>().unwrap(), stock.to_scalar::<f32>().unwrap());
    assert!((a - b).abs() < 1e-6, "{a} for {b}");
    assert!((terms.loss - f64::from(b)).abs() < 1e-6 && terms.clipped > 0.0 && terms.clipped < 1.0);
    let (ours, stock) = (loss.backward().unwrap(), stock.backward().unwrap());
    for var in [&logits, &values] {
        let difference = (ours.get(var).unwrap() - stock.get(var).unwrap()).unwrap();
        assert!(numbers(&difference).iter().all(|d| d.abs() < 1e-6), "{difference}");
    }
}

/// Two actions with logits 0: probabilities .5, entropy ln 2.
#[test]
fn the_loss_agrees_with_a_worked_example() {
    let logits = Var::zeros((2, 2), DType::F32, &Device::Cpu).unwrap();
    let values = Var::from_slice(&[1.0_f32, 2.0], (2, 1), &Device::Cpu).unwrap();
    // Ratios .5 / .5 = 1 and .5 / .25 = 2, the second cut to 1.2 at a positive advantage.
    let rows = Rows {
        actions: vec![0, 1],
        log_probs: vec![0.5_f32.ln(), 0.25_f32.ln()],
        advantages: vec![-1.0, 3.0],
        returns: vec![0.0, 5.0],
    };
    let (loss, terms) = PpoLoss::new(Arc::new(rows), K).apply(&logits, &values).unwrap();
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} for {b}");
    near(terms.policy, -(-1.0 + 1.2 * 3.0) / 2.0);
    near(terms.value, (1.0 + 9.0) / 2.0);
    near(terms.entropy, std::f64::consts::LN_2);
    near(terms.loss, -1.3 + 0.5 * 5.0 - 0.01 * std::f64::consts::LN_2);
    near(terms.kl, (1.0 - std::f64::consts::LN_2) / 2.0);
    near(terms.clipped, 0.5);
    let grads = loss.backward().unwrap();
    // Row 0: −A ratio (1 − .5) / 2 = .25 on its action; row 1 is cut, and entropy is flat at its maximum.
    let by_logits = numbers(grads.get(&logits).unwrap());
    for (g, expected) in by_logits.into_iter().zip([0.25, -0.25, 0.0, 0.0]) {
        near(g.into(), expected);
    }
    for (g, expected) in numbers(grads.get(&values).unwrap()).into_iter().zip([0.5, -1.5]) {
        near(g.into(), expected);
    }
}

#[test]
#[should_panic(expected = "parameter `unused` has no gradient")]
fn a_parameter_without_a_gradient_stops_the_optimiser() {
    let rng = &mut Rng::keyed(4, "test", 0);
    let (used, unused) = (draw(rng, &[2]), draw(rng, &[2]));
    let params = [Param { name: "used".into(), var: used.clone() }, Param { name: "unused".into(), var: unused }];
    let grads = used.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let _ = Adam::new(&params, 1e-3, 1e-5, 1.0, 0.0).update(&params, &grads);
}

/// The loss plus half the squared weights is what is descended; biases, which have one dimension, are left alone.
#[test]
fn l2_adds_the_weights_to_their_gradients() {
    let rng = &mut Rng::keyed(10, "test", 0);
    let (w, b) = (draw(rng, &[3, 2]), draw(rng, &[2]));
    let target = draw(rng, &[3, 2]).as_detached_tensor();
    let error = |w: &Tensor, b: &Tensor| {
        ((w - &target).unwrap().sqr().unwrap().sum_all().unwrap() + b.sqr().unwrap().sum_all().unwrap()).unwrap()
    };
    let params = |w: &Var, b: &Var| {
        [("w", w), ("b", b)].map(|(name, var)| {
            let var = Var::from_tensor(&var.as_detached_tensor().copy().unwrap()).unwrap();
            Param { name: name.into(), var }
        })
    };
    let (ours, written) = (params(&w, &b), params(&w, &b));
    let (mut with, mut without) = (Adam::new(&ours, 0.1, 1e-5, 1.0, 0.7), Adam::new(&written, 0.1, 1e-5, 1.0, 0.0));
    for _ in 0..10 {
        let norm = with.update(&ours, &error(&ours[0].var, &ours[1].var).backward().unwrap()).unwrap();
        let penalty = (written[0].var.sqr().unwrap().sum_all().unwrap() * 0.35).unwrap();
        let loss = (error(&written[0].var, &written[1].var) + penalty).unwrap();
        let expected = without.update(&written, &loss.backward().unwrap()).unwrap();
        assert!((norm - expected).abs() < 1e-4 * expected, "clipping sees the whole gradient: {norm} for {expected}");
    }
    for (ours, written) in ours.iter().zip(&written) {
        let difference = (ours.var.as_tensor() - written.var.as_tensor()).unwrap();
        assert!(numbers(&difference).iter().all(|d| d.abs() < 1e-5), "{}: {difference}", ours.name);
    }
}

/// Without clipping it is candle's own optimiser without weight decay.
#[test]
fn adam_agrees_with_stock_candle() {
    let rng = &mut Rng::keyed(5, "test", 0);
    let start = draw(rng, &[37]);
    let target = draw(rng, &[37]).as_detached_tensor();
    let loss = |x: &Tensor| (x - &target).unwrap().sqr().unwrap().sum_all().unwrap();
    let ours = Var::from_tensor(&start.as_detached_tensor().copy().unwrap()).unwrap();
    let stock = Var::from_tensor(&start.as_detached_tensor().copy().unwrap()).unwrap();
    let params = [Param { name: "x".into(), var: ours.clone() }];
    let mut adam = Adam::new(&params, 0.05, 1e-5, f64::INFINITY, 0.0);
    let settings = candle_nn::ParamsAdamW { lr: 0.05, eps: 1e-5, weight_decay: 0.0, ..Default::default() };
    let mut reference = <candle_nn::AdamW as candle_nn::Optimizer>::new(vec![stock.clone()], settings).unwrap();
    for _ in 0..50 {
        adam.update(&params, &loss(&ours).backward().unwrap()).unwrap();
        candle_nn::Optimizer::backward_step(&mut reference, &loss(&stock)).unwrap();
    }
    assert_eq!(adam.steps(), 50);
    let moved = numbers(&(ours.as_tensor() - start.as_tensor()).unwrap());
    assert!(moved.iter().any(|d| d.abs() > 0.1));
    let difference = numbers(&(ours.as_tensor() - stock.as_tensor()).unwrap());
    assert!(difference.iter().all(|d| d.abs() < 1e-5), "{difference:?}");
}

/// With β-corrections, the first step on a gradient g is lr · g / (|g| + ε): clipping shows only through ε.
#[test]
fn gradients_are_clipped_to_their_global_norm() {
    let x = Var::from_slice(&[0.0_f32], 1, &Device::Cpu).unwrap();
    let y = Var::from_slice(&[0.0_f32], 1, &Device::Cpu).unwrap();
    let params = [Param { name: "x".into(), var: x.clone() }, Param { name: "y".into(), var: y.clone() }];
    let loss = || ((x.as_tensor() * 30.0).unwrap() + (y.as_tensor() * 40.0).unwrap()).unwrap().sum_all().unwrap();
    let mut adam = Adam::new(&params, 0.1, 1.0, 0.5, 0.0);
    let norm = adam.update(&params, &loss().backward().unwrap()).unwrap();
    assert!((norm - 50.0).abs() < 1e-5);
    // Scaled by .5 / 50: gradients .3 and .4.
    let expected = [-0.1 * 0.3 / 1.3, -0.1 * 0.4 / 1.4];
    for (found, expected) in [numbers(&x)[0], numbers(&y)[0]].into_iter().zip(expected) {
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} for {expected}");
    }
}

#[test]
fn a_gradient_or_weight_that_is_not_finite_is_named() {
    let step = |factor: f64, lr: f64| {
        let x = Var::from_slice(&[1.0_f32, 2.0], 2, &Device::Cpu).unwrap();
        let params = [Param { name: "x".into(), var: x.clone() }];
        let loss = (x.as_tensor() * factor).unwrap().sum_all().unwrap();
        Adam::new(&params, lr, 1e-5, 0.5, 0.0).update(&params, &loss.backward().unwrap()).unwrap_err()
    };
    let bad = step(f64::NAN, 1e-3);
    assert_eq!((bad.step, bad.tensor.as_str()), (0, "gradient of x"));
    assert_eq!(step(f64::INFINITY, 1e-3).tensor, "gradient of x");
    assert_eq!(step(1.0, f64::INFINITY).tensor, "x");
}
