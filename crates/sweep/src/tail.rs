//! The end of what a process says on stderr.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How much of it is kept: the last so many bytes.
pub(crate) const TAIL: usize = 4096;

/// Reads a stream to its end, whatever comes, and keeps the last [`TAIL`] bytes.
pub(crate) struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    closed: Receiver<()>,
}

impl Tail {
    /// Begins to read.
    pub(crate) fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (send, closed) = channel::<()>();
        let into = Arc::clone(&kept);
        std::thread::spawn(move || {
            if let Some(stream) = stream {
                drain(stream, &into);
            }
            drop(send);
        });
        Self { kept, closed }
    }

    /// What was kept when the stream closed, or after `within`: something that the process started may hold it open.
    pub(crate) fn end(&self, within: Duration) -> String {
        // Nothing is ever sent.
        let _ = self.closed.recv_timeout(within);
        String::from_utf8_lossy(&self.kept.lock().expect("the reader does not panic")).into_owned()
    }
}

fn drain(mut stream: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut chunk = [0; TAIL];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                let mut kept = kept.lock().expect("nobody panics who holds it");
                kept.extend_from_slice(&chunk[..n]);
                let over = kept.len().saturating_sub(TAIL);
                kept.drain(..over);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn tail(bytes: Vec<u8>) -> String {
        Tail::of(Some(Cursor::new(bytes))).end(Duration::from_secs(60))
    }

    #[test]
    fn only_the_end_of_a_long_stream_is_kept() {
        let text: Vec<u8> = (0..100_000_u32).map(|i| b'a' + (i % 26) as u8).collect();
        assert_eq!(tail(text.clone()).as_bytes(), &text[text.len() - TAIL..]);
        assert_eq!(tail(b"short".to_vec()), "short");
    }
}
