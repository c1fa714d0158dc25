// The desk stays fresh by itself: every minute while somebody looks, without moving what they read or where they are.

const EVERY = 60000; // milliseconds
const KEEPS = "details[open] > summary";

let loading = false;

async function refresh(asked) {
  if (loading || (!asked && document.hidden) || (!asked && document.activeElement?.closest("form"))) return;
  loading = true;
  try {
    const reply = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (reply.redirected) return location.assign(location.pathname);
    if (reply.ok) show(new DOMParser().parseFromString(await reply.text(), "text/html"), asked);
  } catch {
    const since = document.querySelector("#as-of");
    since.classList.add("stale");
    since.title = "No connection: these figures may be old.";
    if (asked) document.querySelector("#said").textContent = since.title;
  } finally {
    loading = false;
  }
}

function show(page, asked) {
  const now = document.querySelector("#fresh"), next = page.querySelector("#fresh");
  if (!now || !next) return;
  document.querySelector("#as-of").replaceWith(page.querySelector("#as-of"));
  if (asked) document.querySelector("#said").textContent = `As of ${document.querySelector("#as-of").textContent}`;
  if (now.innerHTML === next.innerHTML) return;
  const held = document.activeElement;
  if (now.contains(held)) return; // somebody reads or scrolls in there with the keyboard: the next time will do
  const open = [...now.querySelectorAll(KEEPS)].map((one) => one.textContent);
  const scrolled = [...now.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  now.replaceChildren(...document.importNode(next, true).childNodes);
  for (const one of now.querySelectorAll("details > summary")) one.parentElement.open = open.includes(one.textContent);
  now.querySelectorAll(".scroll").forEach((one, place) => { [one.scrollLeft, one.scrollTop] = scrolled[place] ?? [0, 0]; });
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-refresh]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  refresh(true);
});

// A form that changes something is sent once, however often it is pressed.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-once]")) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});

setInterval(refresh, EVERY);
