// Choosing several pictures works without this; here the bar learns to count, to choose all that is shown, and to clear.
const bar = document.querySelector("[data-selection]");

function boxes() {
  return [...document.querySelectorAll('[form="selection"][type="checkbox"]')];
}

function show() {
  const count = boxes().filter((box) => box.checked).length;
  bar.querySelector("[data-selection-count]").textContent = `${count} selected`;
}

function choose(checked) {
  for (const box of boxes()) box.checked = checked;
  show();
}

if (bar) {
  const all = bar.querySelector("[data-selection-all]");
  const none = bar.querySelector("[data-selection-none]");
  all.hidden = none.hidden = false;
  all.addEventListener("click", () => choose(true));
  none.addEventListener("click", () => {
    const first = boxes().find((box) => box.checked);
    choose(false);
    first?.focus(); // the bar, and the button in it, are gone now
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches('[form="selection"]')) show();
  });
  show();
}
