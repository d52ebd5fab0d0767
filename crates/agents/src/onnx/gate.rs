//! The gate before tract: which graphs are read at all.
//!
//! tract evaluates what depends on constants alone while it reads a model, and makes tensors of whatever size the graph says; so sizes
//! of constants are bounded here, operator by operator, before it sees any of them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, type_proto};

/// Most operators, tensors, or names of a graph.
const MAX_PARTS: usize = 10_000;
/// Most numbers of a constant, stored or computed.
const MAX_CONSTANT: usize = 1 << 26;
/// Most numbers that the shape of a tensor has.
const MAX_RANK: usize = 16;
/// Largest side, step or margin of a convolution or pool: grids have sides of up to 64.
const MAX_WINDOW: i64 = 64;

/// The one input of a model.
pub(super) struct Source {
    pub(super) name: String,
    /// Whether it holds 32-bit floating-point numbers.
    pub(super) is_float: bool,
    /// Its shape; `None` where the model leaves a side open.
    pub(super) dims: Vec<Option<usize>>,
    /// Its place among the graph's inputs, some of which may be stored tensors.
    at: usize,
}

impl Source {
    /// Its shape in words.
    pub(super) fn shape(&self) -> String {
        let sides: Vec<String> = self.dims.iter().map(|d| d.map_or("?".into(), |d| d.to_string())).collect();
        format!("{} [{}]", if self.is_float { "f32" } else { "another type," }, sides.join(", "))
    }
}

/// What is known of a tensor of the graph.
#[derive(Clone, Copy)]
enum Known {
    /// It depends on the input.
    Open,
    /// At most so many numbers, known before any input.
    Constant(usize),
}

/// What bounds the size of an operator's constant result.
#[derive(Clone, Copy)]
enum Size {
    /// Its first input.
    First,
    /// All inputs together.
    Sum,
    /// All inputs, each number of one with each of the others.
    Product,
    /// It is small.
    Shape,
    /// What it says itself.
    Own,
    /// Nothing: it takes the model's input, or is none of an agent's.
    None,
}

/// As many inputs as one likes.
const MANY: usize = MAX_PARTS;

/// Operators of feed-forward nets, by name, each with its number of inputs.
const OPERATORS: &[(&str, Size, RangeInclusive<usize>)] = &[
    ("Abs", Size::First, 1..=1),
    ("Add", Size::Product, 2..=2),
    ("AveragePool", Size::None, 1..=1),
    ("BatchNormalization", Size::None, 5..=5),
    ("Cast", Size::First, 1..=1),
    ("Celu", Size::First, 1..=1),
    ("Clip", Size::First, 1..=3),
    ("Concat", Size::Sum, 1..=MANY),
    ("Constant", Size::Own, 0..=0),
    ("Conv", Size::None, 2..=3),
    ("Div", Size::Product, 2..=2),
    ("Dropout", Size::None, 1..=3),
    ("Elu", Size::First, 1..=1),
    ("Erf", Size::First, 1..=1),
    ("Exp", Size::First, 1..=1),
    ("Flatten", Size::First, 1..=1),
    ("Gather", Size::Product, 2..=2),
    ("Gemm", Size::Product, 2..=3),
    ("GlobalAveragePool", Size::None, 1..=1),
    ("GlobalMaxPool", Size::None, 1..=1),
    ("HardSigmoid", Size::First, 1..=1),
    ("HardSwish", Size::First, 1..=1),
    ("Identity", Size::First, 1..=1),
    ("LayerNormalization", Size::None, 2..=3),
    ("LeakyRelu", Size::First, 1..=1),
    ("Log", Size::First, 1..=1),
    ("LogSoftmax", Size::First, 1..=1),
    ("MatMul", Size::Product, 2..=2),
    ("Max", Size::Product, 1..=MANY),
    ("MaxPool", Size::None, 1..=1),
    ("Min", Size::Product, 1..=MANY),
    ("Mul", Size::Product, 2..=2),
    ("Neg", Size::First, 1..=1),
    ("Pow", Size::Product, 2..=2),
    ("Reciprocal", Size::First, 1..=1),
    ("ReduceMax", Size::First, 1..=2),
    ("ReduceMean", Size::First, 1..=2),
    ("ReduceSum", Size::First, 1..=2),
    ("Relu", Size::First, 1..=1),
    ("Reshape", Size::First, 2..=2),
    ("Selu", Size::First, 1..=1),
    ("Shape", Size::Shape, 1..=1),
    ("Sigmoid", Size::First, 1..=1),
    ("Slice", Size::First, 1..=5),
    ("Softmax", Size::First, 1..=1),
    ("Softplus", Size::First, 1..=1),
    ("Softsign", Size::First, 1..=1),
    ("Sqrt", Size::First, 1..=1),
    ("Squeeze", Size::First, 1..=2),
    ("Sub", Size::Product, 2..=2),
    ("Sum", Size::Product, 1..=MANY),
    ("Tanh", Size::First, 1..=1),
    ("Transpose", Size::First, 1..=1),
    ("Unsqueeze", Size::First, 1..=2),
];

/// Refuses what is none of a feed-forward agent; else says what its input is.
pub(super) fn pass(model: &ModelProto) -> Result<Source, String> {
    let graph = model.graph.as_ref().ok_or("no graph")?;
    if !model.functions.is_empty() || !graph.sparse_initializer.is_empty() {
        return Err("functions or sparse tensors, expected neither".into());
    }
    let parts = [&graph.node.len(), &graph.initializer.len(), &graph.input.len(), &graph.output.len()];
    if let Some(parts) = parts.into_iter().find(|parts| **parts > MAX_PARTS) {
        return Err(format!("a graph of {parts} parts, at most {MAX_PARTS} are read"));
    }
    let mut known = BTreeMap::new();
    let mut stored = 0_usize;
    for tensor in &graph.initializer {
        let size = tensor_size(tensor).map_err(|why| format!("tensor {}: {why}", quoted(&tensor.name)))?;
        stored += size;
        define(&mut known, &tensor.name, Known::Constant(size))?;
    }
    let source = source(graph, &known)?;
    define(&mut known, &source.name, Known::Open)?;
    for node in &graph.node {
        let blame = |why: String| format!("operator {} ({}): {why}", quoted(&node.name), quoted(&node.op_type));
        let result = result(node, &known).map_err(blame)?;
        if let Known::Constant(size) = result {
            stored += size;
        }
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            define(&mut known, name, result)?;
        }
    }
    if stored > MAX_CONSTANT {
        return Err(format!("constants of {stored} numbers, at most {MAX_CONSTANT} are read"));
    }
    if let Some(output) = graph.output.iter().find(|output| !known.contains_key(&*output.name)) {
        return Err(format!("output {} is nowhere computed", quoted(&output.name)));
    }
    Ok(source)
}

/// Writes the shape at which the model will be run into its input, and drops what it says of other tensors' shapes, which may
/// name the sides that are now known.
pub(super) fn settle(model: &mut ModelProto, source: &Source, input: &[usize]) {
    let Some(graph) = &mut model.graph else { return };
    graph.value_info.clear();
    let value = graph.input[source.at].r#type.as_mut().and_then(|of| of.value.as_mut());
    if let Some(type_proto::Value::TensorType(tensor)) = value {
        let side = |side: &usize| Dimension {
            denotation: String::new(),
            value: Some(dimension::Value::DimValue(*side as i64)),
        };
        tensor.shape = Some(TensorShapeProto { dim: input.iter().map(side).collect() });
    }
}

/// A text of the file as an error shows it.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

fn define<'a>(known: &mut BTreeMap<&'a str, Known>, name: &'a str, is: Known) -> Result<(), String> {
    if known.insert(name, is).is_some() { Err(format!("{} is defined twice", quoted(name))) } else { Ok(()) }
}

/// The one input that is not a stored tensor.
fn source(graph: &GraphProto, stored: &BTreeMap<&str, Known>) -> Result<Source, String> {
    let open = graph.input.iter().enumerate().filter(|(_, input)| !stored.contains_key(&*input.name));
    let open: Vec<_> = open.collect();
    let &[(at, input)] = &*open else {
        return Err(format!("{} inputs, expected the observations alone", open.len()));
    };
    let value = input.r#type.as_ref().and_then(|of| of.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = value else {
        return Err(format!("input {} is no tensor", quoted(&input.name)));
    };
    let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let side = |dim: &Dimension| match &dim.value {
        Some(dimension::Value::DimValue(side)) => usize::try_from(*side).ok(),
        _ => None,
    };
    Ok(Source {
        name: input.name.clone(),
        is_float: tensor.elem_type == DataType::Float as i32,
        dims: dims.map(side).take(MAX_RANK).collect(),
        at,
    })
}

/// What is known of an operator's results.
fn result(node: &NodeProto, known: &BTreeMap<&str, Known>) -> Result<Known, String> {
    if !["", "ai.onnx"].contains(&&*node.domain) {
        return Err(format!("of the domain {}, expected one of ONNX itself", quoted(&node.domain)));
    }
    let found = OPERATORS.binary_search_by_key(&&*node.op_type, |(name, ..)| name);
    let Ok(found) = found else {
        return Err("not among the operators of feed-forward nets that are read".into());
    };
    let mut own = 1;
    for attribute in &node.attribute {
        own = own.max(attribute_size(node, attribute)?);
    }
    let mut inputs = Vec::with_capacity(node.input.len());
    for name in node.input.iter().filter(|name| !name.is_empty()) {
        inputs.push(*known.get(&**name).ok_or_else(|| format!("its input {} is nowhere computed", quoted(name)))?);
    }
    let size = |known: &Known| match known {
        Known::Open => None,
        Known::Constant(size) => Some(*size),
    };
    let (_, rule, arity) = &OPERATORS[found];
    if !arity.contains(&inputs.len()) || node.output.len() != 1 {
        let found = format!("{} inputs and {} outputs", inputs.len(), node.output.len());
        return Err(format!("{found}, expected {} to {} inputs and one output", arity.start(), arity.end()));
    }
    let sizes: Option<Vec<usize>> = inputs.iter().map(size).collect();
    let bound = match (rule, sizes.as_deref()) {
        (Size::Shape, _) => MAX_RANK,
        (_, None) => return Ok(Known::Open),
        (Size::Own, Some([])) => own,
        (Size::First, Some([first, ..])) => *first,
        (Size::Sum, Some(sizes @ [_, ..])) => sizes.iter().fold(0, |all: usize, size| all.saturating_add(*size)),
        (Size::Product, Some(sizes @ [_, ..])) => sizes.iter().fold(1, |all: usize, size| all.saturating_mul(*size)),
        _ => return Err("of constants alone".into()),
    };
    if bound > MAX_CONSTANT {
        return Err(format!("a constant of up to {bound} numbers, at most {MAX_CONSTANT} are computed"));
    }
    Ok(Known::Constant(bound))
}

/// How many numbers an attribute holds.
fn attribute_size(node: &NodeProto, attribute: &AttributeProto) -> Result<usize, String> {
    let blame = |why: String| format!("attribute {}: {why}", quoted(&attribute.name));
    let nested = attribute.g.is_some() || !attribute.graphs.is_empty();
    let odd = attribute.sparse_tensor.is_some()
        || !attribute.sparse_tensors.is_empty()
        || !attribute.tensors.is_empty()
        || !attribute.type_protos.is_empty();
    if nested || odd {
        return Err(blame("graphs, types, sparse tensors or lists of tensors, expected none of them".into()));
    }
    let strings = !attribute.strings.is_empty() || (node.op_type == "Constant" && !attribute.s.is_empty());
    if strings || !matches!(attribute.r#type, 1..=4 | 6 | 7) {
        return Err(blame(format!("of type {}, expected numbers or a tensor", attribute.r#type)));
    }
    if (&*node.op_type, &*attribute.name) == ("Cast", "to") && !matches!(attribute.i, 1 | 6 | 7) {
        return Err(blame(format!("{}, expected f32, i32 or i64 (1, 6 or 7)", attribute.i)));
    }
    if attribute.r#type == 4 && attribute.t.is_none() {
        return Err(blame("no tensor, expected one".into()));
    }
    let sides = match &*attribute.name {
        "pads" => 4,
        "kernel_shape" | "strides" | "dilations" => 2,
        _ => attribute.ints.len(),
    };
    if attribute.ints.len() != sides {
        return Err(blame(format!("{} numbers, expected {sides} for a grid", attribute.ints.len())));
    }
    let window = match &*attribute.name {
        "pads" => 0..=MAX_WINDOW,
        "kernel_shape" | "strides" | "dilations" => 1..=MAX_WINDOW,
        "group" => 1..=i64::from(u16::MAX),
        _ if node.op_type == "Constant" => i64::MIN..=i64::MAX,
        _ => i64::from(i32::MIN)..=i64::from(i32::MAX),
    };
    let all = attribute.ints.iter().chain((attribute.i != 0).then_some(&attribute.i));
    if let Some(wrong) = all.clone().find(|i| !window.contains(i)) {
        return Err(blame(format!("{wrong}, expected {} to {}", window.start(), window.end())));
    }
    let tensor = attribute.t.as_ref().map(tensor_size).transpose().map_err(blame)?;
    Ok(tensor.unwrap_or(0).max(attribute.ints.len()).max(attribute.floats.len()))
}

/// How many numbers a stored tensor has, where it holds as many as its shape says.
fn tensor_size(tensor: &TensorProto) -> Result<usize, String> {
    if tensor.data_location.is_some_and(|location| location != 0) || !tensor.external_data.is_empty() {
        return Err("it lies in another file, expected a model that holds its tensors".into());
    }
    if tensor.dims.len() > MAX_RANK {
        return Err(format!("{} sides, at most {MAX_RANK} are read", tensor.dims.len()));
    }
    let side = |side: &i64| usize::try_from(*side).ok();
    let size = tensor.dims.iter().try_fold(1_usize, |all, dim| side(dim).and_then(|dim| all.checked_mul(dim)));
    let size = size
        .filter(|size| *size <= MAX_CONSTANT)
        .ok_or_else(|| format!("a shape of {:?}, at most {MAX_CONSTANT} numbers are read", tensor.dims))?;
    let (bytes, listed, kind) = match DataType::from_i32(tensor.data_type) {
        Some(DataType::Float) => (4, tensor.float_data.len(), "f32"),
        Some(DataType::Int32) => (4, tensor.int32_data.len(), "i32"),
        Some(DataType::Int64) => (8, tensor.int64_data.len(), "i64"),
        _ => return Err(format!("of type {}, expected f32, i32 or i64", tensor.data_type)),
    };
    let found = if tensor.raw_data.is_empty() { listed * bytes } else { tensor.raw_data.len() };
    if found != size * bytes {
        return Err(format!("{found} bytes, expected {} of {size} {kind}", size * bytes));
    }
    Ok(size)
}
