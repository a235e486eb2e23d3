// Puts the visitor's own photo into the pictures of the styles as a worker has painted them, one by one.
//
// [data-previews] names the address that knows which are there, in the studio data-previews-of for any photo; its
// pictures are [data-style="SLUG"] img.
const place = document.querySelector("[data-previews]");
const PAUSES_MS = [400, 600, 900, 1300, 2000, 3000]; // quick at first, for a preview takes a moment; the last is repeated
const PATIENCE_MS = 120_000; // with paintings before them they may not come; the catalog's own pictures are there
let address = "";

function put(slug, source) {
  const card = place.querySelector(`[data-style="${CSS.escape(slug)}"]`);
  const image = card?.querySelector("img");
  if (!image || image.dataset.preview === source) return;
  image.dataset.preview = source;
  image.dataset.catalog ??= image.src;
  const loaded = new Image();
  loaded.src = source;
  // Decoded before it is shown, so that no card is empty for a moment; and only if it is still the one wanted.
  loaded.decode().then(
    () => {
      if (image.dataset.preview === source) image.src = source;
    },
    () => delete image.dataset.preview,
  );
}

function forget() {
  for (const image of place.querySelectorAll("img[data-preview]")) {
    image.src = image.dataset.catalog;
    delete image.dataset.preview;
  }
}

async function follow(mine) {
  const end = performance.now() + PATIENCE_MS;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let options = { method: "POST", headers: { "X-CSRFToken": token } }; // asks for them; afterwards it only looks
  for (let turn = 0; mine === address && performance.now() < end; turn += 1) {
    const answer = await fetch(mine, options);
    if (!answer.ok || answer.redirected || mine !== address) return; // gone, signed out, or another photo by now
    const { previews, waiting } = await answer.json();
    for (const [slug, source] of Object.entries(previews)) put(slug, source);
    if (!waiting) return;
    options = {};
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(turn, PAUSES_MS.length - 1)]));
  }
}

function show(next) {
  if (next === address) return;
  address = next;
  forget();
  if (address) follow(address).catch(() => {}); // without the server the catalog's own pictures stay
}

// In the studio photos come and go; the first that the server has is shown.
const form = document.querySelector("[data-studio]");
if (form) {
  const NOBODY = "00000000-0000-0000-0000-000000000000"; // stands in the address for a photo's id
  const showFirst = () => {
    const photo = form.querySelector("[name=photo_id]:checked")?.value;
    show(photo ? place.dataset.previewsOf.replace(NOBODY, photo) : "");
  };
  form.addEventListener("photosarranged", showFirst);
  showFirst();
} else {
  show(place.dataset.previews);
}
