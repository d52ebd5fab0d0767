//! A small writer of SVG whose bytes depend on nothing but its calls.

use std::fmt::Write as _;

/// The value of an attribute.
pub(crate) enum Value<'a> {
    Number(f64),
    Text(&'a str),
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

/// Attributes of a tag, in the order in which they are written.
pub(crate) type Attributes<'a> = [(&'a str, Value<'a>)];

/// A picture being written. Units are those of its view box.
pub(crate) struct Svg {
    out: String,
}

impl Svg {
    /// `label` says what the picture shows to a reader who does not see it; an empty one marks
    /// a picture that only repeats the text beside it.
    pub(crate) fn new(class: &str, width: f64, height: f64, label: &str) -> Self {
        let mut svg = Self { out: String::new() };
        let view = format!("0 0 {} {}", number(width), number(height));
        svg.begin(
            "svg",
            &[("class", class.into()), ("viewBox", (&view).into()), ("width", width.into()), ("height", height.into())],
        );
        if label.is_empty() {
            svg.attributes(&[("aria-hidden", "true".into())]);
        } else {
            svg.attributes(&[("role", "img".into()), ("aria-label", label.into())]);
        }
        svg.out.push('>');
        svg
    }

    /// A picture that is a file of its own, with its style sheet.
    pub(crate) fn document(width: f64, height: f64, label: &str, style: &str) -> Self {
        let mut svg = Self::new("figure", width, height, label);
        svg.out.insert_str("<svg".len(), " xmlns=\"http://www.w3.org/2000/svg\"");
        let _ = write!(svg.out, "<style>{}</style>", escape(style));
        svg
    }

    /// A tag without content.
    pub(crate) fn leaf(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.begin(name, attributes);
        self.out += "/>";
    }

    /// Opens a tag; what follows is in it until [`Svg::close`].
    pub(crate) fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.begin(name, attributes);
        self.out.push('>');
    }

    /// Closes the tag opened last, whose name is `name`.
    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
    }

    /// A tag around text.
    pub(crate) fn around(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) {
        self.open(name, attributes);
        self.out += &escape(text);
        self.close(name);
    }

    /// A tag around a tooltip.
    pub(crate) fn titled(&mut self, name: &str, attributes: &Attributes<'_>, title: &str) {
        self.begin(name, attributes);
        let _ = write!(self.out, "><title>{}</title></{name}>", escape(title));
    }

    /// A line of text that starts, is centred or ends at (x, y) by its class.
    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.begin("text", &[("class", class.into()), ("x", x.into()), ("y", y.into())]);
        let _ = write!(self.out, ">{}</text>", escape(text));
    }

    /// A straight line.
    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ends = [("x1", from.0.into()), ("y1", from.1.into()), ("x2", to.0.into()), ("y2", to.1.into())];
        self.begin("line", &[("class", class.into())]);
        self.attributes(&ends);
        self.out += "/>";
    }

    /// The picture.
    pub(crate) fn finish(mut self) -> String {
        self.out += "</svg>";
        self.out
    }

    fn begin(&mut self, name: &str, attributes: &Attributes<'_>) {
        let _ = write!(self.out, "<{name}");
        self.attributes(attributes);
    }

    fn attributes(&mut self, attributes: &Attributes<'_>) {
        for (name, value) in attributes {
            let _ = match value {
                Value::Number(value) => write!(self.out, " {name}=\"{}\"", number(*value)),
                Value::Text(text) => write!(self.out, " {name}=\"{}\"", escape(text)),
            };
        }
    }
}

/// A coordinate: at most two decimals, never `-0`. Fixed decimals keep the bytes the same where
/// the last bits of a computation are not.
pub(crate) fn number(value: f64) -> String {
    let text = crate::text::fixed(if value.is_finite() { value } else { 0.0 }, 2);
    crate::text::trim_zeros(&text).to_owned()
}

/// The data of a path through `points`; a `None` lifts the pen.
pub(crate) fn path(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    through(points, number)
}

/// The same to a tenth of a unit, for lines of many points.
pub(crate) fn coarse_path(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    through(points, tenths)
}

/// A coordinate to a tenth of a unit.
pub(crate) fn tenths(value: f64) -> String {
    let text = crate::text::fixed(if value.is_finite() { value } else { 0.0 }, 1);
    crate::text::trim_zeros(&text).to_owned()
}

fn through(points: impl IntoIterator<Item = Option<(f64, f64)>>, number: fn(f64) -> String) -> String {
    let mut out = String::new();
    let mut down = false;
    for point in points {
        if let Some((x, y)) = point {
            let _ = write!(out, "{}{} {}", if down { 'L' } else { 'M' }, number(x), number(y));
        }
        down = point.is_some();
    }
    out
}

/// Text safe within content and quoted attributes, and visible.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::text::visible(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_total() {
        let shown: Vec<_> = [1.0, 0.125, -0.001, -2.5, 1.0 / 3.0, f64::NAN].map(number).into();
        assert_eq!(shown, ["1", "0.12", "0", "-2.5", "0.33", "0"]);
    }

    #[test]
    fn a_gap_lifts_the_pen() {
        assert_eq!(path([Some((0.0, 1.0)), Some((1.0, 1.0)), None, Some((3.0, 2.0))]), "M0 1L1 1M3 2");
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut svg = Svg::new("x", 1.0, 1.0, "\"><script>");
        svg.text("t", 0.0, 0.0, "</text><img onerror='x'>\u{202e}");
        let out = svg.finish();
        assert!(!out.contains("<script") && !out.contains("<img") && !out.contains('\u{202e}'));
        let parsed = roxmltree::Document::parse(&out).unwrap();
        assert_eq!(parsed.root_element().attribute("aria-label"), Some("\"><script>"));
    }
}
