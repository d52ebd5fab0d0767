//! Keys: from the bytes that a terminal sends to what the player wants.

use misgen_core::FamilySpec;

/// A key as a terminal sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Left,
    Down,
    Right,
    Escape,
    Char(char),
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Act(u8),
    Undo,
    Restart,
    Next,
    Rules,
    /// Leave the rules, or the game.
    Back,
    Quit,
    Interrupt,
}

/// Takes whole keys from the front of `bytes`. A lone escape may be the beginning of a sequence that is still on its way
/// (a slow line splits them): it stays, unless nothing came for a while (`quiet`).
pub(super) fn decode(bytes: &mut Vec<u8>, quiet: bool) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut at = 0;
    while let Some((used, key)) = first(&bytes[at..], quiet) {
        at += used;
        keys.extend(key);
    }
    bytes.drain(..at);
    keys
}

/// The first key of `bytes` and how long it is; `None` where more has to come. What is no key of ours is passed over.
fn first(bytes: &[u8], quiet: bool) -> Option<(usize, Option<Key>)> {
    const ESCAPE: u8 = 0x1b;
    let waiting = |escape: usize| quiet.then_some((escape, Some(Key::Escape)));
    match *bytes {
        [] => None,
        [ESCAPE] => waiting(1),
        [ESCAPE, b'[' | b'O'] => waiting(2),
        [ESCAPE, b'[' | b'O', ref rest @ ..] => {
            // Parameters, then one final byte (ECMA-48, 5.4).
            let Some(end) = rest.iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
                return waiting(bytes.len());
            };
            let key = match rest[end] {
                b'A' => Some(Key::Up),
                b'B' => Some(Key::Down),
                b'C' => Some(Key::Right),
                b'D' => Some(Key::Left),
                _ => None,
            };
            Some((2 + end + 1, key))
        }
        [ESCAPE, ..] => Some((1, Some(Key::Escape))),
        [byte, ..] if byte.is_ascii() => Some((1, Some(Key::Char(char::from(byte))))),
        // No key of ours lies beyond ASCII.
        _ => Some((1, None)),
    }
}

/// Which keys take which action of a family.
pub(super) struct Keys {
    /// (action, its keys, how they are called).
    actions: Vec<(u8, Vec<Key>, String)>,
    names: &'static [&'static str],
}

impl Keys {
    /// By the names of the actions alone: directions have their arrows and letters, doing nothing the space bar, and every
    /// other action a digit: the one that its name ends in, else the first that is free, from 1.
    pub(super) fn new(spec: &FamilySpec) -> Self {
        let letters = |text: &str| text.chars().map(Key::Char).collect::<Vec<_>>();
        let has_up = spec.actions.contains(&"up");
        let direction = |name: &str| match name {
            "up" => Some((Key::Up, "wk")),
            // Where one cannot walk up, up is for jumping.
            "jump" if !has_up => Some((Key::Up, "wk")),
            "left" => Some((Key::Left, "ah")),
            "down" => Some((Key::Down, "sj")),
            "right" => Some((Key::Right, "dl")),
            _ => None,
        };
        let own_digit = |name: &str| {
            let (_, last) = name.rsplit_once('-')?;
            last.parse::<char>().ok().filter(char::is_ascii_digit)
        };
        let mut free: Vec<char> = "1234567890".chars().collect();
        free.retain(|digit| !spec.actions.iter().any(|name| own_digit(name) == Some(*digit)));
        let mut free = free.into_iter();
        let mut actions = Vec::new();
        for (i, name) in spec.actions.iter().enumerate() {
            let number = i as u8;
            let (mut keys, mut called) = (Vec::new(), Vec::new());
            if let Some((arrow, others)) = direction(name) {
                keys.push(arrow);
                keys.extend(letters(others));
                called.push("up".to_owned());
            } else if spec.stay == Some(number) || *name == "stay" {
                keys.extend(letters(" ."));
                called.push("space".to_owned());
            }
            let plain = ["up", "left", "down", "right"].contains(name);
            if !plain && called.first().is_none_or(|first| first != "space") {
                let digit = own_digit(name).or_else(|| free.next());
                keys.extend(digit.map(Key::Char));
                called.extend(digit.map(String::from));
            }
            let called = if plain { String::new() } else { called.join("/") };
            actions.push((number, keys, called));
        }
        Self { actions, names: spec.actions }
    }

    /// What `key` asks for.
    pub(super) fn command(&self, key: Key) -> Option<Command> {
        let acts =
            self.actions.iter().find(|(_, keys, _)| keys.contains(&key)).map(|(action, ..)| Command::Act(*action));
        acts.or(match key {
            Key::Char('u') => Some(Command::Undo),
            Key::Char('r') => Some(Command::Restart),
            Key::Char('n' | '\r' | '\n') => Some(Command::Next),
            Key::Char('?') => Some(Command::Rules),
            Key::Char('q') => Some(Command::Quit),
            Key::Escape => Some(Command::Back),
            // Ctrl-C, which a raw terminal passes on.
            Key::Char('\u{3}') => Some(Command::Interrupt),
            _ => None,
        })
    }

    /// The keys in words, one an entry.
    pub(super) fn help(&self) -> Vec<String> {
        let moves = self.names.iter().any(|name| ["up", "left", "down", "right"].contains(name));
        let others = self.actions.iter().filter(|(.., called)| !called.is_empty());
        let others: Vec<_> = others.map(|(i, _, called)| (called, self.names[usize::from(*i)])).collect();
        let mut all = Vec::new();
        if moves {
            all.push("arrows, wasd or hjkl move".to_owned());
        }
        // A run of digits that say themselves is said once.
        let own = |(called, name): &(&String, &str)| name.ends_with(&format!("-{called}"));
        let run: Vec<_> = others.iter().filter(|other| own(other)).collect();
        if let (Some((first, name)), Some((last, _))) = (run.first(), run.last()) {
            all.push(format!("{first}-{last} {}", name.rsplit_once('-').map_or(*name, |(stem, _)| stem)));
        }
        all.extend(others.iter().filter(|other| !own(other)).map(|(called, name)| format!("{called} {name}")));
        all.extend(["u undo", "r again", "n next", "? rules", "q quit"].map(str::to_owned));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use misgen_families::REGISTRY;

    #[test]
    fn every_action_of_every_family_has_a_key_of_its_own() {
        for family in REGISTRY.iter() {
            let spec = family.spec();
            let keys = Keys::new(&spec);
            for (action, own, _) in &keys.actions {
                assert!(!own.is_empty(), "{}: no key for {}", spec.name, spec.actions[usize::from(*action)]);
                for key in own {
                    assert_eq!(keys.command(*key), Some(Command::Act(*action)), "{}: {key:?}", spec.name);
                    assert!(!"urn?q".chars().any(|c| *key == Key::Char(c)), "{}: {key:?} commands", spec.name);
                }
            }
        }
        let query = Keys::new(&REGISTRY.get("query").unwrap().spec());
        assert_eq!(query.command(Key::Char('3')), Some(Command::Act(3)), "answer-3");
        assert_eq!(query.help()[..2], ["0-8 answer", "9 ask"]);
        let coin = Keys::new(&REGISTRY.get("coin").unwrap().spec());
        assert_eq!(coin.command(Key::Up), coin.command(Key::Char('1')));
        assert_eq!(coin.help()[..3], ["arrows, wasd or hjkl move", "up/1 jump", "space stay"]);
    }

    #[test]
    fn sequences_are_read_whole_even_when_they_come_in_parts() {
        let keys = |bytes: &[u8], quiet| {
            let mut bytes = bytes.to_vec();
            let keys = decode(&mut bytes, quiet);
            (keys, bytes)
        };
        assert_eq!(keys(b"\x1b[A\x1bOD?", false), (vec![Key::Up, Key::Left, Key::Char('?')], vec![]));
        assert_eq!(keys(b"a\x1b", false), (vec![Key::Char('a')], b"\x1b".to_vec()));
        assert_eq!(keys(b"\x1b", true), (vec![Key::Escape], vec![]));
        assert_eq!(keys(b"\x1b[", false).1, b"\x1b[");
        assert_eq!(keys(b"\x1b[1;5A", false).0, [Key::Up], "with Ctrl held");
        assert_eq!(keys(b"\x1b[6~q", false).0, [Key::Char('q')], "a key that is not ours");
        assert_eq!(keys("äq".as_bytes(), false).0, [Key::Char('q')]);
        // Nothing is left over for ever.
        for first in 0..=255 {
            for second in [0, 27, 65, 91, 200] {
                assert_eq!(keys(&[first, second], true).1, b"");
            }
        }
    }
}
