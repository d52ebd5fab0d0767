//! Ridge regression in closed form, cross-validated from sums that each fold keeps of its own rows.

use super::Found;
use misgen_core::Rng;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// Folds of the levels.
pub const FOLDS: usize = 5;

/// Penalties tried, in units of the mean variance of a feature.
const PENALTIES: [f64; 8] = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1e4];

/// Sums over rows: all that ridge regression needs to know of them.
#[derive(Clone)]
struct Sums {
    n: f64,
    x: Array1<f64>,
    y: Array1<f64>,
    xx: Array2<f64>,
    xy: Array2<f64>,
    yy: Array1<f64>,
}

impl Sums {
    fn of(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Self {
        Self {
            n: x.nrows() as f64,
            x: x.sum_axis(Axis(0)),
            y: y.sum_axis(Axis(0)),
            xx: x.t().dot(&x),
            xy: x.t().dot(&y),
            yy: y.map(|v| v * v).sum_axis(Axis(0)),
        }
    }

    fn add(&self, other: &Self) -> Self {
        Self {
            n: self.n + other.n,
            x: &self.x + &other.x,
            y: &self.y + &other.y,
            xx: &self.xx + &other.xx,
            xy: &self.xy + &other.xy,
            yy: &self.yy + &other.yy,
        }
    }

    /// Weights `[features, targets]` and intercepts at `penalty`.
    fn fit(&self, penalty: f64) -> Option<(Array2<f64>, Array1<f64>)> {
        let (mx, my) = (&self.x / self.n, &self.y / self.n);
        let outer =
            |a: &Array1<f64>, b: &Array1<f64>| a.view().insert_axis(Axis(1)).dot(&b.view().insert_axis(Axis(0)));
        let mut a = &self.xx - outer(&self.x, &mx);
        let scale = a.diag().sum() / a.nrows() as f64;
        // Features that never vary hold nothing.
        if scale <= 1e-12 * self.n {
            return Some((Array2::zeros(self.xy.dim()), my));
        }
        a.diag_mut().map_inplace(|d| *d += penalty * scale);
        let weights = solve(a, &self.xy - outer(&self.x, &my))?;
        let intercept = my - mx.dot(&weights);
        Some((weights, intercept))
    }

    /// Squared error on these rows, summed over targets.
    fn error(&self, (w, c): &(Array2<f64>, Array1<f64>)) -> f64 {
        let one = |t: usize| {
            let (w, c): (ArrayView1<'_, f64>, f64) = (w.column(t), c[t]);
            self.yy[t] - 2.0 * (w.dot(&self.xy.column(t)) + c * self.y[t])
                + w.dot(&self.xx.dot(&w))
                + 2.0 * c * w.dot(&self.x)
                + self.n * c * c
        };
        (0..self.y.len()).map(one).sum()
    }
}

/// Solves A X = B for a symmetric, positive definite A by Cholesky's factors; `None` where A is not.
fn solve(mut a: Array2<f64>, mut b: Array2<f64>) -> Option<Array2<f64>> {
    let n = a.nrows();
    for j in 0..n {
        for k in 0..j {
            let factor = a[[j, k]];
            for i in j..n {
                a[[i, j]] -= a[[i, k]] * factor;
            }
        }
        let pivot = a[[j, j]];
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        let root = pivot.sqrt();
        (j..n).for_each(|i| a[[i, j]] /= root);
    }
    for t in 0..b.ncols() {
        for i in 0..n {
            let known: f64 = (0..i).map(|k| a[[i, k]] * b[[k, t]]).sum();
            b[[i, t]] = (b[[i, t]] - known) / a[[i, i]];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| a[[k, i]] * b[[k, t]]).sum();
            b[[i, t]] = (b[[i, t]] - known) / a[[i, i]];
        }
    }
    Some(b)
}

/// R² of a linear probe on rows that it was not fitted to: 1 − Σ error² / Σ (target − mean of the rows fitted to)², over
/// [`FOLDS`] folds and all targets together. The penalty of each fold is the one that does best in cross-validation among
/// the other folds. `x` is `[levels, features]`, `y` `[levels, targets]`; `seed` deals levels to folds.
///
/// # Errors
/// The reason why there is none: too few levels, no features, or targets that do not vary.
///
/// # Panics
/// When `x` and `y` differ in rows.
pub fn probe_r2(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, seed: u64) -> Found<f64> {
    assert_eq!(x.nrows(), y.nrows(), "one target a level");
    let n = x.nrows();
    if n < 4 * FOLDS {
        return Err(format!("{n} levels, a probe needs at least {}", 4 * FOLDS));
    }
    if x.ncols() == 0 {
        return Err("there are no hidden features".into());
    }
    let order = permutation(n, seed);
    let folds: Vec<Sums> = (0..FOLDS)
        .map(|fold| {
            let rows: Vec<usize> = order.iter().copied().skip(fold).step_by(FOLDS).collect();
            Sums::of(x.select(Axis(0), &rows).view(), y.select(Axis(0), &rows).view())
        })
        .collect();
    let without = |left_out: &[usize]| {
        let kept = (0..FOLDS).filter(|fold| !left_out.contains(fold));
        kept.map(|fold| folds[fold].clone()).reduce(|all, fold| all.add(&fold)).expect("other folds")
    };
    let failed = || "the probe's equations have no solution".to_owned();
    let (mut error, mut spread) = (0.0, 0.0);
    for (k, fold) in folds.iter().enumerate() {
        let inner: Vec<usize> = (0..FOLDS).filter(|j| *j != k).collect();
        let rest: Vec<(usize, Sums)> = inner.iter().map(|&j| (j, without(&[k, j]))).collect();
        let mut best = (f64::INFINITY, PENALTIES[0]);
        for penalty in PENALTIES {
            let mut sum = 0.0;
            for (j, sums) in &rest {
                sum += folds[*j].error(&sums.fit(penalty).ok_or_else(failed)?);
            }
            if sum < best.0 {
                best = (sum, penalty);
            }
        }
        let training = without(&[k]);
        error += fold.error(&training.fit(best.1).ok_or_else(failed)?);
        let flat = (Array2::zeros(training.xy.dim()), &training.y / training.n);
        spread += fold.error(&flat);
    }
    if spread <= 1e-9 * n as f64 {
        return Err("it is obtained in the same cell on every level".into());
    }
    Ok(1.0 - error / spread)
}

/// The numbers below `n` in an order that follows from `seed`.
pub(super) fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut rng = Rng::keyed(seed, "probe", n as u64);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.below(i as u32 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn cholesky_by_hand() {
        // [4 2; 2 3] x = [8; 7]: x = (5/4, 3/2).
        let x = solve(array![[4.0, 2.0], [2.0, 3.0]], array![[8.0], [7.0]]).unwrap();
        assert!((x[[0, 0]] - 1.25).abs() < 1e-12 && (x[[1, 0]] - 1.5).abs() < 1e-12);
        assert!(solve(array![[1.0, 2.0], [2.0, 1.0]], array![[1.0], [1.0]]).is_none());
    }

    #[test]
    fn ridge_by_hand() {
        // x = (-1, 0, 1), y = (1, 2, 3): Sxx = 2, Sxy = 2, scale 2. Penalty 1 adds 2: w = 2 / 4, intercept 2.
        let sums = Sums::of(array![[-1.0], [0.0], [1.0]].view(), array![[1.0], [2.0], [3.0]].view());
        let fitted = sums.fit(1.0).unwrap();
        assert!((fitted.0[[0, 0]] - 0.5).abs() < 1e-12 && (fitted.1[0] - 2.0).abs() < 1e-12);
        // Residuals -1/2, 0, 1/2.
        assert!((sums.error(&fitted) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_linear_is_found_and_what_is_noise_is_not() {
        let mut rng = Rng::keyed(1, "test", 0);
        let x = Array2::from_shape_fn((200, 20), |_| rng.uniform() - 0.5);
        let y = Array2::from_shape_fn((200, 2), |(i, t)| 3.0 * x[[i, t]] - x[[i, 5]] + 7.0);
        assert!(probe_r2(x.view(), y.view(), 0).unwrap() > 0.999);
        let order = permutation(200, 3);
        let shuffled = y.select(Axis(0), &order);
        let noise = probe_r2(x.view(), shuffled.view(), 0).unwrap();
        assert!(noise < 0.05, "{noise}");
    }

    #[test]
    fn a_probe_says_why_there_is_none() {
        let x = Array2::from_shape_fn((40, 2), |(i, t)| (i * (t + 1)) as f64);
        let why = |x: &Array2<f64>, y: &Array2<f64>| probe_r2(x.view(), y.view(), 0).unwrap_err();
        assert!(why(&x, &Array2::from_elem((40, 1), 3.0)).contains("same cell"));
        assert!(why(&Array2::zeros((40, 0)), &Array2::zeros((40, 1))).contains("features"));
        assert!(why(&Array2::zeros((19, 1)), &Array2::zeros((19, 1))).contains("19 levels"));
    }
}
