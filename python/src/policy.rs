//! A Python callable as a policy.

use crate::view::View;
use crate::world::wrong;
use misgen_core::{Decisions, ObsSpec, Policy, PolicyError, Rng, Said, StepView};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex};

/// What an exception was, told apart from what Rust says about it.
pub(crate) type Raised = Arc<Mutex<Option<PyErr>>>;

/// A callable of the package's own: it takes the bytes of a batch of observations, shape and dtype of one of them, the number of actions, and which
/// lanes have something to do and which of them begin an episode, and gives checked actions, probabilities, values and hidden features, each an array or `None`.
pub(crate) struct Callable {
    function: Py<PyAny>,
    /// The view that it asks for, and as it is for the last size of grid.
    name: String,
    view: Option<(ObsSpec, View)>,
    greedy: bool,
    /// How many hidden features it shows of a lane where they are asked for.
    units: usize,
    /// Whether it has said how probable its actions are.
    lawful: bool,
    raised: Raised,
}

impl Callable {
    pub(crate) const fn new(function: Py<PyAny>, view: String, greedy: bool, units: usize, raised: Raised) -> Self {
        Self { function, name: view, view: None, greedy, units, lawful: false, raised }
    }

    fn ask(&mut self, py: Python<'_>, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> PyResult<()> {
        py.check_signals()?;
        let lanes = view.lanes();
        // A shift may change the size of the grid.
        let mut seen = match self.view.take() {
            Some((spec, seen)) if spec == *view.spec => seen,
            _ => View::named(&self.name, view.spec)?,
        };
        let obs = PyArray1::<u8>::zeros(py, lanes * seen.bytes(view.spec), false);
        seen.write_all(view.spec, view.obs, obs.readwrite().as_slice_mut()?);
        let (shape, dtype, _) = seen.form(view.spec);
        self.view = Some((*view.spec, seen));
        let busy: Vec<bool> = view.level.iter().map(|level| *level != StepView::NO_LEVEL).collect();
        let began: Vec<bool> = busy.iter().zip(view.steps).map(|(busy, steps)| *busy && *steps == 0).collect();
        let lanes_told = [&busy, &began].map(|lanes| PyArray1::from_slice(py, lanes));
        type Answer<'py> = (
            Option<PyReadonlyArray1<'py, i64>>,
            Option<PyReadonlyArray2<'py, f32>>,
            Option<PyReadonlyArray1<'py, f32>>,
            Option<PyReadonlyArray2<'py, f32>>,
        );
        let (actions, probs, values, features): Answer<'_> =
            self.function.bind(py).call1((obs, shape, dtype, view.spec.actions, lanes_told))?.extract()?;
        self.lawful |= probs.is_some();
        let n = view.spec.actions;
        let probs = probs.as_ref().map(|probs| probs.as_slice()).transpose()?;
        let actions = actions.as_ref().map(|actions| actions.as_slice()).transpose()?;
        let values = values.as_ref().map(|values| values.as_slice()).transpose()?;
        let units = self.units;
        let features = match features.as_ref().map_or(0, |features| features.shape()[1]) {
            _ if out.features.is_none() => None,
            found if found != units => {
                return Err(wrong(format!(
                    "the policy returned {found} features a lane, expected {units}, as many as at first"
                )));
            }
            _ => features.as_ref().map(|features| features.as_slice()).transpose()?,
        };
        // Not what else is asked for: probabilities and a value that it does not say stay unknown.
        out.actions.fill(0);
        for lane in (0..lanes).filter(|lane| busy[*lane]) {
            let said = Said {
                action: actions.map(|actions| actions[lane] as u8),
                probs: probs.map(|probs| &probs[lane * n..][..n]),
                value: values.map(|values| values[lane]),
            };
            out.take(lane, &said, self.greedy, &mut rngs[lane]);
            if let Some(features) = features {
                out.hidden(lane, &features[lane * units..][..units]);
            }
        }
        Ok(())
    }
}

impl Policy for Callable {
    fn shows_probabilities(&self) -> bool {
        self.lawful
    }

    fn features(&self) -> usize {
        self.units
    }

    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        Python::attach(|py| {
            self.ask(py, view, rngs, out).map_err(|error| {
                let said = error.to_string();
                *self.raised.lock().expect("nobody panics while it is held") = Some(error);
                PolicyError(said)
            })
        })
    }
}
