// The till without page loads: a slow line, a lost line and a double tap each count once, because one question keeps
// one idempotency key until it is answered. Without this script the same forms work as plain page loads.
import { offerCamera } from "./till-camera.js";

const TRY_FOR = 6000; // milliseconds that one try may take
const SLOW_AFTER = 1500;
const WAITS = [1000, 2000, 4000, 8000];
const HOLD = 600; // an answer cannot be dismissed by the second tap of a double tap
const AGAIN = 3000; // the same code so soon after it was redeemed is asked about
const STALE = 600000; // an open question older than this is no longer asked by itself
const KEPT = "heard-till";

const said = document.querySelector("#said");
const main = document.querySelector("main");
const desk = main.querySelector("#ask")?.cloneNode(true);
let asking = null; // the question that is not answered yet: {action, fields, code}
let shownAt = 0;
let lastRedeemed = { code: "", at: -AGAIN };

const newKey = () => "till-" + [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
const form = () => main.querySelector("#ask form");
const sameCode = (a, b) => a.replace(/[\s-]/g, "").toLowerCase() === b.replace(/[\s-]/g, "").toLowerCase();

function announce(text) {
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
}

function keep(question) {
  try {
    if (question) sessionStorage.setItem(KEPT, JSON.stringify(question));
    else sessionStorage.removeItem(KEPT);
  } catch { /* private windows may refuse; the page itself still holds it */ }
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; }
}

// --- asking -----------------------------------------------------------------

function ask(target) {
  const fields = new URLSearchParams(new FormData(target));
  if (fields.has("code") && !fields.get("code").trim()) return target.querySelector("[name=code]").focus();
  // The same words under the same key are the same question; changed words are a new one.
  const words = (one) => { const copy = new URLSearchParams(one); copy.delete("key"); return copy.toString(); };
  if (target.dataset.asked && target.dataset.asked !== words(fields)) {
    target.elements.key.value = newKey();
    fields.set("key", target.elements.key.value);
  }
  target.dataset.asked = words(fields);
  const action = new URL(target.action).pathname;
  begin({ action, fields: fields.toString(), code: fields.get("code") ?? "", since: Date.now() });
}

function begin(question) {
  asking = { ...question, tries: 0 };
  keep(question);
  showAsking();
  attempt(asking);
}

async function attempt(question) {
  if (question !== asking) return;
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), TRY_FOR);
  const slow = setTimeout(() => say(question, "Slow line", "Still asking. Please wait a moment."), question.tries ? TRY_FOR : SLOW_AFTER);
  question.tries += 1;
  try {
    const reply = await fetch(question.action, {
      method: "POST", body: new URLSearchParams(question.fields), headers: { Accept: "text/html" }, signal: stop.signal,
    });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (question !== asking) return;
    if (reply.redirected && !new URL(reply.url).pathname.startsWith("/till")) return location.assign("/sign-in?next=/till");
    if (reply.status === 403) return startOver(question);
    const answer = page.querySelector("main > #answer, main > #ask");
    if (answer && reply.status < 500) return show(page);
    tryAgain(question, false);
  } catch {
    if (question === asking) tryAgain(question, !stop.signal.aborted);
  } finally {
    clearTimeout(late);
    clearTimeout(slow);
  }
}

function tryAgain(question, lineIsDown) {
  if (lineIsDown || !navigator.onLine) {
    say(question, "No connection", "The code is kept. It is asked by itself as soon as there is a line, and counts once.");
  } else {
    say(question, "Not sure yet", "There was no answer, so the same question is asked again. It cannot count twice.");
  }
  offerWayOut();
  clearTimeout(question.timer);
  question.timer = setTimeout(() => attempt(question), WAITS[Math.min(question.tries - 1, WAITS.length - 1)]);
}

// A new session has new forms: the page is loaded again, once, and the question is kept meanwhile.
function startOver(question) {
  if (question.startedOver) keep(null);
  else keep({ ...question, startedOver: true });
  asking = null;
  location.assign("/till");
}

function askNow() {
  if (!asking?.timer) return;
  clearTimeout(asking.timer);
  asking.timer = null;
  attempt(asking);
}

// --- what is shown ------------------------------------------------------------

function showAsking() {
  const view = document.querySelector("#asking-view").content.cloneNode(true);
  view.querySelector(".told-code").textContent = asking.code;
  for (const part of main.querySelectorAll("#ask, #answer")) part.hidden = true;
  main.querySelector("#asking")?.remove();
  main.prepend(view);
  main.querySelector("#asking h1").focus();
  announce("Asking");
}

function say(question, headline, words) {
  if (question !== asking) return;
  const view = main.querySelector("#asking");
  if (view.querySelector("h1").textContent === headline) return;
  view.querySelector("h1").textContent = headline;
  view.querySelector(".told-what").textContent = words;
  view.classList.add("unsure");
  announce(`${headline}. ${words}`);
}

function offerWayOut() {
  main.querySelector("#asking .told-next").hidden = false;
}

function show(page) {
  const question = asking;
  settle();
  const fresh = page.querySelector("main");
  main.replaceChildren(...document.importNode(fresh, true).childNodes);
  document.title = page.title;
  shownAt = performance.now();
  const answer = main.querySelector("#answer");
  if (!answer) return ready();
  if (answer.classList.contains("redeemed")) lastRedeemed = { code: question.code, at: shownAt };
  announce(answer.dataset.said ?? "");
  answer.querySelector("[autofocus]")?.focus({ preventScroll: true });
  scrollTo(0, 0);
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(answer.classList.contains("redeemed") ? 60 : [80, 60, 80]);
}

function settle() {
  clearTimeout(asking?.timer);
  asking = null;
  keep(null);
}

function next(code = "") {
  const recent = main.querySelector("#recent");
  if (!desk) return location.assign("/till");
  const fresh = desk.cloneNode(true);
  fresh.querySelector("[name=key]").value = newKey();
  fresh.querySelector("[name=code]").value = code;
  main.replaceChildren(fresh, ...(recent ? [recent] : []));
  document.title = "Till – Heard";
  ready();
}

function ready() {
  const field = main.querySelector("#ask [name=code]");
  field?.focus();
  field?.select();
  const camera = main.querySelector("#camera");
  if (camera) offerCamera(camera, (code) => { field.value = code; ask(form()); });
}

// --- what people do -------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const target = event.target;
  if (!target.matches("form[data-ask]")) return;
  event.preventDefault();
  if (asking || performance.now() - shownAt < HOLD && !target.closest("#ask")) return;
  const code = target.closest("#ask")?.querySelector("[name=code]")?.value ?? "";
  const again = target.querySelector(".again");
  if (again?.hidden && sameCode(code, lastRedeemed.code) && performance.now() - lastRedeemed.at < AGAIN) {
    again.hidden = false;
    return announce(again.textContent);
  }
  ask(target);
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-do]");
  if (!target) return;
  event.preventDefault();
  if (target.dataset.do === "next" && performance.now() - shownAt >= HOLD) next();
  if (target.dataset.do === "now") askNow();
  if (target.dataset.do === "stop") stopAsking();
});

// The question may have been counted: the same code and the same key go back into the form.
function stopAsking() {
  const fields = new URLSearchParams(asking.fields);
  settle();
  if (!desk) return location.assign("/till");
  next(fields.get("code") ?? "");
  form().elements.key.value = fields.get("key");
  fields.delete("key");
  form().dataset.asked = fields.toString();
}

// A scanner types: the first character after an answer begins the next code.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, summary");
  if (!desk || asking || typing || event.key.length !== 1 || event.key === " ") return;
  if (event.ctrlKey || event.altKey || event.metaKey || !main.querySelector("#answer")) return;
  next();
});

addEventListener("online", askNow);

// A question that was open when the page went away is asked again: it may have been counted, and counts once.
const open = kept();
if (open && form() && Date.now() - open.since < STALE) {
  const fields = new URLSearchParams(open.fields);
  fields.set("form_token", form().elements.form_token.value);
  begin({ ...open, fields: fields.toString() });
} else {
  keep(null);
  ready();
}
