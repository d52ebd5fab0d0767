//! What every page has: one self-contained file that asks for nothing over the network.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

const CSS: &str = include_str!("style.css");
/// Nothing may be fetched, whatever a record holds.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page around `body`, with style sheets and scripts of its own behind those that all have.
pub(crate) fn page(title: &str, css: &str, script: &str, body: &Markup) -> Vec<u8> {
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(CSS)) (PreEscaped(css)) }
            }
            body {
                (body)
                script { (PreEscaped(script)) }
            }
        }
    };
    page.into_string().into_bytes()
}
