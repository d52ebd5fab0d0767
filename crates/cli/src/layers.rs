//! What lies over a suite's file: variables of the environment, then the command line's `--set`.

use crate::failure::Failure;
use misgen_sweep::config::VARIABLES;
use std::ffi::OsString;

/// The layers over a suite, later ones winning: each variable `MISGEN__PATH=value` in order of name, then `set`.
pub(crate) fn layers(set: &[String]) -> Result<Vec<String>, Failure> {
    let mut all = variables(std::env::vars_os())?;
    all.extend_from_slice(set);
    Ok(all)
}

fn variables(all: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<String>, Failure> {
    let ours = all.filter(|(name, _)| name.as_encoded_bytes().starts_with(VARIABLES.as_bytes()));
    let mut ours = ours
        .map(|(name, value)| match (name.to_str(), value.to_str()) {
            (Some(name), Some(value)) => Ok((name.to_owned(), value.to_owned())),
            _ => Err(Failure::usage(format!(
                "variable {}: found bytes that are not UTF-8, expected text",
                name.display()
            ))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    ours.sort_unstable();
    Ok(ours.into_iter().map(|(name, value)| format!("{name}={value}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(all: &[(&str, &str)]) -> Vec<String> {
        variables(all.iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
    }

    #[test]
    fn variables_of_flags_are_no_layer_and_order_is_that_of_names() {
        let all = [("MISGEN__WORLDS__0__FRAMES", "1"), ("MISGEN_JOBS", "2"), ("PATH", "x"), ("MISGEN__SEEDS", "3")];
        assert_eq!(given(&all), ["MISGEN__SEEDS=3", "MISGEN__WORLDS__0__FRAMES=1"]);
        assert_eq!(given(&all[1..3]), [""; 0]);
    }
}
