// Keeps a page current while there is something to paint: asks often as long as things change, less and less often
// while they do not, and not at all while nobody looks at the page.
const FASTEST = 1000;
const SLOWEST = 10000;
const live = document.querySelector("[data-announce]");
const part = () => document.querySelector("[data-waiting]");
const words = () => part()?.querySelector("[data-state-words]")?.textContent.trim().replace(/\s+/g, " ") ?? "";
let said = words();
let state = part()?.dataset.waiting;
let pause = FASTEST;
let timer = null;
let hadFocus = null;

function ask() {
  clearTimeout(timer);
  part()?.dispatchEvent(new CustomEvent("poll")); // what hx-trigger waits for
}

function askLater() {
  clearTimeout(timer);
  if (!document.hidden && part()?.hasAttribute("hx-get")) timer = setTimeout(ask, pause);
}

function slowDown(factor) {
  pause = Math.min(SLOWEST, pause * factor);
  askLater();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return clearTimeout(timer);
  pause = FASTEST;
  if (part()?.hasAttribute("hx-get")) ask();
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  // Signed out meanwhile (the sign-in page came instead), or deleted in another tab: a reload shows which.
  if (xhr.status < 500 && !xhr.responseText.includes("data-waiting=")) {
    event.detail.shouldSwap = false;
    location.reload();
  }
  hadFocus = document.activeElement?.closest("[data-waiting] [id]")?.id ?? null;
});

// A server that restarts, or a network that went away, is asked again, ever more patiently.
document.body.addEventListener("htmx:responseError", () => slowDown(2));
document.body.addEventListener("htmx:sendError", () => slowDown(2));

document.body.addEventListener("htmx:afterSettle", () => {
  const now = part();
  if (!now) return;
  document.title = now.dataset.title;
  // Screen readers hear of changes, not of every percent.
  if (words() !== said) live.textContent = said = words();
  // The swap replaced the button that somebody may be about to press.
  if (hadFocus && document.activeElement === document.body) document.getElementById(hadFocus)?.focus();
  if (now.dataset.waiting === state) return slowDown(1.3);
  state = now.dataset.waiting;
  pause = FASTEST;
  askLater();
});

askLater();
