// The pages work without this: it shows the preview while one writes, and warns before words are lost.
"use strict";
const form = document.getElementById("write");
if (form) {
  let waiting = 0, changed = false, round = 0;
  const show = async () => {
    const mine = ++round;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok || mine !== round) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const there = page.getElementById("preview");
    if (there) document.getElementById("preview").replaceWith(document.importNode(there, true));
  };
  const note = () => {
    changed = true;
    clearTimeout(waiting);
    waiting = setTimeout(show, 600);
  };
  form.addEventListener("input", note);
  // Somebody was quicker than this script, or the browser brought their words back.
  if ([...form.elements].some((one) => "defaultValue" in one && one.type !== "hidden" && one.value !== one.defaultValue)) note();
  form.addEventListener("submit", (event) => {
    if (!event.submitter || !event.submitter.formTarget) changed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
