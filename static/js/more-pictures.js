// While htmx adds pictures at the end of a grid: keep the keyboard's place when the button that had focus is replaced.
let pressed = false;

document.body.addEventListener("htmx:beforeSwap", (event) => {
  pressed = Boolean(event.detail.target?.contains(document.activeElement));
  // A sign-in page or an error in place of pictures: leave the link, which shows it whole.
  if (event.detail.xhr.responseText.includes("<html")) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:load", (event) => {
  if (!pressed) return;
  pressed = false;
  event.detail.elt.querySelector("a")?.focus({ preventScroll: true });
});
