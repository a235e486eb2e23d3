// Sends the choices once every photo is there, without leaving the page: a refusal is shown beside what it is about.
const form = document.querySelector("[data-studio]");
const input = form.querySelector("[data-photo-input]");
const list = form.querySelector("[data-photos]");
const button = form.querySelector("[data-submit]");
const label = form.querySelector("[data-submit-label]");
const announce = form.querySelector("[data-announce]");
let busy = false;

const tiles = (state) => [...list.querySelectorAll(`[data-state="${state}"]`)];

// How many paintings it will be.
function describe() {
  if (busy) return;
  const photos = list.childElementCount - tiles("refused").length;
  const paintings = photos * form.querySelectorAll("[name=style]:checked").length;
  label.textContent = paintings > 1 ? `Stylize: ${paintings} paintings` : "Stylize";
}

function setBusy(words) {
  busy = Boolean(words);
  // aria-disabled, not disabled: the button keeps the focus and can still be read out.
  button.setAttribute("aria-disabled", String(busy));
  if (busy) label.textContent = announce.textContent = words;
  else describe();
}

function showError(name, sentence) {
  const errors = document.createElement("ul");
  errors.className = "errorlist";
  errors.append(document.createElement("li"));
  errors.firstChild.textContent = sentence;
  form.querySelector(`[data-errors="${name}"]`).replaceChildren(errors);
  announce.textContent = sentence;
}

function showAnswer(page) {
  const slots = [...form.querySelectorAll("[data-errors]")];
  for (const slot of slots) {
    const answer = page.querySelector(`[data-errors="${slot.dataset.errors}"]`);
    slot.replaceChildren(...(answer?.childNodes ?? []));
  }
  const first = slots.find((slot) => slot.textContent.trim());
  if (first) {
    announce.textContent = first.textContent.trim();
    first.closest("details")?.setAttribute("open", "");
    first.scrollIntoView({ block: "center" });
  }
  return Boolean(first);
}

// Whether every photo can be used; says beside the photos why not.
function photosAreGood() {
  const [refused] = tiles("refused");
  if (!list.childElementCount) {
    showError("photo", "Choose a photo first.");
    input.setAttribute("aria-invalid", "true");
    input.focus();
  } else if (refused) {
    showError("photo", "Remove the photo that cannot be used, then go on.");
    refused.querySelector("[data-tile-remove]").focus();
  }
  return list.childElementCount > 0 && !refused;
}

async function untilAllAreSent() {
  while (tiles("sending").length + tiles("new").length) {
    await new Promise((resolve) => form.addEventListener("photosarranged", resolve, { once: true }));
  }
}

form.noValidate = true; // the browser's own bubble would point at the hidden file input
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy || !photosAreGood()) return;
  setBusy("Uploading…");
  await untilAllAreSent();
  if (!photosAreGood()) return setBusy("");
  setBusy("Starting…");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    // A redirect was followed: to the painting's page, or to the sign-in page when the session has ended.
    if (answer.redirected) return location.assign(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("[data-studio]") || !showAnswer(page)) throw new Error(answer.statusText);
  } catch {
    showError("form", "The server could not be reached or did not answer as it should. Everything is still here: try again.");
  }
  setBusy("");
});

form.addEventListener("change", describe);
form.addEventListener("photosarranged", describe);
// Coming back with the browser's back button shows the page as it was left: busy.
window.addEventListener("pageshow", () => setBusy(""));
