// Live parts ask whether they have changed. The rule: nothing moves unless something is new, nothing
// asks while nobody looks, and a person can stop it.
(() => {
  "use strict";

  const PAUSED = "answerable-paused";
  const etags = new Map();
  const first = document.querySelector("meta[name=live-etag]");
  document.querySelectorAll("[data-live]").forEach((element) => {
    if (first) etags.set(element.id, `"${first.content}"`);
  });

  const isLive = (element) => element instanceof Element && element.hasAttribute("data-live");
  const paused = () => sessionStorage.getItem(PAUSED) === "yes";
  const status = () => document.querySelector("[data-live-status]");

  // A folded part that somebody opened stays open when its page is renewed.
  if (window.Idiomorph) {
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
      !(name === "open" && node.tagName === "DETAILS");
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isLive(event.detail.elt) && (document.hidden || paused())) event.preventDefault();
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const known = isLive(event.detail.elt) && etags.get(event.detail.elt.id);
    if (known) event.detail.headers["If-None-Match"] = known;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, xhr, successful } = event.detail;
    if (!isLive(elt)) return;
    const said = status();
    if (xhr.status === 0 || xhr.status >= 500) {
      if (said) said.textContent = said.dataset.lost;
      return;
    }
    if (xhr.status !== 200 || !successful) return;
    etags.set(elt.id, xhr.getResponseHeader("ETag"));
    if (said) said.textContent = said.dataset.changed;
  });

  let decided = false;
  window.addEventListener("pageshow", () => {
    decided = false;
  });
  // One key decides, once, but only with the focus inside an entry, so that nothing is decided by chance.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const entry = event.target instanceof Element && event.target.closest("li:has([data-keys])");
    if (!entry || event.target.matches("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const button = [...entry.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (!button) return;
    event.preventDefault();
    if (decided) return;
    decided = true;
    button.click();
  });

  const show = (button) => button.setAttribute("aria-pressed", paused() ? "true" : "false");
  document.querySelectorAll("[data-pause]").forEach((button) => {
    show(button);
    button.addEventListener("click", () => {
      sessionStorage.setItem(PAUSED, paused() ? "no" : "yes");
      show(button);
    });
  });
})();
