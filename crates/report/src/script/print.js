// Opens what is folded before printing, but for what would fill the paper: raw numbers, groups of figures, and sentences that only
// repeat the table.
(() => {
  "use strict";
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open], .raw, .group, .group *, .rest)")];
    for (const folded of opened) folded.open = true;
  });
  addEventListener("afterprint", () => {
    for (const folded of opened) folded.open = false;
  });
})();
