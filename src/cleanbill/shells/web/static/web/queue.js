// The work queue by keys: selecting rows, and forms that open with the cursor in them.
"use strict";
(() => {
  const typing = (target) => target.closest("input:not([type='checkbox']), textarea, select");
  const boxes = () => [...document.querySelectorAll("[data-row] input[name='finding']")];
  const focused = () => document.activeElement?.closest("[data-row]");

  const told = () => {
    const chosen = boxes().filter((box) => box.checked);
    boxes().forEach((box) => box.closest("[data-row]").classList.toggle("selected", box.checked));
    const count = document.querySelector("[data-selected]");
    if (count) count.textContent = chosen.length ? String(chosen.length) : "";
    const all = document.querySelector("[data-all]");
    if (all) all.checked = chosen.length > 0 && chosen.length === boxes().length;
    return chosen.length;
  };

  const all = document.querySelector("[data-all]");
  if (all) all.hidden = false;
  told();

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) boxes().forEach((box) => { box.checked = event.target.checked; });
    told();
  });

  // A button for the selection takes the row in hand where nothing is selected.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-bulk]")) return;
    if (told()) return;
    const box = focused()?.querySelector("input[name='finding']");
    if (box) { box.checked = true; told(); }
  }, true);

  document.addEventListener("toggle", (event) => {
    if (event.target.open) event.target.querySelector("input:not([type='hidden']), select, textarea")?.focus();
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const fold = event.target.closest?.("details.fold[open]");
    if (event.key === "Escape" && fold) { fold.open = false; fold.querySelector("summary").focus(); return; }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const row = focused();
    if (event.key === "x" && row) {
      const box = row.querySelector("input[name='finding']");
      if (box) { box.checked = !box.checked; told(); }
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!row) return;
      event.preventDefault();
      const key = event.key === "ArrowDown" ? "j" : "k";
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
  });
})();
