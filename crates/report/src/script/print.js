// Opens what is folded before printing, but for tables of raw numbers, which are wider than paper, and folded groups of
// figures, which would be hundreds of pages.
(() => {
  "use strict";
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.raw):not(.group):not(.group *)")];
    for (const folded of opened) folded.open = true;
  });
  addEventListener("afterprint", () => {
    for (const folded of opened) folded.open = false;
  });
})();
