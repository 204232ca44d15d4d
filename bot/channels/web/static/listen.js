// Reads an answer aloud when its button is pressed, with a voice of the reader's own device: a voice that lives elsewhere
// would be told what is read. No voice for the language, no button. Never by itself; silent when the page is left.
"use strict";

(() => {
  const speech = window.speechSynthesis;
  const log = document.getElementById("log");
  if (!speech || !window.SpeechSynthesisUtterance || !log) return;
  const NORWEGIAN = ["nb", "no", "nn"]; // one voice reads both written forms
  const LONGEST = 200; // characters: some browsers fall silent in the middle of a long text
  let speaking = null; // the button that was pressed
  let reading = null; // and what is read since; kept, or a browser may forget to say that it ended

  const base = (code) => code.toLowerCase().split(/[-_]/)[0];
  const voiceFor = (language) => {
    const wanted = base(language);
    const codes = NORWEGIAN.includes(wanted) ? [wanted, ...NORWEGIAN] : [wanted];
    const here = speech.getVoices().filter((voice) => voice.localService);
    for (const code of codes) {
      const several = here.filter((voice) => base(voice.lang) === code);
      if (several.length) return several.find((voice) => voice.default) ?? several[0];
    }
    return null;
  };

  const languageOf = (piece) => piece.closest("[lang]").lang;
  const piecesOf = (reply) => [...reply.querySelectorAll("h2, h3, p, li")].filter((one) => !one.closest(".sound, .aloud"));

  // Sentences, or where one is very long its parts.
  const partsOf = (text) => {
    const plain = text.replace(/[\u2066-\u2069]/g, "").replace(/\s+/g, " ").trim();
    const sentences = plain.match(/[^.!?؟۔።]+[.!?؟۔።]*\s*/g) ?? [];
    const found = [];
    for (const sentence of sentences) {
      const last = found.length - 1;
      if (last >= 0 && found[last].length + sentence.length <= LONGEST) found[last] += sentence;
      else found.push(...(sentence.match(new RegExp(`.{1,${LONGEST}}(?=\\s|$)|.{${LONGEST}}`, "g")) ?? []));
    }
    return found;
  };

  const stop = () => {
    speech.cancel();
    speaking?.setAttribute("aria-pressed", "false");
    speaking = reading = null;
  };

  const read = (button) => {
    stop();
    for (const audio of log.querySelectorAll("audio")) audio.pause();
    const utterances = [];
    for (const piece of piecesOf(button.closest(".reply"))) {
      const language = languageOf(piece);
      const voice = voiceFor(language);
      for (const text of voice ? partsOf(piece.textContent) : []) {
        const utterance = new SpeechSynthesisUtterance(text);
        utterance.voice = voice;
        utterance.lang = voice.lang;
        utterance.rate = 0.9;
        utterances.push(utterance);
      }
    }
    if (!utterances.length) return;
    speaking = button;
    button.setAttribute("aria-pressed", "true");
    reading = utterances;
    // Those that were stopped before say so late: only what is being read counts.
    const over = () => reading === utterances && stop();
    utterances.at(-1).onend = over;
    for (const one of utterances) one.onerror = over;
    for (const one of utterances) speech.speak(one);
  };

  // Voices may come late, and answers come one by one.
  const offer = () => {
    for (const holder of log.querySelectorAll(".aloud")) {
      const reply = holder.closest(".reply");
      const text = piecesOf(reply).filter((one) => !one.closest(".about"));
      holder.hidden = !text.some((one) => voiceFor(languageOf(one)));
      const robot = reply.querySelector(".robot"); // a voice of one's own device is better
      if (robot) robot.hidden = !holder.hidden;
    }
  };

  log.addEventListener("click", (event) => {
    const button = event.target.closest(".aloud button");
    if (!button) return;
    if (button === speaking) stop();
    else read(button);
  });
  document.querySelector(".leave").addEventListener("click", stop);
  window.addEventListener("pagehide", stop);
  // The widget was closed: the page goes on behind it, unseen.
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.data !== "brobygger:closed") return;
    stop();
    for (const audio of log.querySelectorAll("audio")) audio.pause();
  });
  speech.onvoiceschanged = offer;
  new MutationObserver(offer).observe(log, { childList: true });
  stop(); // some browsers go on with what the page before was reading
  offer();
})();
