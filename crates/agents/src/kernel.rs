//! Loops over slices at the CPU's widest vectors.
//!
//! Each entry point dispatches once through `pulp`, so that the plain loops below are compiled for every
//! vector width and the CPU picks at run time. They multiply and add in a fixed order and never fuse the two:
//! their results are the same bits on every machine, and a row's do not depend on the rows beside it.

use crate::device::asked_gpu;
use crate::math::{sigmoid, tanh};
use crate::net::{ConvSpec, TAPS};
use crate::view::Sparse;
use pulp::{Arch, Simd, WithSimd};

/// Columns that one tile keeps in registers.
const TILE: usize = 64;
/// Columns of the smaller tile for what is left.
const SMALL: usize = 16;

/// Rows that narrow layers take at once.
const ROWS: usize = 8;

/// What follows a layer's sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// Hyperbolic tangent.
    Tanh,
    /// max(x, 0).
    Relu,
}

/// The kernels that matrix products run on: what `gemm` finds on this CPU at run time, or `cuda` where updates are asked for on a GPU.
/// Weights are equal only between machines that share it, and on a GPU are not promised to be.
#[must_use]
pub fn kernel_set() -> &'static str {
    if matches!(asked_gpu(), Ok(Some(_))) {
        return "cuda";
    }
    #[cfg(target_arch = "x86_64")]
    {
        if pulp::x86::V4::try_new().is_some() {
            return "avx512";
        }
        if pulp::x86::V3::try_new().is_some() {
            return "avx2";
        }
    }
    "generic"
}

/// Runs `work` compiled for the CPU's widest vectors. `work` must be inlined into it to profit.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// Sums rows of `w` (`[features, n]`) over each row's set features, onto `b` (`[n]`): `out[rows, n]`.
pub(crate) fn index_sum(x: &Sparse, w: &[f32], b: &[f32], activation: Activation, out: &mut [f32]) {
    let n = b.len();
    assert_eq!(out.len(), x.rows() * n, "an output of [rows, n]");
    wide(
        #[inline(always)]
        || {
            for (i, out) in out.chunks_exact_mut(n).enumerate() {
                let terms = x.row(i).iter().map(|&k| (&w[k as usize * n..][..n], 1.0));
                sum_row::<false>(terms, b, out);
            }
            activate(activation, out);
        },
    );
}

/// Dense layer on `x[rows, m]` with `w[m, n]` and `b[n]`: `out[rows, n]`.
pub(crate) fn linear(x: &[f32], w: &[f32], b: &[f32], activation: Activation, out: &mut [f32]) {
    let (n, m) = (b.len(), w.len() / b.len());
    assert_eq!((w.len(), x.len() * n), (m * n, out.len() * m), "x[rows, m], w[m, n], out[rows, n]");
    // Narrow layers take several rows at once, or each sum would wait for the one before it. The order within a sum is the same.
    let together = if n < TILE && n % SMALL == 0 { x.len() / m / ROWS * ROWS } else { 0 };
    let mut beside = vec![[0.0; ROWS]; if together > 0 { m } else { 0 }];
    for (x, out) in x.chunks_exact(ROWS * m).zip(out.chunks_exact_mut(ROWS * n)).take(together / ROWS) {
        for (i, row) in x.chunks_exact(m).enumerate() {
            beside.iter_mut().zip(row).for_each(|(all, x)| all[i] = *x);
        }
        Arch::new().dispatch(SumRows { x: &beside, w, b, out });
    }
    wide(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact(m).zip(out.chunks_exact_mut(n)).skip(together) {
                let terms = w.chunks_exact(n).zip(x.iter().copied());
                sum_row::<true>(terms, b, out);
            }
            activate(activation, out);
        },
    );
}

/// [`ROWS`] rows of a dense layer, from `x[m]` with a number of each row: `out[ROWS, n]`. In registers of the CPU's width, one vector of columns
/// after the other; every column is summed in the order of `x`, whatever the width.
struct SumRows<'a> {
    x: &'a [[f32; ROWS]],
    w: &'a [f32],
    b: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for SumRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, w, b, out } = self;
        let n = b.len();
        let (bias, _) = S::as_simd_f32s(b);
        for (v, &bias) in bias.iter().enumerate() {
            let mut sums = [bias; ROWS];
            for (x, w) in x.iter().zip(w.chunks_exact(n)) {
                let w = S::as_simd_f32s(w).0[v];
                for (sum, &x) in sums.iter_mut().zip(x) {
                    // Not fused, so that every CPU gives the same bits.
                    *sum = simd.add_f32s(*sum, simd.mul_f32s(w, simd.splat_f32s(x)));
                }
            }
            for (out, sum) in out.chunks_exact_mut(n).zip(sums) {
                S::as_mut_simd_f32s(out).0[v] = sum;
            }
        }
    }
}

/// [`linear`] on rows of which many numbers are 0: those are passed over.
pub(crate) fn linear_of_few(x: &[f32], w: &[f32], b: &[f32], activation: Activation, out: &mut [f32]) {
    let (n, m) = (b.len(), w.len() / b.len());
    assert_eq!((w.len(), x.len() * n), (m * n, out.len() * m), "x[rows, m], w[m, n], out[rows, n]");
    wide(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact(m).zip(out.chunks_exact_mut(n)) {
                let terms = w.chunks_exact(n).zip(x.iter().copied()).filter(|(_, scale)| *scale != 0.0);
                sum_row::<true>(terms, b, out);
            }
            activate(activation, out);
        },
    );
}

/// `out = b + sum of scale * row` over `terms`, tile by tile, in the order of `terms`.
#[inline(always)]
fn sum_row<'a, const SCALED: bool>(terms: impl Iterator<Item = (&'a [f32], f32)> + Clone, b: &[f32], out: &mut [f32]) {
    let mut done = 0;
    while done + TILE <= out.len() {
        sum_tile::<TILE, SCALED>(terms.clone(), b, out, done);
        done += TILE;
    }
    while done + SMALL <= out.len() {
        sum_tile::<SMALL, SCALED>(terms.clone(), b, out, done);
        done += SMALL;
    }
    if done < out.len() {
        let rest = &mut out[done..];
        rest.copy_from_slice(&b[done..]);
        for (row, scale) in terms {
            for (o, &w) in rest.iter_mut().zip(&row[done..]) {
                *o += if SCALED { w * scale } else { w };
            }
        }
    }
}

#[inline(always)]
fn sum_tile<'a, const N: usize, const SCALED: bool>(
    terms: impl Iterator<Item = (&'a [f32], f32)>,
    b: &[f32],
    out: &mut [f32],
    from: usize,
) {
    let mut sum: [f32; N] = b[from..][..N].try_into().expect("a slice of N");
    for (row, scale) in terms {
        let row: &[f32; N] = row[from..][..N].try_into().expect("a slice of N");
        for j in 0..N {
            sum[j] += if SCALED { row[j] * scale } else { row[j] };
        }
    }
    out[from..][..N].copy_from_slice(&sum);
}

/// A narrow layer without activation, on `x[rows, m]` with the *transposed* weight `wt[n, m]` and `b[n]`: `out[rows, n]`.
/// Each output is a product along the row, in [`SMALL`] partial sums.
pub(crate) fn narrow(x: &[f32], wt: &[f32], b: &[f32], out: &mut [f32]) {
    let (n, m) = (b.len(), wt.len() / b.len());
    assert_eq!((wt.len(), x.len() * n), (m * n, out.len() * m), "x[rows, m], wt[n, m], out[rows, n]");
    wide(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact(m).zip(out.chunks_exact_mut(n)) {
                for ((out, w), b) in out.iter_mut().zip(wt.chunks_exact(m)).zip(b) {
                    *out = b + dot(x, w);
                }
            }
        },
    );
}

#[inline(always)]
fn dot(x: &[f32], w: &[f32]) -> f32 {
    let mut sums = [0.0; SMALL];
    let ((x, x_rest), (w, w_rest)) = (x.as_chunks::<SMALL>(), w.as_chunks::<SMALL>());
    for (x, w) in x.iter().zip(w) {
        for j in 0..SMALL {
            sums[j] += x[j] * w[j];
        }
    }
    for ((sum, x), w) in sums.iter_mut().zip(x_rest).zip(w_rest) {
        *sum += x * w;
    }
    let mut half = SMALL / 2;
    while half > 0 {
        for j in 0..half {
            sums[j] += sums[j + half];
        }
        half /= 2;
    }
    sums[0]
}

#[inline(always)]
fn activate(activation: Activation, out: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::Tanh => out.iter_mut().for_each(|x| *x = tanh(*x)),
        // NaN stays NaN, which `f32::max` would drop.
        Activation::Relu => out.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
    }
}

/// `w[m, n]` as `[n, m]`.
pub(crate) fn transpose(w: &[f32], n: usize) -> Vec<f32> {
    (0..n).flat_map(|j| w.iter().skip(j).step_by(n).copied()).collect()
}

/// Adds `b[n]` to each row of `out[rows, n]` and activates.
pub(crate) fn add_bias(b: &[f32], activation: Activation, out: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for row in out.chunks_exact_mut(b.len()) {
                for (x, b) in row.iter_mut().zip(b) {
                    *x += b;
                }
            }
            activate(activation, out);
        },
    );
}

/// Gradient before the activation from `grad` after it and the result `y`, and its column
/// sums: (`dz[rows, n]`, `db[n]`).
pub(crate) fn through_activation(activation: Activation, grad: &[f32], y: &[f32], n: usize) -> (Vec<f32>, Vec<f32>) {
    wide(
        #[inline(always)]
        || {
            let mut dz = grad.to_vec();
            let pairs = dz.iter_mut().zip(y);
            match activation {
                Activation::None => {}
                Activation::Tanh => pairs.for_each(|(d, y)| *d *= 1.0 - y * y),
                Activation::Relu => pairs.for_each(|(d, y)| *d = if *y > 0.0 { *d } else { 0.0 }),
            }
            let mut db = vec![0.0; n];
            for row in dz.chunks_exact(n) {
                for (sum, d) in db.iter_mut().zip(row) {
                    *sum += d;
                }
            }
            (dz, db)
        },
    )
}

/// Adds each row of `dz[rows, n]` onto the rows of a fresh `dw[features, n]` that its features name.
pub(crate) fn scatter(x: &Sparse, dz: &[f32], n: usize, features: usize) -> Vec<f32> {
    wide(
        #[inline(always)]
        || {
            let mut dw = vec![0.0; features * n];
            for (i, dz) in dz.chunks_exact(n).enumerate() {
                for &k in x.row(i) {
                    for (w, d) in dw[k as usize * n..][..n].iter_mut().zip(dz) {
                        *w += d;
                    }
                }
            }
            dw
        },
    )
}

/// Adds `x` onto `out`.
pub(crate) fn add(x: &[f32], out: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for (out, x) in out.iter_mut().zip(x) {
                *out += x;
            }
        },
    );
}

/// For each output pixel of one row, in `columns[pixels, 9 * channels]`, the channels of the nine pixels of `x` around it; zeros beyond the margin.
pub(crate) fn im2col(conv: &ConvSpec, x: &[f32], columns: &mut [f32]) {
    let channels = conv.input[2];
    for (pixel, column) in columns.chunks_exact_mut(TAPS * channels).enumerate() {
        for (tap, out) in column.chunks_exact_mut(channels).enumerate() {
            match tapped(conv, pixel, tap) {
                Some(from) => out.copy_from_slice(&x[from * channels..][..channels]),
                None => out.fill(0.0),
            }
        }
    }
}

/// The reverse: adds each column's numbers onto the pixels of `x` that they are of.
pub(crate) fn col2im(conv: &ConvSpec, columns: &[f32], x: &mut [f32]) {
    let channels = conv.input[2];
    for (pixel, column) in columns.chunks_exact(TAPS * channels).enumerate() {
        for (tap, column) in column.chunks_exact(channels).enumerate() {
            if let Some(to) = tapped(conv, pixel, tap) {
                for (x, c) in x[to * channels..][..channels].iter_mut().zip(column) {
                    *x += c;
                }
            }
        }
    }
}

/// The input pixel that tap `tap` of output pixel `pixel` reads, unless it lies beyond the margin.
#[inline(always)]
const fn tapped(conv: &ConvSpec, pixel: usize, tap: usize) -> Option<usize> {
    let ([height, width, _], [_, columns, _]) = (conv.input, conv.output());
    // Counted from one before the first row and column.
    let row = pixel / columns * conv.stride + tap / 3;
    let column = pixel % columns * conv.stride + tap % 3;
    if row == 0 || column == 0 || row > height || column > width {
        return None;
    }
    Some((row - 1) * width + column - 1)
}

/// One step of a gated recurrent unit (Cho et al. 2014, with the reset gate on the product as in cuDNN): from its sums over the input
/// and over what it remembers (`[rows, 3 * units]`: reset, update, candidate) and from `memory[rows, units]` to `out[rows, units]`.
/// `gates` takes what came out of the three, as the backward pass needs it.
pub(crate) fn gru(
    input: &[f32],
    state: &[f32],
    memory: &[f32],
    units: usize,
    out: &mut [f32],
    gates: Option<&mut [f32]>,
) {
    let rows = input.chunks_exact(3 * units).zip(state.chunks_exact(3 * units));
    let mut gates = gates.map(|gates| gates.chunks_exact_mut(3 * units));
    for (((x, h), memory), out) in rows.zip(memory.chunks_exact(units)).zip(out.chunks_exact_mut(units)) {
        let mut kept = gates.as_mut().and_then(Iterator::next);
        wide(
            #[inline(always)]
            || {
                for j in 0..units {
                    let reset = sigmoid(x[j] + h[j]);
                    let update = sigmoid(x[units + j] + h[units + j]);
                    let candidate = tanh(x[2 * units + j] + reset * h[2 * units + j]);
                    out[j] = (1.0 - update) * candidate + update * memory[j];
                    if let Some(kept) = kept.as_deref_mut() {
                        (kept[j], kept[units + j], kept[2 * units + j]) = (reset, update, candidate);
                    }
                }
            },
        );
    }
}

/// Backwards through [`gru`]: from `grad[rows, units]` by its result to the gradients by both sums (`d_input`, `d_state`: `[rows, 3 * units]`) and, directly,
/// by `memory` (`d_memory[rows, units]`).
pub(crate) fn gru_backward(
    grad: &[f32],
    gates: &[f32],
    state: &[f32],
    memory: &[f32],
    units: usize,
    [d_input, d_state, d_memory]: [&mut [f32]; 3],
) {
    for (i, grad) in grad.chunks_exact(units).enumerate() {
        let (three, one) = (i * 3 * units, i * units);
        let (gates, state) = (&gates[three..][..3 * units], &state[three..][..3 * units]);
        let (d_input, d_state) = (&mut d_input[three..][..3 * units], &mut d_state[three..][..3 * units]);
        let (memory, d_memory) = (&memory[one..][..units], &mut d_memory[one..][..units]);
        wide(
            #[inline(always)]
            || {
                for j in 0..units {
                    let (reset, update, candidate) = (gates[j], gates[units + j], gates[2 * units + j]);
                    let by_candidate = grad[j] * (1.0 - update) * (1.0 - candidate * candidate);
                    let by_update = grad[j] * (memory[j] - candidate) * update * (1.0 - update);
                    let by_reset = by_candidate * state[2 * units + j] * reset * (1.0 - reset);
                    (d_input[j], d_state[j]) = (by_reset, by_reset);
                    (d_input[units + j], d_state[units + j]) = (by_update, by_update);
                    (d_input[2 * units + j], d_state[2 * units + j]) = (by_candidate, by_candidate * reset);
                    d_memory[j] = grad[j] * update;
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use misgen_core::Rng;

    fn draw(rng: &mut Rng, n: usize) -> Vec<f32> {
        (0..n).map(|_| rng.uniform() as f32 - 0.5).collect()
    }

    #[test]
    fn layers_agree_with_a_sum_in_double_precision() {
        let mut rng = Rng::keyed(0, "test", 0);
        // Widths that need full tiles, small tiles, a rest, and all of them.
        for n in [1, 5, 16, 64, 70, 155] {
            let (rows, m) = (3, 37);
            let (w, b) = (draw(&mut rng, m * n), draw(&mut rng, n));
            let mut sparse = Sparse::default();
            for _ in 0..rows {
                let row: Vec<u32> = (0..m as u32).filter(|_| rng.chance(0.3)).collect();
                sparse.push(&row);
            }
            let x = sparse.dense(m);
            let (mut by_index, mut by_product) = (vec![0.0; rows * n], vec![0.0; rows * n]);
            let mut by_dot = vec![0.0; rows * n];
            index_sum(&sparse, &w, &b, Activation::Tanh, &mut by_index);
            linear(&x, &w, &b, Activation::None, &mut by_product);
            narrow(&x, &transpose(&w, n), &b, &mut by_dot);
            let mut by_few = vec![0.0; rows * n];
            linear_of_few(&x, &w, &b, Activation::None, &mut by_few);
            assert_eq!(by_few, by_product, "n {n}: zeros add nothing");
            for (i, (tanh, plain)) in by_index.iter().zip(&by_product).enumerate() {
                assert!((by_dot[i] - plain).abs() < 1e-5);
                let (row, column) = (i / n, i % n);
                let sum: f64 = (0..m).map(|k| f64::from(x[row * m + k]) * f64::from(w[k * n + column])).sum();
                let sum = sum + f64::from(b[column]);
                assert!((f64::from(*plain) - sum).abs() < 1e-5, "n {n}: {plain} for {sum}");
                assert!((f64::from(*tanh) - sum.tanh()).abs() < 1e-5, "n {n}: {tanh} for tanh {sum}");
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_the_rows_beside_it() {
        let mut rng = Rng::keyed(1, "test", 0);
        let (m, n) = (33, 71);
        let (x, w, b) = (draw(&mut rng, 7 * m), draw(&mut rng, m * n), draw(&mut rng, n));
        let mut together = vec![0.0; 7 * n];
        linear(&x, &w, &b, Activation::Tanh, &mut together);
        for i in 0..7 {
            let mut alone = vec![0.0; n];
            linear(&x[i * m..][..m], &w, &b, Activation::Tanh, &mut alone);
            assert_eq!(alone, together[i * n..][..n]);
        }
    }
}
