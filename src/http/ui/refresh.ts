import { hash } from "node:crypto";

/**
 * The script of a view that refreshes itself: it exchanges the content when the server says that something arrived, at most every five
 * seconds, and not while the page is hidden or paused, or while somebody is typing into it.
 */
export const refreshScript = `"use strict";
(() => {
  const events = new URL("events", document.currentScript.src);
  const button = document.getElementById("pause");
  let source, paused = false, seen, waiting = false, last = 0;

  const open = () => {
    if (source !== undefined || paused || document.hidden) return;
    source = new EventSource(events);
    source.addEventListener("change", ({ data }) => {
      if (seen !== undefined && seen !== data) schedule();
      seen = data;
    });
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  const schedule = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(refresh, Math.max(0, last + 5000 - Date.now()));
  };
  const isTyping = () => document.activeElement?.closest("main form") != null;
  const refresh = async () => {
    waiting = false;
    if (paused || document.hidden) return void (seen = "");
    if (isTyping()) return schedule();
    last = Date.now();
    const response = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => undefined);
    if (response === undefined || !response.ok) return;
    const next = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
    const main = document.querySelector("main");
    if (next === null || isTyping()) return;
    const opened = [...main.querySelectorAll("details")].map(({ open: isOpen }) => isOpen);
    for (const [i, details] of next.querySelectorAll("details").entries()) if (opened[i]) details.open = true;
    main.replaceWith(next);
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Resume" : "Pause";
    button.setAttribute("aria-pressed", String(paused));
    if (paused) close();
    else open();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  open();
})();
`;

/** The path contains a hash of the content, so that browsers can cache it. */
export const refreshPath = `refresh-${hash("sha256", refreshScript, "hex").slice(0, 12)}.js`;
