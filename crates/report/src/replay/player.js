// The controls: what is shown, which frame of it, and its address.

const player = document.getElementById("player");
if (player) start();

function start() {
  const by = (name) => document.getElementById(`replay-${name}`);
  const trouble = by("trouble");
  if (typeof DecompressionStream === "undefined") {
    trouble.textContent = "This browser cannot unpack the replays (it has no DecompressionStream). Browsers since May 2023 can.";
    return;
  }
  const pick = { w: by("world"), a: by("agent"), s: by("shift"), e: by("episode") };
  const stage = player.querySelector(".stage");
  const scrub = by("scrub");
  /** Places in the record of what is shown, its two figures, the frame, and cues whose ways are hidden. */
  let shown = null;
  let [pair, frame, last] = [[], 0, 0];
  const hidden = new Set();
  let timer = null;
  let asked = 0;

  // What is shown.

  /** Shows the replay at `at = {w, a, s, e, f}`; what is missing or there is not is the first, unless `strict`. */
  async function show(at, strict = false) {
    const turn = ++asked;
    let read;
    try {
      read = await world(at.w);
    } catch (error) {
      trouble.textContent = `The replays of this world cannot be unpacked: ${error.message}`;
      return false;
    }
    if (turn !== asked) return false;
    const find = (list, index) => list.find((item) => item.i === index) ?? (strict && index !== undefined ? null : list[0]);
    const agent = find(read.agents, at.a);
    // Where no row is asked for, the first that has twins: there something is at stake.
    const staked = (rows) => rows.find((row) => row.replays.some((replay) => replay.twin));
    const named = agent && at.name && agent.rows.find((row) => row.shift === at.name);
    const row = agent && (named ?? ((at.s === undefined && staked(agent.rows)) || find(agent.rows, at.s)));
    const replay = row && find(row.replays, at.e);
    if (!replay) return false;
    pause();
    trouble.textContent = "";
    shown = { w: at.w, a: agent.i, s: row.i, e: replay.i, name: row.shift };
    pick.w.value = String(at.w);
    options(pick.a, read.agents.map((agent) => [agent.i, agent.name]), agent.i);
    options(pick.s, agent.rows.map((row) => [row.i, row.shift]), row.i);
    options(pick.e, row.replays.map((replay, index) => [replay.i, `${index + 1}: ${replay.why}`]), replay.i);
    by("why").textContent = `Why this episode: ${replay.why}. Seed ${replay.seed}.`;
    pair = [];
    if (replay.twin) pair.push(watched(read, replay.twin, player.dataset.twin));
    pair.push(watched(read, replay.shown, replay.twin ? player.dataset.shown : "Level"));
    by("boards").replaceChildren(...pair.map((each) => each.element));
    by("boards").className = `boards of${pair.length}`;
    last = Math.max(...pair.map((each) => each.steps));
    scrub.max = last;
    toggles(read);
    legend(read);
    player.hidden = false;
    go(at.f ?? 0);
    return true;
  }

  function options(select, entries, chosen) {
    select.replaceChildren(...entries.map(([value, name]) => node("option", { value }, name)));
    select.value = String(chosen);
  }

  function toggles(read) {
    const cues = [...new Set(pair.flatMap((each) => each.ways.filter((way) => moves(way.cells)).map((way) => way.cue)))].sort((a, b) => a - b);
    const toggle = (key, kind, words) => {
      const box = node("input", { type: "checkbox", "data-line": key });
      box.checked = !hidden.has(key);
      box.addEventListener("change", () => {
        if (box.checked) hidden.delete(key);
        else hidden.add(key);
        draw();
      });
      return node("label", {}, box, sampleLine(kind), words);
    };
    by("ways").replaceChildren(by("ways").firstElementChild, toggle("trail", "trail", "where the agent was"),
      ...cues.map((cue) => toggle(cue, `way way${cue % 4}`, `best play for ${read.pursuers[cue]}`)));
  }

  function legend(read) {
    const seen = pair.flatMap((each) => each.tiles()).reduce((all, tile) => all | read.bits[tile], 0);
    const there = read.channels.map((channel, index) => [channel, index]).filter(([, index]) => (seen >> index) & 1);
    by("legend").replaceChildren(...there.map(([channel, index]) => node("li", {}, sampleTile(read, index), channel.name)));
  }

  // Which frame.

  function go(to) {
    frame = Math.max(0, Math.min(to, last));
    draw();
    if (timer === null || frame === last) {
      by("said").textContent = `Step ${frame} of ${last}. ${pair.map((each) => each.say(frame)).join(" ")}`;
    }
    if (frame === last) pause();
  }

  function draw() {
    const cues = new Set(pair.flatMap((each) => each.ways.map((way) => way.cue)).filter((cue) => !hidden.has(cue)));
    for (const each of pair) each.show(frame, { cues, trail: !hidden.has("trail") });
    scrub.value = frame;
    scrub.setAttribute("aria-valuetext", `step ${frame} of ${last}`);
    by("count").textContent = `${frame} / ${last}`;
    by("linked").textContent = "";
  }

  /** Moves to a frame by hand, which ends playing. */
  function jump(to) {
    pause();
    go(to);
  }

  function play() {
    if (frame === last) go(0);
    timer = 0;
    by("play").textContent = "Pause";
    tick();
  }

  /** One step after the time that a step takes now. */
  function tick() {
    timer = setTimeout(() => {
      go(frame + 1);
      if (timer !== null) tick();
    }, 500 / Number(by("speed").value));
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    by("play").textContent = "Play";
  }

  const playOrPause = () => (timer === null ? play() : jump(frame));

  by("play").addEventListener("click", playOrPause);
  by("first").addEventListener("click", () => jump(0));
  by("back").addEventListener("click", () => jump(frame - 1));
  by("next").addEventListener("click", () => jump(frame + 1));
  scrub.addEventListener("input", () => jump(Number(scrub.value)));
  pick.w.addEventListener("change", () => show({ w: Number(pick.w.value) }));
  pick.a.addEventListener("change", () => show({ ...shown, a: Number(pick.a.value) }));
  pick.s.addEventListener("change", () => show({ w: shown.w, a: shown.a, s: Number(pick.s.value) }));
  pick.e.addEventListener("change", () => show({ ...shown, e: Number(pick.e.value) }));

  const keys = {
    " ": playOrPause,
    ArrowLeft: () => jump(frame - 1),
    ArrowRight: () => jump(frame + 1),
    Home: () => jump(0),
    End: () => jump(last),
  };
  stage.addEventListener("keydown", (event) => {
    const own = event.target.closest("select, input") || (event.key === " " && event.target.closest("button"));
    if (own || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  // Its address.

  const address = () => `#replay=w${shown.w}.a${shown.a}.s${shown.s}.e${shown.e}.f${frame}`;

  by("link").addEventListener("click", async () => {
    history.replaceState(null, "", address());
    let words = "The address of this page now leads to this frame.";
    try {
      await navigator.clipboard.writeText(location.href);
      words = "The address of this page now leads to this frame, and is copied.";
    } catch {
      // Without the clipboard the address is where addresses are.
    }
    by("linked").textContent = words;
  });

  /** Follows the address, if it is one of a frame that there is. */
  async function follow() {
    const found = /^#replay=w(\d+)(?:\.a(\d+)(?:\.s(\d+)(?:\.e(\d+)(?:\.f(\d+))?)?)?)?$/.exec(location.hash);
    if (!found) return false;
    const [w, a, s, e, f] = found.slice(1).map((digits) => (digits === undefined ? undefined : Number(digits)));
    if (![...pick.w.options].some((option) => Number(option.value) === w)) return false;
    if (!(await show({ w, a, s, e, f }, true))) return false;
    player.scrollIntoView();
    stage.focus({ preventScroll: true });
    return true;
  }

  addEventListener("hashchange", follow);
  const led = follow();
  // Nothing is unpacked before the section is about to be seen.
  const near = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    if (!(await led) && shown === null) show({ w: Number(pick.w.value) });
  }, { rootMargin: "600px" });
  near.observe(document.getElementById("replays"));
}
