// A button in each head that can be sorted by: rows within their group, then the groups by their first row. A third press gives
// the order of the suite back. `data-v` of a cell is its raw value.
(() => {
  "use strict";
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell ? (cell.dataset.v ?? cell.textContent).trim().replace(/^[<>]/, "").replace("−", "-") : "";
    const number = Number.parseFloat(text);
    return { number: Number.isNaN(number) ? undefined : number, text };
  };
  // What is missing comes last, whichever way.
  const compare = (a, b, way) => {
    if ((a.text === "") !== (b.text === "")) return a.text === "" ? 1 : -1;
    if (a.number !== undefined && b.number !== undefined) return way * (a.number - b.number);
    return way * (a.text < b.text ? -1 : Number(a.text > b.text));
  };
  const sort = (table, column, way) => {
    const groups = [...table.tBodies].map((body) => {
      body.first ??= [...body.rows];
      const head = body.first.filter((row) => row.classList.contains("agent"));
      let rows = body.first.filter((row) => !row.classList.contains("agent"));
      if (way) rows = rows.map((row) => [value(row, column), row]).sort((a, b) => compare(a[0], b[0], way)).map((pair) => pair[1]);
      body.append(...head, ...rows);
      const shown = rows.find((row) => !row.hidden) ?? rows[0];
      return { body, key: shown ? value(shown, column) : { text: "" } };
    });
    table.bodies ??= groups.map((group) => group.body);
    if (way) groups.sort((a, b) => compare(a.key, b.key, way));
    table.append(...(way ? groups.map((group) => group.body) : table.bodies));
  };
  const press = (head) => {
    const next = { none: "descending", descending: "ascending", ascending: "none" }[head.getAttribute("aria-sort") ?? "none"];
    const table = head.closest("table");
    for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    if (next !== "none") head.setAttribute("aria-sort", next);
    sort(table, Number(head.dataset.sort), { none: 0, descending: -1, ascending: 1 }[next]);
  };
  for (const head of document.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    if (head.querySelector("a")) {
      button.setAttribute("aria-label", `Sort by ${head.textContent.trim()}`);
      head.append(button);
    } else {
      button.append(...head.childNodes);
      head.append(button);
    }
    button.addEventListener("click", () => press(head));
  }
})();
