//! Observations as messages carry them.

use super::message::{Obs, Observations};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use misgen_core::ObsSpec;

/// One lane's observation in the form that is asked for.
///
/// # Panics
/// When `obs` is not [`ObsSpec::bytes`] long.
#[must_use]
pub fn observation(spec: &ObsSpec, obs: &[u8], form: Observations) -> Obs {
    assert_eq!(obs.len(), spec.bytes(), "an observation of {}x{} cells", spec.height, spec.width);
    let cells = spec.height * spec.width;
    match form {
        Observations::Ascii => Obs::Ascii(spec.ascii(obs)),
        Observations::Channels => {
            let places = |k: usize| {
                let there = (0..cells).filter(|cell| spec.cell(obs, *cell) >> k & 1 == 1);
                there.map(|cell| [cell / spec.width, cell % spec.width]).collect()
            };
            Obs::Channels(spec.channels.iter().enumerate().map(|(k, c)| (c.name.to_owned(), places(k))).collect())
        }
        Observations::Bits if spec.cell_bytes == 1 => Obs::Bits(STANDARD.encode(obs)),
        Observations::Bits => {
            let bytes: Vec<u8> = (0..cells).flat_map(|cell| spec.cell(obs, cell).to_le_bytes()).collect();
            Obs::Bits(STANDARD.encode(bytes))
        }
    }
}

/// The observation that `bits` packs, as lanes hold it.
///
/// # Errors
/// When it is not one of `spec`.
pub fn unpacked(spec: &ObsSpec, bits: &str) -> Result<Vec<u8>, String> {
    let mut bytes = STANDARD.decode(bits).map_err(|error| format!("an observation that is no Base64: {error}"))?;
    if bytes.len() != spec.bytes() {
        return Err(format!("an observation of {} bytes, expected {}", bytes.len(), spec.bytes()));
    }
    if spec.cell_bytes == 2 {
        for cell in bytes.chunks_exact_mut(2) {
            let bits = u16::from_le_bytes([cell[0], cell[1]]);
            cell.copy_from_slice(&bits.to_ne_bytes());
        }
    }
    let (cells, known) = (spec.height * spec.width, spec.channels.len() as u32);
    match (0..cells).find(|cell| u32::from(spec.cell(&bytes, *cell)) >> known != 0) {
        Some(cell) => Err(format!("an observation whose cell {cell} holds a channel that does not exist")),
        None => Ok(bytes),
    }
}
