use super::*;
use misgen_core::{Layer, Look, Rgb};

fn shape(height: usize, width: usize, channels: &[&str], cell_bytes: usize) -> ObsShape {
    let channels = channels.iter().map(|&c| c.to_owned()).collect();
    ObsShape { height, width, channels, cell_bytes, actions: 5, looks: None }
}

fn rows(kind: ViewKind, shape: &ObsShape, obs: &[u8]) -> Features {
    let view = View::new(kind, shape);
    let mut out = view.rows();
    view.push(obs, Palette::training(0), &mut out);
    out
}

fn row(kind: ViewKind, shape: &ObsShape, obs: &[u8]) -> (usize, Vec<u32>) {
    let features = View::new(kind, shape).features();
    let Features::Sparse(out) = rows(kind, shape, obs) else { panic!("planes are sparse") };
    assert!(out.max().is_none_or(|k| (k as usize) < features));
    let mut row = out.row(0).to_vec();
    row.sort_unstable();
    (features, row)
}

#[test]
fn a_grid_lists_every_bit_at_its_place() {
    // Channels wall, agent, target; agent at (0, 1), wall and target at (1, 2).
    let obs = [0, 2, 0, 0, 0, 5];
    let (features, row) = row(ViewKind::Grid, &shape(2, 3, &["wall", "agent", "target"], 1), &obs);
    assert_eq!((features, row), (18, vec![3 + 1, 15, 17]));
}

#[test]
fn ego_shifts_every_plane_but_the_agents_and_keeps_its_place() {
    let obs = [0, 2, 0, 0, 0, 5];
    let (features, row) = row(ViewKind::Ego, &shape(2, 3, &["wall", "agent", "target"], 1), &obs);
    // 3 rows × 5 columns × 2 channels, then 6 places. One down, one right of the middle (1, 2): (2, 3).
    assert_eq!(features, 36);
    assert_eq!(row, vec![(2 * 5 + 3) * 2, (2 * 5 + 3) * 2 + 1, 30 + 1]);
}

#[test]
fn ego_is_the_same_wherever_the_scene_stands() {
    let shape = shape(5, 5, &["agent", "target"], 2);
    let scene = |row: usize, column: usize| {
        let mut cells = [0_u16; 25];
        cells[row * 5 + column] = 1;
        cells[(row + 1) * 5 + column - 1] = 2;
        let bytes: Vec<u8> = cells.iter().flat_map(|c| c.to_ne_bytes()).collect();
        self::row(ViewKind::Ego, &shape, &bytes).1
    };
    let (a, b) = (scene(0, 1), scene(3, 4));
    assert_eq!(a[0], b[0]);
    assert_eq!((a[1] - 81, b[1] - 81), (1, 19));
}

#[test]
fn an_unseen_agent_is_in_the_middle_without_a_place() {
    let shape = shape(3, 3, &["agent", "target"], 1);
    let with = row(ViewKind::Ego, &shape, &[0, 0, 0, 0, 1, 2, 0, 0, 0]).1;
    let without = row(ViewKind::Ego, &shape, &[0, 0, 0, 0, 0, 2, 0, 0, 0]).1;
    assert_eq!(with[..1], without[..]);
}

#[test]
fn dense_rows_hold_the_listed_features() {
    let mut sparse = Sparse::default();
    sparse.push(&[2, 0]);
    sparse.push(&[]);
    assert_eq!(sparse.dense(3), [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn impossible_shapes_are_refused() {
    for bad in [
        shape(0, 3, &["agent"], 1),
        shape(65, 3, &["agent"], 1),
        shape(3, 3, &["wall"], 1),
        shape(3, 3, &["agent"], 3),
        shape(3, 3, &["agent", "b", "c", "d", "e", "f", "g", "h", "i"], 1),
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
    assert!(shape(9, 9, &["wall", "agent"], 1).check().is_ok());
}

/// Rows of a window of 3 × 3 in letters: w wall, t target, o outside.
fn window(height: usize, width: usize, obs: &[u8]) -> Vec<String> {
    let shape = shape(height, width, &["wall", "agent", "target"], 1);
    let (features, row) = row(ViewKind::Window(3), &shape, obs);
    assert_eq!(features, 27);
    let letter = |cell: u32| {
        let set: Vec<u32> = row.iter().filter(|k| *k / 3 == cell).map(|k| k % 3).collect();
        match set[..] {
            [] => '.',
            [0] => 'w',
            [1] => 'o',
            [2] => 't',
            _ => panic!("{set:?}"),
        }
    };
    (0..3).map(|i| (0..3).map(|j| letter(3 * i + j)).collect()).collect()
}

#[test]
fn a_window_shows_what_is_near_and_where_the_grid_ends() {
    // A wall left of the agent, targets below to the right and far away.
    let middle = [0, 0, 0, 4, 1, 2, 0, 0, 0, 0, 4, 0];
    assert_eq!(window(3, 4, &middle), ["...", "w..", "..t"]);
    let corner = [2, 1, 0, 0, 4, 0, 0, 0, 4];
    assert_eq!(window(3, 3, &corner), ["ooo", "o.w", "o.t"]);
    let border = [0, 0, 0, 0, 4, 0, 0, 2, 0, 0, 1, 0];
    // At the right border the far target is out of sight.
    assert_eq!(window(3, 4, &border), ["..o", "..o", "w.o"]);
}

#[test]
fn a_window_is_the_same_wherever_the_scene_stands_and_does_not_see_beyond() {
    let shape = shape(7, 7, &["agent", "target"], 2);
    let scene = |row: usize, column: usize, far: usize| {
        let mut cells = [0_u16; 49];
        cells[row * 7 + column] = 1;
        cells[(row + 1) * 7 + column - 1] = 2;
        cells[far] |= 2;
        let bytes: Vec<u8> = cells.iter().flat_map(|c| c.to_ne_bytes()).collect();
        self::row(ViewKind::Window(3), &shape, &bytes)
    };
    // Row 2, column 0 of the window, channel 1.
    assert_eq!(scene(2, 2, 48), (18, vec![6 * 2 + 1]));
    assert_eq!(scene(2, 2, 48), scene(4, 5, 0));
}

#[test]
fn an_unseen_agent_leaves_the_window_in_the_middle() {
    let shape = shape(5, 5, &["agent", "target"], 1);
    let mut obs = [0; 25];
    obs[13] = 2;
    let without = row(ViewKind::Window(3), &shape, &obs);
    obs[12] = 1;
    assert_eq!(without, row(ViewKind::Window(3), &shape, &obs));
    assert_eq!(without.1, [5 * 2 + 1]);
}

/// A wall, an agent and a target, in grey, blue and yellow.
fn pictured(height: usize, width: usize, cell_bytes: usize) -> ObsShape {
    let look = |glyph, color, layer| Look { glyph, color, layer };
    let looks = vec![
        look('#', Rgb(51, 51, 51), Layer::Thing),
        look('@', Rgb(0, 0, 255), Layer::Thing),
        look('|', Rgb(255, 255, 0), Layer::Thing),
    ];
    ObsShape { looks: Some(looks), ..shape(height, width, &["wall", "agent", "target"], cell_bytes) }
}

fn pixels(view: RgbView, shape: &ObsShape, obs: &[u8], palette: Palette) -> Vec<f32> {
    let view = View::new(ViewKind::Rgb(view), shape);
    let mut out = view.rows();
    view.push(obs, palette, &mut out);
    let Features::Dense(out) = out else { panic!("pixels are dense") };
    assert_eq!(out.values().len(), view.features());
    out.values().to_vec()
}

#[test]
fn pixels_are_the_declared_colours_at_their_places() {
    let plain = |tile| RgbView { tile, palette: 0.0 };
    let one = pixels(plain(1), &pictured(2, 3, 1), &[0, 2, 0, 1, 0, 4], Palette::training(5));
    let (k, grey, blue, yellow) = ([0.0; 3], [0.2; 3], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]);
    assert_eq!(one, [k, blue, k, grey, k, yellow].concat());
    // One row of two cells, each 3 × 3: the agent's cross, the target's diagonal.
    let two = pixels(
        plain(3),
        &pictured(1, 2, 2),
        &[0_u16.to_ne_bytes(), 2_u16.to_ne_bytes()].concat(),
        Palette::training(0),
    );
    assert_eq!(two[..18], [k, k, k, k, blue, k].concat());
    assert_eq!(two[18..36], [k, k, k, blue, blue, blue].concat());
    let one_cell = pixels(plain(3), &pictured(1, 1, 1), &[4], Palette::training(0));
    assert_eq!(one_cell, [yellow, k, k, k, yellow, k, k, k, yellow].concat());
}

#[test]
fn a_level_has_one_palette_and_evaluation_has_others() {
    let shape = pictured(1, 3, 1);
    let look = |amount, palette| pixels(RgbView { tile: 1, palette: amount }, &shape, &[1, 2, 4], palette);
    let (training, held_out) = (Palette::training, Palette::evaluation);
    assert_eq!(look(0.3, training(4)), look(0.3, training(4)));
    assert_ne!(look(0.3, training(4)), look(0.3, training(5)));
    assert_ne!(look(0.3, training(4)), look(0.3, held_out(4, None)), "held out as levels are");
    assert_eq!(look(0.3, held_out(4, None)), look(0.0, held_out(4, Some(0.3))), "who evaluates may say how far");
    assert_eq!(look(0.3, held_out(4, Some(0.0))), look(0.0, training(9)), "none is the declared colours");
}

#[test]
fn pictures_of_unknown_looks_are_refused() {
    let rgb = ViewKind::Rgb(RgbView::default());
    let without = shape(2, 2, &["agent", "target"], 1);
    assert!(View::check(rgb, &without).unwrap_err().contains("`looks`"));
    let mut few = pictured(2, 2, 1);
    assert_eq!(View::check(rgb, &few), Ok(()));
    few.looks.as_mut().unwrap().pop();
    assert!(few.check().unwrap_err().contains("2 `looks`, expected 3"));
}
