// Sets the theme before the page is drawn, so that a dark room stays dark.
"use strict";
(() => {
  try {
    const kept = localStorage.getItem("theme");
    if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  } catch { /* Storage is switched off: the system's theme holds. */ }
})();
