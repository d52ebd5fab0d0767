//! Agents that were trained elsewhere, in the ONNX format, through tract.
//!
//! Nothing here trusts its input. [`gate`] looks at the graph before tract does: at operators, names, attributes and sizes.
//! Of what passes, shapes are checked before a tensor is made, and a panic of tract's becomes an error.

mod gate;

use crate::math::log_softmax;
use crate::policy::Play;
use crate::view::{Features, ObsShape, Palette, View, ViewKind};
use gate::Source;
use misgen_core::{Decisions, ObsSpec, Policy, PolicyError, Rng, StepView};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tract_onnx::prelude::{
    DatumType, Framework, InferenceModelExt, IntoTValue, Tensor, TypedModel, TypedRunnableModel, TypedSimplePlan, tvec,
};

/// Largest file in bytes.
const MAX_MODEL: usize = 256_000_000;
/// Rows of a batch where the model leaves their number open. Always as many, because rounding may depend on it.
const ROWS: usize = 64;
/// Most rows of a batch that a model may fix.
const MAX_ROWS: usize = 4096;
/// Most numbers in all tensors of one forward pass.
const MAX_NUMBERS: usize = 1 << 28;

/// Why bytes are not a usable model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// The file is larger than any that is read.
    #[error("model of {found} bytes, at most {MAX_MODEL} are read")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// The bytes are not in the ONNX format, or tract cannot make sense of them.
    #[error("not a model that can be read: {0}")]
    Format(String),
    /// It is a model, but none of a feed-forward agent.
    #[error("refused: {0}")]
    Refused(String),
    /// An input or output has another shape than this world's agents have.
    #[error("{what}: {found}, expected {expected}")]
    Shape {
        /// Which input or output.
        what: String,
        /// What the model has.
        found: String,
        /// What this world calls for.
        expected: String,
    },
}

/// What a row of the model's input holds.
#[derive(Clone, Debug)]
enum Layout {
    /// `[channels, height, width]`.
    Planes,
    /// Features of a view, flat.
    Flat(Box<View>, Features),
}

/// A net in the ONNX format that plays. What a lane does depends on its observation and its stream alone.
#[derive(Clone, Debug)]
pub struct OnnxPolicy {
    shape: ObsShape,
    layout: Layout,
    play: Play,
    plan: Arc<TypedRunnableModel<TypedModel>>,
    /// `[rows, ...]`, as the model reads it.
    input: Vec<usize>,
    valued: bool,
    /// Inputs of a batch, `[rows * features]`.
    numbers: Vec<f32>,
    logits: Vec<f32>,
    values: Vec<f32>,
    probs: Vec<f32>,
    log_probs: Vec<f32>,
}

impl OnnxPolicy {
    /// The model of `bytes` for a world whose observations `spec` describes.
    ///
    /// Its one input is f32, `[batch, channels, height, width]` planes of 0 and 1 in the order of the channels, or
    /// `[batch, features]` in the order of the view `grid` or `ego`, whichever has as many; the batch is any or fixed. Its first output is
    /// logits `[batch, actions]`; a second one, if there is any, values `[batch]` or `[batch, 1]`.
    ///
    /// # Errors
    /// When the bytes are not such a model; see [`OnnxError`].
    pub fn load(bytes: &[u8], spec: &ObsSpec, play: Play) -> Result<Self, OnnxError> {
        if bytes.len() > MAX_MODEL {
            return Err(OnnxError::TooLarge { found: bytes.len() });
        }
        let shape = ObsShape::from(spec);
        shape.check().map_err(OnnxError::Refused)?;
        let tract = tract_onnx::onnx();
        let read = guarded(|| tract.proto_model_for_read(&mut Cursor::new(bytes)).map_err(in_words));
        let mut proto = read.map_err(OnnxError::Format)?;
        let source = gate::pass(&proto).map_err(OnnxError::Refused)?;
        let (layout, input) = layout(&source, &shape)?;
        gate::settle(&mut proto, &source, &input);
        let compiled = guarded(|| {
            let model =
                tract.model_for_proto_model(&proto).and_then(InferenceModelExt::into_typed).map_err(in_words)?;
            bounded(&model)?;
            let model = model.into_optimized().map_err(in_words)?;
            bounded(&model)?;
            Ok(model)
        });
        let model = compiled.map_err(OnnxError::Format)?;
        let valued = outputs(&model, input[0], shape.actions)?;
        let plan = guarded(|| TypedSimplePlan::new(model).map_err(in_words)).map_err(OnnxError::Format)?;
        let actions = shape.actions;
        let mut policy = Self {
            shape,
            layout,
            play,
            plan: Arc::new(plan),
            numbers: vec![0.0; input.iter().product()],
            input,
            valued,
            logits: Vec::new(),
            values: Vec::new(),
            probs: vec![0.0; actions],
            log_probs: vec![0.0; actions],
        };
        if policy.mixes_rows().map_err(OnnxError::Format)? {
            let reason = "what it makes of a row depends on the row's place in the batch or on the rows beside it";
            return Err(OnnxError::Refused(reason.into()));
        }
        Ok(policy)
    }

    /// Whether turning a batch of made-up rows around changes more than their order. What fails on every observation
    /// fails here too.
    fn mixes_rows(&mut self) -> Result<bool, String> {
        let features = self.numbers.len() / self.input[0];
        let mut rng = Rng::keyed(0, "onnx", 0);
        self.numbers.fill_with(|| f32::from(u8::from(rng.below(4) == 0)));
        self.logits.clear();
        self.values.clear();
        self.forward()?;
        let turned: Vec<f32> = self.numbers.rchunks_exact(features).flatten().copied().collect();
        self.numbers = turned;
        self.forward()?;
        let differ = |all: &[f32], width: usize| {
            let (first, second) = all.split_at(all.len() / 2);
            let bits = |x: &f32| x.to_bits();
            !first.iter().map(bits).eq(second.rchunks(width).flatten().map(bits))
        };
        Ok(differ(&self.logits, self.shape.actions) || differ(&self.values, 1))
    }

    /// Appends logits and values of the rows in `numbers`.
    fn forward(&mut self) -> Result<(), String> {
        let input = Tensor::from_shape(&self.input, &self.numbers).map_err(in_words)?;
        let outputs = guarded(|| self.plan.run(tvec!(input.into_tvalue())).map_err(in_words))?;
        self.logits.extend_from_slice(outputs[0].as_slice::<f32>().map_err(in_words)?);
        if self.valued {
            self.values.extend_from_slice(outputs[1].as_slice::<f32>().map_err(in_words)?);
        }
        Ok(())
    }

    /// Logits and values of the busy lanes of `view`, batch after batch, the last one filled up with zeros.
    fn evaluate(&mut self, view: &StepView<'_>, busy: &[usize]) -> Result<(), String> {
        self.logits.clear();
        self.values.clear();
        let rows = self.input[0];
        let features = self.numbers.len() / rows;
        for lanes in busy.chunks(rows) {
            self.numbers.fill(0.0);
            for (row, &lane) in self.numbers.chunks_exact_mut(features).zip(lanes) {
                let obs = view.lane(lane);
                match &mut self.layout {
                    Layout::Planes => {
                        for (i, number) in row.iter_mut().enumerate() {
                            let cells = view.spec.height * view.spec.width;
                            *number = f32::from(view.spec.cell(obs, i % cells) >> (i / cells) & 1);
                        }
                    }
                    Layout::Flat(flat, set) => {
                        set.clear();
                        flat.push(obs, Palette::evaluation(view.level[lane], view.palette), set);
                        if let Features::Sparse(set) = set {
                            set.row(0).iter().for_each(|i| row[*i as usize] = 1.0);
                        }
                    }
                }
            }
            self.forward()?;
        }
        self.logits.truncate(busy.len() * self.shape.actions);
        self.values.truncate(busy.len());
        if self.logits.iter().chain(&self.values).all(|x| x.is_finite()) {
            Ok(())
        } else {
            Err("a logit or value is not finite".into())
        }
    }
}

impl Policy for OnnxPolicy {
    /// An idle lane gets action 0, probabilities 0 and value NaN; so does every value where the model has none.
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        if !self.shape.matches(view.spec) {
            let (found, read) = (ObsShape::from(view.spec), &self.shape);
            return Err(PolicyError(format!("the net reads {read:?}, the world shows {found:?}")));
        }
        let busy: Vec<usize> = (0..view.lanes()).filter(|lane| view.level[*lane] != StepView::NO_LEVEL).collect();
        self.evaluate(view, &busy).map_err(PolicyError)?;
        let n = self.shape.actions;
        out.clear();
        for (row, &lane) in busy.iter().enumerate() {
            log_softmax(&self.logits[row * n..][..n], &mut self.log_probs, &mut self.probs);
            out.actions[lane] = self.play.choose(&self.probs, &mut rngs[lane]);
            out.shares(lane, &self.probs);
            if self.valued {
                out.value(lane, self.values[row]);
            }
        }
        Ok(())
    }
}

/// How the input is laid out, and its whole shape.
fn layout(source: &Source, shape: &ObsShape) -> Result<(Layout, Vec<usize>), OnnxError> {
    let planes = [shape.channels.len(), shape.height, shape.width];
    let [grid, ego] = [ViewKind::Grid, ViewKind::Ego].map(|kind| View::new(kind, shape));
    let wrong = || {
        let batch = |rest: &[usize]| {
            let rest: Vec<String> = rest.iter().map(|n| format!(", {n}")).collect();
            format!("[batch{}]", rest.concat())
        };
        let expected = [
            format!("{} (channels, rows, columns)", batch(&planes)),
            format!("{} (the view `grid`)", batch(&[grid.features()])),
            format!("{} (the view `ego`)", batch(&[ego.features()])),
        ];
        OnnxError::Shape {
            what: format!("input {}", gate::quoted(&source.name)),
            found: source.shape(),
            expected: format!("f32 {}", expected.join(", ")),
        }
    };
    let (Some((batch, rest)), true) = (source.dims.split_first(), source.is_float) else { return Err(wrong()) };
    let rows = batch.unwrap_or(ROWS);
    if !(1..=MAX_ROWS).contains(&rows) {
        return Err(OnnxError::Refused(format!("a batch of {rows} rows, expected 1 to {MAX_ROWS} or any number")));
    }
    let rest: Vec<usize> = rest.iter().copied().collect::<Option<_>>().ok_or_else(wrong)?;
    let flat = |view: View| {
        let rows = view.rows();
        Layout::Flat(Box::new(view), rows)
    };
    let found = match &*rest {
        found if found == planes => Layout::Planes,
        [features] if *features == grid.features() => flat(grid),
        [features] if *features == ego.features() => flat(ego),
        _ => return Err(wrong()),
    };
    Ok((found, [&[rows], &*rest].concat()))
}

/// Refuses a model whose tensors are too large to be made, or of unknown size.
fn bounded(model: &TypedModel) -> Result<(), String> {
    let mut numbers = 0_usize;
    for node in model.nodes() {
        for output in &node.outputs {
            let shape = output.fact.shape.as_concrete();
            let shape = shape.ok_or_else(|| format!("node {} has no fixed size", gate::quoted(&node.name)))?;
            let volume = shape.iter().try_fold(1_usize, |all, side| all.checked_mul(*side));
            numbers = numbers.saturating_add(volume.unwrap_or(usize::MAX));
        }
    }
    if numbers > MAX_NUMBERS {
        return Err(format!("a forward pass of {numbers} numbers, at most {MAX_NUMBERS} are computed"));
    }
    Ok(())
}

/// Whether the outputs are logits of `actions` actions and values rather than logits alone.
fn outputs(model: &TypedModel, rows: usize, actions: usize) -> Result<bool, OnnxError> {
    let outlets = &model.outputs;
    if !(1..=2).contains(&outlets.len()) {
        let reason = format!("{} outputs, expected logits and perhaps values", outlets.len());
        return Err(OnnxError::Refused(reason));
    }
    let expected = [vec![vec![rows, actions]], vec![vec![rows], vec![rows, 1]]];
    for (i, (outlet, expected)) in outlets.iter().zip(expected).enumerate() {
        let fact = model.outlet_fact(*outlet).map_err(|error| OnnxError::Format(in_words(error)))?;
        let found = fact.shape.as_concrete().unwrap_or_default().to_vec();
        if fact.datum_type != DatumType::F32 || !expected.contains(&found) {
            let words: Vec<String> = expected.iter().map(|shape| format!("{shape:?}")).collect();
            return Err(OnnxError::Shape {
                what: format!("output {i} ({})", if i == 0 { "logits" } else { "values" }),
                found: format!("{:?} {found:?}", fact.datum_type),
                expected: format!("F32 {} for {rows} rows", words.join(" or ")),
            });
        }
    }
    Ok(outlets.len() == 2)
}

/// An error of tract's with its causes, on one line of bounded length.
fn in_words(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> String {
    let error = error.into();
    let mut words = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(&*error);
    while let Some(error) = next {
        words.push(error.to_string());
        next = error.source();
    }
    words.join(": ").split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect()
}

/// tract's answer, or an error where it panics on what it was given.
fn guarded<T>(compute: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|_| Err("the reader gave up on it".into()))
}
