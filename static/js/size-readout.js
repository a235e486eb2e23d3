// Says in pixels what the size slider means for the chosen photo.
const form = document.querySelector("[data-studio]");
const field = form.querySelector("[data-size]");
const slider = field.querySelector("[data-size-slider]");
const output = field.querySelector("[data-size-output]");
const original = field.querySelector('[value="original"]');
let photo = null; // photo-tiles.js tells, of a single one

function describe() {
  const side = Number(slider.value);
  if (!photo) return original.checked ? "as the photo" : `${side} px`;
  // The same rule as the server's: the longest side exactly, the other to the nearest pixel.
  const scale = original.checked ? 1 : side / Math.max(photo.width, photo.height);
  const fit = (length) => Math.max(1, Math.round(length * scale));
  return `${fit(photo.width)} × ${fit(photo.height)} px`;
}

function show() {
  output.textContent = describe();
  slider.setAttribute("aria-valuetext", describe());
}

slider.addEventListener("input", () => {
  field.querySelector('[value="pixels"]').checked = true; // moving the slider is choosing a size
  show();
});
field.addEventListener("change", show);
form.addEventListener("photosize", (event) => {
  photo = event.detail;
  show();
});
show();
