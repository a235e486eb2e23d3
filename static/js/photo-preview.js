// Shows the chosen photo at once, says what it is, and refuses early what the server would refuse after the upload.
const form = document.querySelector("[data-studio]");
const input = form.querySelector("[data-photo-input]");
const from = form.querySelector("[data-photo-from]");
const dropLabel = form.querySelector("[data-drop-label]");
const chosen = form.querySelector("[data-chosen]");
const image = form.querySelector("[data-chosen-image]");
const facts = form.querySelector("[data-chosen-facts]");
const remove = form.querySelector("[data-remove]");
const errors = form.querySelector('[data-errors="photo"]');
const announce = form.querySelector("[data-announce]");
const maxMegabytes = Number(form.dataset.maxMegabytes);
const maxMegapixels = Number(form.dataset.maxMegapixels);
const UNREADABLE = "This file cannot be opened as a photo: it is damaged, far too large, or of a kind Easel cannot read.";
let address = null;

// Photos the server reads and many browsers do not show: TIFF, and HEIC or AVIF, which begin alike.
async function isOfOtherKind(file) {
  const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
  return /^(II\*\0|MM\0\*)/.test(start) || /^....ftyp(hei|hev|mif1|msf1|avi)/s.test(start);
}

const inMegabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);

function complain(sentence) {
  const list = document.createElement("ul");
  list.className = "errorlist";
  list.append(document.createElement("li"));
  list.firstChild.textContent = sentence; // textContent: a file's name may hold markup
  errors.replaceChildren(list);
  input.setAttribute("aria-invalid", "true");
  announce.textContent = sentence;
}

function clear() {
  if (address) URL.revokeObjectURL(address); // the photo would stay in memory until the page goes
  address = null;
  image.hidden = false;
  from.value = "";
  facts.textContent = "";
  errors.replaceChildren();
  input.removeAttribute("aria-invalid");
  chosen.hidden = true;
  dropLabel.hidden = false;
  tellSize(null);
}

function refuse(sentence) {
  input.value = "";
  clear();
  complain(sentence);
}

// size-readout.js listens: the sizes it offers depend on the photo's shape.
const tellSize = (detail) => form.dispatchEvent(new CustomEvent("photosize", { detail }));

input.addEventListener("change", async () => {
  const file = input.files[0];
  clear();
  if (!file) return;
  if (file.size === 0) return refuse("This file is empty. Choose a photo again.");
  if (file.size > maxMegabytes * 1e6) {
    return refuse(`This file has ${inMegabytes(file.size)} MB; at most ${maxMegabytes} MB are accepted.`);
  }
  const mine = (address = URL.createObjectURL(file));
  image.src = mine;
  facts.textContent = file.name;
  chosen.hidden = remove.hidden = false;
  dropLabel.hidden = true;
  try {
    await image.decode();
  } catch {
    const forTheServer = await isOfOtherKind(file);
    // Another photo may have been chosen meanwhile; its own turn judges it.
    if (address !== mine) return;
    if (!forTheServer) return refuse(UNREADABLE);
    image.hidden = true;
    facts.textContent = `${file.name}, ${inMegabytes(file.size)} MB. This browser cannot show it; Easel can paint it.`;
    announce.textContent = `Photo chosen: ${facts.textContent}`;
    return;
  }
  if (address !== mine) return;
  const { naturalWidth: width, naturalHeight: height } = image; // upright: browsers apply EXIF orientation here
  if (width * height > maxMegapixels * 1e6) {
    const count = (Math.ceil((width * height) / 1e5) / 10).toLocaleString("en");
    return refuse(`This photo has ${count} million pixels; at most ${maxMegapixels} million are accepted.`);
  }
  facts.textContent = `${file.name}, ${width} × ${height} px, ${inMegabytes(file.size)} MB`;
  announce.textContent = `Photo chosen: ${facts.textContent}`;
  tellSize({ width, height });
});

remove.addEventListener("click", () => {
  input.value = "";
  clear();
  announce.textContent = "Photo removed";
  input.focus(); // the button that had the focus is gone
});
