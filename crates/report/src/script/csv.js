// Downloads the data of a figure, which lies in the page as text, or a table as it is filtered and sorted (RFC 4180).
(() => {
  "use strict";
  // A name that a spreadsheet would take for a formula gets an apostrophe before it.
  const field = (text) => {
    let plain = text.trim().replaceAll(/\s+/g, " ").replace(/^−(?=[\d.])/, "-");
    if (/^[=+\-@]/.test(plain) && Number.isNaN(Number(plain))) plain = `'${plain}`;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const shown = (cells) => [...cells].filter((cell) => !cell.hidden && !cell.classList.contains("drawn"));
  const table = (of) => {
    const last = of.tHead.rows[of.tHead.rows.length - 1];
    const heads = shown(last.cells).map((head) => head.dataset.name ?? head.textContent);
    // A head that stands over both rows belongs to the columns too.
    if (of.tHead.rows.length > 1) heads.unshift(of.tHead.rows[0].cells[0].textContent);
    const rows = shown([...of.tBodies].flatMap((body) => (body.hidden ? [] : [...body.rows])));
    const lines = rows.map((row) => shown(row.cells).map((cell) => cell.dataset.v ?? cell.textContent));
    return [heads, ...lines].map((line) => `${line.map(field).join(",")}\r\n`).join("");
  };
  const save = (name, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  for (const button of document.querySelectorAll("button.csv")) button.setAttribute("aria-label", `CSV: save ${button.dataset.file}`);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.csv");
    if (!button) return;
    const of = button.dataset.of && document.getElementById(button.dataset.of);
    const text = of ? table(of) : button.closest("[data-csv]")?.dataset.csv.replaceAll("\n", "\r\n");
    if (text) save(button.dataset.file, text);
  });
})();
