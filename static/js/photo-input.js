// Photos that are chosen, taken, dropped or pasted all go the same way on: as a "photoschosen" event of the form.
const form = document.querySelector("[data-studio]");
const frame = form.querySelector("[data-photo]");
const inputs = form.querySelectorAll("[data-photo-input], [data-camera]");

// A phone or a tablet has its camera at hand; elsewhere the button would only be a second way to choose a file.
form.querySelector("[data-camera-button]").hidden =
  !navigator.maxTouchPoints || !matchMedia("(max-width: 64rem)").matches;

function hand(files) {
  const photos = [...files];
  if (photos.length) form.dispatchEvent(new CustomEvent("photoschosen", { detail: photos }));
  return photos.length > 0;
}

for (const input of inputs) {
  input.required = false; // photo-tiles.js knows better what is chosen
  input.addEventListener("change", () => {
    hand(input.files);
    input.value = ""; // each photo is sent by itself, and the same one may be chosen again
  });
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

// The whole page takes the drop: a photo let go beside the frame would otherwise replace the page.
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  frame.classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) frame.classList.remove("is-over"); // left the window, not just one element
});
document.addEventListener("drop", (event) => {
  frame.classList.remove("is-over");
  if (!carriesFiles(event)) return;
  event.preventDefault();
  hand(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  if (hand(event.clipboardData?.files ?? [])) event.preventDefault();
});
