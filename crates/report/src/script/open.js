// Whoever follows a link to something folded finds it open.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const show = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let shut = false;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS" && !at.open) shut = at.open = true;
    }
    if (shut) target.scrollIntoView();
  };
  addEventListener("hashchange", show);
  show();
})();
