// What a page needs a script for: signing in by a link, and parts that are replaced when they change.
"use strict";

// The code stands in the fragment, which browsers send to nobody; it leaves the address at once.
function signIn() {
  const form = document.querySelector("[data-sign-in]");
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!form || !code) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.submit();
}

// A stay at the end of a scrolled box, an open detail and the focus outlive the replacement.
function replace(part, html) {
  // What somebody writes in a form is kept as long as the form says the same, also over a lost line.
  const key = html.match(/data-key="([\w-]+)"/)?.[1];
  if (key && part.querySelector(`[data-key="${key}"]`)) return;
  const opened = [...part.querySelectorAll("details")].map((each) => each.open);
  const boxes = [...part.querySelectorAll("[tabindex]")];
  const places = boxes.map((box) => [box.scrollTop, box.scrollTop + box.clientHeight >= box.scrollHeight - 8]);
  const focused = boxes.indexOf(document.activeElement);
  const link = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.innerHTML = html;
  part.querySelectorAll("details").forEach((each, at) => { each.open = opened[at] ?? each.open; });
  part.querySelectorAll("[tabindex]").forEach((box, at) => {
    if (places[at]) box.scrollTop = places[at][1] ? box.scrollHeight : places[at][0];
    if (at === focused) box.focus({ preventScroll: true });
  });
  if (link !== null) part.querySelector(`[href="${CSS.escape(link)}"]`)?.focus({ preventScroll: true });
}

// A browser keeps six lines to a server at most, for all its tabs: one that nobody sees has none.
function follow(area) {
  let source = null;
  const open = () => {
    source = new EventSource(area.dataset.live);
    for (const part of area.querySelectorAll("[data-part]")) {
      source.addEventListener(part.dataset.part, (event) => replace(part, event.data));
    }
    source.addEventListener("end", () => { source.close(); document.removeEventListener("visibilitychange", turn); });
  };
  const turn = () => { source?.close(); if (!document.hidden) open(); };
  document.addEventListener("visibilitychange", turn);
  addEventListener("pagehide", () => source?.close());
  turn();
}

signIn();
document.querySelectorAll("[data-live]").forEach(follow);
