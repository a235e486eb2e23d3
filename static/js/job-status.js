// While htmx polls a job's status: keep the tab's title current, and tell screen readers of changes, not of every percent.
const live = document.querySelector("[data-job-announce]");
const words = () => document.querySelector("#job-status [data-state-words]")?.textContent.trim() ?? "";
let said = words();
let hadFocus = null;

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  // Signed out meanwhile (the sign-in page came instead), or deleted in another tab: a reload shows which.
  // A server that restarts (5xx) is asked again a second later.
  if (xhr.status < 500 && !xhr.responseText.includes('id="job-status"')) {
    event.detail.shouldSwap = false;
    location.reload();
  }
  hadFocus = document.activeElement?.closest("#job-status [id]")?.id ?? null;
});

document.body.addEventListener("htmx:afterSettle", () => {
  const status = document.querySelector("#job-status");
  if (!status) return;
  document.title = status.dataset.title;
  if (words() !== said) live.textContent = said = words();
  // The swap replaced the button that somebody may be about to press.
  if (hadFocus && document.activeElement === document.body) document.getElementById(hadFocus)?.focus();
});
