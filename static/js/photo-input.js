// Puts a dropped or pasted photo into the form's own file input, so that everything else sees one way to choose.
const form = document.querySelector("[data-studio]");
const frame = form.querySelector("[data-photo]");
const input = form.querySelector("[data-photo-input]");

function choose(files) {
  const photo = [...files].find((file) => file.type.startsWith("image/")) ?? files[0];
  if (!photo) return false;
  const transfer = new DataTransfer(); // the only way to fill a file input from a script
  transfer.items.add(photo);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
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
  choose(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  if (choose(event.clipboardData?.files ?? [])) event.preventDefault();
});
