// Improves the chat page: answers appear without a new page, the conversation stays visible until it is left.
// Without this script everything works as well, one page a question. Nothing is kept in the browser.
"use strict";

(() => {
  const form = document.getElementById("ask");
  const field = document.getElementById("question");
  const log = document.getElementById("log");
  const status = document.getElementById("status");
  const hasScreenKeyboard = matchMedia("(pointer: coarse)").matches;
  let busy = false;

  const show = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html; // made by our own server, escaped there
    const first = holder.content.firstElementChild;
    log.append(holder.content);
    first.scrollIntoView({ block: "start" });
  };

  // Resolves to whether the message got through. A new language needs a new page: every word on it changes.
  const send = async (values) => {
    if (busy) return false;
    busy = true;
    status.textContent = status.dataset.waiting;
    try {
      const response = await fetch("/messages", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(values),
      });
      if (!response.ok && response.status !== 429) throw new Error(String(response.status));
      const reply = await response.json();
      if (reply.reload) {
        location.replace(`/?lang=${encodeURIComponent(reply.language)}${values.embedded ? "&embedded=1" : ""}`);
      } else {
        show(reply.html);
      }
      status.textContent = "";
      return response.ok; // 429: there is a reply, and what was written stays in the field to be sent again
    } catch {
      status.textContent = status.dataset.failed;
      return false;
    } finally {
      busy = false;
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!field.value.trim()) return field.focus();
    if (hasScreenKeyboard) field.blur(); // the keyboard would cover the answer
    if (await send(Object.fromEntries(new FormData(form)))) field.value = "";
    if (!hasScreenKeyboard) field.focus({ preventScroll: true });
  });

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  log.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ ...Object.fromEntries(new FormData(event.target)), action: event.submitter.value });
  });

  // Leaving quickly: what was said disappears at once, and "back" does not lead here.
  document.querySelector(".leave").addEventListener("click", (event) => {
    event.preventDefault();
    document.body.replaceChildren();
    window.top.location.replace(event.currentTarget.href);
  });

  // Inside the widget, the page around cannot hear this key.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && window.parent !== window) window.parent.postMessage("brobygger:close", "*");
  });
})();
