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

function follow(area) {
  const source = new EventSource(area.dataset.live);
  for (const part of area.querySelectorAll("[data-part]")) {
    source.addEventListener(part.dataset.part, (event) => replace(part, event.data));
  }
  source.addEventListener("end", () => source.close());
  addEventListener("pagehide", () => source.close());
}

signIn();
document.querySelectorAll("[data-live]").forEach(follow);
