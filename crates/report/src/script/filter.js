// The filter bar. Rows of the tables of all shifts are looked at first; whatever else knows its world and agent follows them.
(() => {
  "use strict";
  const by = (id) => document.getElementById(id);
  const [text, world, agent, role, verdict, main, said] =
    ["f-text", "f-world", "f-agent", "f-role", "f-verdict", "only-main", "f-said"].map(by);
  if (!text) return;

  // One entry a row: where it is, and what it can be found by.
  const rows = [];
  for (const section of document.querySelectorAll("section.world")) {
    const name = section.querySelector("h3").textContent;
    for (const body of section.querySelectorAll("table.main > tbody")) {
      const who = body.querySelector(".agent th").textContent;
      for (const row of body.querySelectorAll("tr:not(.agent)")) {
        const { role = "", verdict = "" } = row.dataset;
        const words = [name, who, row.querySelector(".shift").textContent, role, verdict.replaceAll("-", " ")];
        rows.push({ row, body, section, w: section.dataset.w, a: body.dataset.a, role, verdict,
          main: row.classList.contains("is-main"), words: words.join(" ").toLowerCase() });
      }
    }
  }

  const set = (all, shown, key) => { for (const part of all) part.hidden = !shown.has(key(part)); };
  const matrices = [...document.querySelectorAll("table.matrix")].map((table) => {
    const [groups, heads] = table.tHead.rows;
    const all = [...groups.cells].slice(1).map((head) => ({ head, size: head.colSpan }));
    return { table, all, heads: [...heads.cells], body: [...table.tBodies[0].rows].map((row) => ({ row, cells: [...row.cells].slice(1) })) };
  });
  const matrix = ({ all, heads, body }, found) => {
    const columns = new Set();
    for (const { row, cells } of body) {
      let any = false;
      cells.forEach((cell, column) => {
        const link = cell.firstElementChild;
        const is = Boolean(link) && found.has(link.hash.slice(1));
        cell.classList.toggle("out", Boolean(link) && !is);
        if (is) { any = true; columns.add(column); }
      });
      row.hidden = !any;
    }
    let from = 0;
    for (const { head, size } of all) {
      const shown = heads.slice(from, from + size).filter((_, at) => columns.has(from + at)).length;
      head.hidden = shown === 0;
      head.colSpan = Math.max(shown, 1);
      from += size;
    }
    heads.forEach((head, column) => { head.hidden = !columns.has(column); });
    for (const { cells } of body) cells.forEach((cell, column) => { cell.hidden = !columns.has(column); });
  };

  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const is = (entry) => (!world.value || entry.w === world.value) && (!agent.value || entry.a === agent.value)
      && (!role.value || entry.role === role.value) && (!verdict.value || entry.verdict === verdict.value)
      && (!main.checked || entry.main) && words.every((word) => entry.words.includes(word));
    const [ids, bodies, worlds, pairs] = [new Set(), new Set(), new Set(), new Set()];
    for (const entry of rows) {
      const shown = is(entry);
      entry.row.hidden = !shown;
      if (!shown) continue;
      ids.add(entry.row.id);
      bodies.add(entry.body);
      worlds.add(entry.w);
      pairs.add(`${entry.w}.${entry.a}`);
    }
    set(document.querySelectorAll("section.world tbody[data-a]"), bodies, (body) => body);
    set(document.querySelectorAll("main [data-w]:not(th)"), worlds, (part) => part.dataset.w);
    set(document.querySelectorAll("main [data-wa]"), pairs, (part) => part.dataset.wa);
    for (const table of matrices) matrix(table, ids);
    said.textContent = ids.size === rows.length ? "" : `${ids.size} of ${rows.length} rows`;
  };

  // Paper is as wide as it is: of a wide matrix it gets the main shifts.
  addEventListener("beforeprint", () => {
    const ids = new Set(rows.filter((entry) => entry.main && !entry.row.hidden).map((entry) => entry.row.id));
    for (const table of matrices) {
      if (table.heads.filter((head) => !head.hidden).length > 21) matrix(table, ids);
    }
  });
  addEventListener("afterprint", apply);

  for (const field of [text, world, agent, role, verdict, main]) field.addEventListener("input", apply);
  by("f-reset").addEventListener("click", () => {
    for (const field of [text, world, agent, role, verdict]) field.value = "";
    main.checked = false;
    apply();
  });
  // A browser may have kept what was chosen before a reload.
  if ([text, world, agent, role, verdict].some((field) => field.value) || main.checked) apply();
})();
