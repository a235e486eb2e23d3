// Sends the form in the background: the upload shows its progress, and a refused form keeps the chosen photo,
// which a browser would drop on reloading the page.
const form = document.querySelector("[data-studio]");
const input = form.querySelector("[data-photo-input]");
const from = form.querySelector("[data-photo-from]");
const button = form.querySelector("[data-submit]");
const label = form.querySelector("[data-submit-label]");
const bar = form.querySelector("[data-upload]");
const announce = form.querySelector("[data-announce]");
const idleLabel = label.textContent;
let busy = false;

function setBusy(value) {
  busy = value;
  // aria-disabled, not disabled: the button keeps the focus and can still be read out.
  button.setAttribute("aria-disabled", String(value));
  label.textContent = value ? "Uploading…" : idleLabel;
  bar.hidden = !value;
  bar.value = 0;
}

function showError(name, sentence) {
  const list = document.createElement("ul");
  list.className = "errorlist";
  list.append(document.createElement("li"));
  list.firstChild.textContent = sentence;
  form.querySelector(`[data-errors="${name}"]`).replaceChildren(list);
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

function failed() {
  setBusy(false);
  const sentence = "The server did not accept the upload or could not be reached. Your photo is still here: try again.";
  showError("form", sentence);
  announce.textContent = sentence;
}

form.noValidate = true; // the browser's own bubble would point at the hidden file input
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (busy) return;
  if (!input.files.length && !from.value) {
    showError("photo", "Choose a photo first.");
    announce.textContent = "Choose a photo first.";
    input.focus();
    return;
  }
  // XMLHttpRequest, because fetch does not report how much has been sent.
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? (100 * loaded) / total : 0;
    if (loaded === total) label.textContent = "Starting…";
  });
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    // A redirect was followed: the job's page, or the sign-in page when the session has ended.
    if (request.responseURL && request.responseURL !== form.action) return location.assign(request.responseURL);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (!page.querySelector("[data-studio]") || !showAnswer(page)) return failed();
    setBusy(false);
  });
  const data = new FormData(form); // before the button's state changes anything
  setBusy(true);
  request.send(data);
});

// Coming back with the browser's back button shows the page as it was left: busy.
window.addEventListener("pageshow", () => setBusy(false));
