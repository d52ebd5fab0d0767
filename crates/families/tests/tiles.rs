//! Every family can be seen in pixels: what it draws can be told apart there.

use misgen_core::{Look, Tiles};
use misgen_families::REGISTRY;

/// One tile of a cell that holds `bits`, in the declared colours.
fn tile(tiles: &Tiles, bits: u16) -> Vec<f32> {
    let mut out = vec![0.0; tiles.side() * tiles.side() * 3];
    tiles.draw(bits, &tiles.colors(0.0, 0), &mut out, tiles.side() * 3);
    out
}

#[test]
fn any_two_channels_of_a_family_have_different_tiles() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        let looks: Vec<Look> = spec.channels.iter().map(Look::from).collect();
        let agent = spec.channels.iter().position(|channel| channel.name == "agent").expect("every family has one");
        for side in [3, 4, 5, 8] {
            let tiles = Tiles::new(&looks, agent, side);
            for a in 0..looks.len() {
                assert_ne!(tile(&tiles, 1 << a), tile(&tiles, 0), "{} {}", spec.name, spec.channels[a].name);
                for b in 0..a {
                    let names = format!("{}: {} and {}", spec.name, spec.channels[a].name, spec.channels[b].name);
                    assert_ne!(tile(&tiles, 1 << a), tile(&tiles, 1 << b), "{names}");
                    // Shapes alone tell things apart, whatever the palette.
                    let covered = |bits| tile(&tiles, bits).iter().map(|part| *part != 0.0).collect::<Vec<_>>();
                    let things = [a, b].iter().all(|&k| !spec.channels[k].is_ground() && !spec.channels[k].is_tint());
                    let spread = |bits| covered(bits).chunks(3).map(|pixel| pixel.contains(&true)).collect::<Vec<_>>();
                    assert!(!things || spread(1 << a) != spread(1 << b), "{names}: one shape");
                }
            }
        }
    }
}

#[test]
fn whatever_the_agent_stands_on_shows_below_it() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        let looks: Vec<Look> = spec.channels.iter().map(Look::from).collect();
        let agent = spec.channels.iter().position(|channel| channel.name == "agent").expect("every family has one");
        let tiles = Tiles::new(&looks, agent, 3);
        for k in (0..looks.len()).filter(|k| *k != agent) {
            let name = spec.channels[k].name;
            assert_ne!(tile(&tiles, 1 << k | 1 << agent), tile(&tiles, 1 << agent), "{} {name}", spec.name);
        }
    }
}
