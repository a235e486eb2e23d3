// A tile for each chosen photo: shown at once from the file itself, refused early where the server would refuse it
// after the upload, removable. A tile's data-state is new, sending, stored or refused; photo-upload.js does the sending.
const form = document.querySelector("[data-studio]");
const input = form.querySelector("[data-photo-input]");
const list = form.querySelector("[data-photos]");
const template = form.querySelector("[data-tile-template]");
const dropLabel = form.querySelector("[data-drop-label]");
const addButton = form.querySelector("[data-add]");
const errors = form.querySelector('[data-errors="photo"]');
const announce = form.querySelector("[data-announce]");
const maxMegabytes = Number(form.dataset.maxMegabytes);
const maxMegapixels = Number(form.dataset.maxMegapixels);
const UNREADABLE = "This file cannot be opened as a photo: it is damaged, far too large, or of a kind Easel cannot read.";

// Photos the server reads and many browsers do not show: TIFF, and HEIC or AVIF, which begin alike.
async function isOfOtherKind(file) {
  const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
  return /^(II\*\0|MM\0\*)/.test(start) || /^....ftyp(hei|hev|mif1|msf1|avi)/s.test(start);
}

const inMegabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
const part = (tile, name) => tile.querySelector(`[data-tile-${name}]`);

// What there is decides what is offered; size-readout.js and submit.js listen.
function arrange() {
  const tiles = [...list.children];
  dropLabel.hidden = tiles.length > 0;
  addButton.hidden = tiles.length === 0;
  errors.replaceChildren();
  input.toggleAttribute("aria-invalid", false);
  const { width, height } = tiles.length === 1 ? tiles[0].dataset : {};
  const detail = width ? { width: Number(width), height: Number(height) } : null;
  form.dispatchEvent(new CustomEvent("photosize", { detail }));
  form.dispatchEvent(new CustomEvent("photosarranged"));
}

function refuse(tile, sentence) {
  tile.dataset.state = "refused";
  const list = document.createElement("ul");
  list.className = "errorlist";
  list.append(document.createElement("li"));
  list.firstChild.textContent = sentence; // textContent: a file's name may hold markup
  part(tile, "error").replaceChildren(list);
  announce.textContent = `${tile.dataset.name}: ${sentence}`;
  arrange();
}

async function judge(tile, file) {
  if (file.size === 0) return refuse(tile, "This file is empty. Choose a photo again.");
  if (file.size > maxMegabytes * 1e6) {
    return refuse(tile, `This file has ${inMegabytes(file.size)} MB; at most ${maxMegabytes} MB are accepted.`);
  }
  const image = part(tile, "image");
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
    if (!(await isOfOtherKind(file))) return refuse(tile, UNREADABLE);
    describe(tile, `${inMegabytes(file.size)} MB. This browser cannot show it; Easel can paint it.`);
    return send(tile, file); // the server's copy is shown as soon as there is one
  }
  image.hidden = false;
  const { naturalWidth: width, naturalHeight: height } = image; // upright: browsers apply EXIF orientation here
  if (width * height > maxMegapixels * 1e6) {
    const count = (Math.ceil((width * height) / 1e5) / 10).toLocaleString("en");
    return refuse(tile, `This photo has ${count} million pixels; at most ${maxMegapixels} million are accepted.`);
  }
  Object.assign(tile.dataset, { width, height });
  describe(tile, `${width} × ${height} px, ${inMegabytes(file.size)} MB`);
  send(tile, file);
}

function describe(tile, facts) {
  part(tile, "facts").textContent = `${tile.dataset.name}, ${facts}`;
  announce.textContent = `Photo chosen: ${tile.dataset.name}, ${facts}`;
}

function send(tile, file) {
  if (!tile.isConnected) return; // removed while it was looked at
  tile.dataset.state = "sending";
  arrange();
  form.dispatchEvent(new CustomEvent("photosend", { detail: { tile, file } }));
}

form.addEventListener("photoschosen", ({ detail: files }) => {
  for (const file of files) {
    const tile = template.content.querySelector("[data-tile]").cloneNode(true);
    tile.dataset.name = file.name;
    for (const name of tile.querySelectorAll("[data-tile-name]")) name.textContent = file.name;
    part(tile, "facts").textContent = file.name;
    list.append(tile);
    judge(tile, file);
  }
  arrange();
});

// The server's word on an upload.
form.addEventListener("photorefused", ({ detail: { tile, sentence } }) => refuse(tile, sentence));
form.addEventListener("photostored", ({ detail: { tile, photo } }) => {
  tile.dataset.state = "stored";
  const image = part(tile, "image");
  if (image.hidden) {
    image.src = photo.before_url;
    image.hidden = false;
    tile.dataset.name = photo.name;
    describe(tile, `${photo.width} × ${photo.height} px`);
  }
  Object.assign(tile.dataset, { width: photo.width, height: photo.height, removeUrl: photo.remove_url });
  arrange();
});

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tile-remove]");
  if (!button) return;
  const tile = button.closest("[data-tile]");
  const next = tile.nextElementSibling ?? tile.previousElementSibling;
  const image = part(tile, "image");
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src); // it would stay in memory until the page goes
  tile.remove();
  form.dispatchEvent(new CustomEvent("photoremoved", { detail: { tile } }));
  arrange();
  announce.textContent = "Photo removed";
  (next ? part(next, "remove") : input).focus(); // the button that had the focus is gone
});

arrange();
