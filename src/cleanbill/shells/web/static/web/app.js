// Keys, themes and popovers. Every page works without this file; it makes pages quicker to use.
"use strict";
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-row]")];

  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement?.closest("[data-row]"));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const open = () => {
    const link = document.activeElement?.closest("[data-row]")?.querySelector("a");
    if (link) link.click();
  };

  const closePopover = () => {
    const shown = document.querySelector("[data-popover]");
    if (!shown) return false;
    shown.remove();
    const button = document.querySelector("[data-explain][aria-expanded='true']");
    button?.setAttribute("aria-expanded", "false");
    button?.focus();
    return true;
  };

  const go = (letter) => document.querySelector(`[data-go="${letter}"]`)?.click();

  // The palette: typing finds, arrows choose, Enter opens; the focus never leaves the field.
  const palette = () => document.getElementById("palette");
  const field = () => document.querySelector("[data-palette-input]");
  const found = () => [...document.querySelectorAll("#palette-found [role='option']")];
  const openPalette = () => {
    if (!palette() || palette().open) return;
    document.querySelectorAll("dialog[open]").forEach((each) => each.close());
    palette().showModal();
    field().value = "";
    field().focus();
    htmx.trigger(field(), "opened");
  };
  const choose = (option) => {
    found().forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    if (option) { field().setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else field()?.removeAttribute("aria-activedescendant");
  };
  const inPalette = (event) => {
    const all = found();
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) { event.preventDefault(); choose(all[(at + step + all.length) % all.length]); }
    else if (event.key === "Enter") { event.preventDefault(); (all[at] ?? all[0])?.click(); }
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "palette-found") choose(found()[0]);
  });

  let before = "";
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && palette()) { event.preventDefault(); openPalette(); return; }
    if (event.target.matches("[data-palette-input]")) { inPalette(event); return; }
    if (event.key === "Escape") { closePopover() || closeMenus(null); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const first = before;
    before = event.key === "g" ? "g" : "";
    if (first === "g" && "hqirb".includes(event.key)) { go(event.key); return; }
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "Enter" && event.target.matches("[data-row]")) open();
    else if (event.key === "/") { event.preventDefault(); (document.querySelector("main [data-search]") ?? document.querySelector("[data-search]"))?.focus(); }
    else if (/^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`)) document.querySelector(`[data-key="${event.key}"]`).click();
    else if (event.key === "?") document.getElementById("keys")?.showModal();
  });

  const closeMenus = (but) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu.contains(but)) return;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    if (event.target.closest("[data-palette]") && palette()) { event.preventDefault(); openPalette(); return; }
    if (event.target.closest("[data-close]")) { closePopover(); return; }
    if (event.target.closest("[data-theme-switch]")) {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch { /* It holds for this page. */ }
      return;
    }
    if (!event.target.closest("[data-popover], [data-explain]")) closePopover();
  });

  // The explanation stands beside the number it explains, never over it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-explain]")) return;
    document.querySelectorAll("[data-explain][aria-expanded='true']").forEach((each) => each.setAttribute("aria-expanded", "false"));
    event.target.setAttribute("aria-expanded", "true");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "explain") return;
    const shown = document.querySelector("[data-popover]");
    const button = document.querySelector("[data-explain][aria-expanded='true']");
    if (!shown || !button) return;
    if (matchMedia("(min-width: 48.01rem)").matches) {
      const box = button.getBoundingClientRect();
      const width = shown.offsetWidth;
      const beside = box.left - width - 20;
      const start = beside > 8 ? beside : Math.min(box.right + 20, innerWidth - width - 8);
      const top = Math.max(8, Math.min(box.top - 16, innerHeight - shown.offsetHeight - 8));
      shown.style.left = `${start + scrollX}px`;
      shown.style.top = `${top + scrollY}px`;
    }
    shown.focus();
  });
})();
