// Embeds the chat in another page: <script src="https://chat.example.no/widget.js" data-label="Spør oss" async></script>
// Adds one button and, when it is pressed, a frame with the chat. Sets no cookie and reads nothing of the page but its
// language, which the chat starts in until the reader chooses another.
"use strict";

(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const language = script.dataset.lang || document.documentElement.lang || "nb";
  const label = script.dataset.label || "Spør oss / Ask us";

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.style.cssText =
    "position:fixed;inset-block-end:1rem;inset-inline-end:1rem;z-index:2147483000;padding:.8rem 1.2rem;border:2px solid #fff;" +
    "border-radius:2rem;background:#0b3c5d;color:#fff;font:600 1rem system-ui,sans-serif;cursor:pointer";

  const frame = document.createElement("iframe");
  frame.title = label;
  frame.style.cssText =
    "position:fixed;inset-block-end:5rem;inset-inline-end:1rem;z-index:2147483000;inline-size:min(26rem,calc(100vw - 2rem));" +
    "block-size:min(42rem,calc(100vh - 6rem));border:1px solid #0b3c5d;border-radius:.5rem;background:#fff";

  let isOpen = false;
  const toggle = (open) => {
    isOpen = open;
    if (open && !frame.src) frame.src = `${home}/?embedded=1&page=${encodeURIComponent(language)}`;
    frame.style.display = open ? "block" : "none";
    if (!open) frame.contentWindow?.postMessage("brobygger:closed", home); // nothing is read aloud unseen
    button.textContent = open ? `✕ ${label}` : label;
    button.setAttribute("aria-expanded", String(open));
  };
  const close = () => {
    if (!isOpen) return;
    toggle(false);
    button.focus();
  };
  const start = () => {
    toggle(false);
    document.body.append(button, frame);
  };

  button.addEventListener("click", () => {
    toggle(!isOpen);
    if (isOpen) frame.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  window.addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.data === "brobygger:close") close();
  });
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
