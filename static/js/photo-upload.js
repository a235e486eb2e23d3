// Sends each photo by itself as soon as it is chosen, two at a time, and tells the form how it went.
const form = document.querySelector("[data-studio]");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const AT_ONCE = 2;
const TRIES = 8; // where too many photos arrive at the server at the moment
const UNREACHABLE = "The server could not be reached or did not take the photo. Send it again.";
const waiting = [];
const sending = new Map(); // tile → request

const tell = (name, detail) => form.dispatchEvent(new CustomEvent(name, { detail }));

function next() {
  while (sending.size < AT_ONCE && waiting.length) start(waiting.shift());
}

function start({ tile, file, tries = 1 }) {
  const bar = tile.querySelector("[data-tile-progress]");
  const retry = tile.querySelector("[data-tile-retry]");
  const request = new XMLHttpRequest(); // fetch does not report how much has been sent
  sending.set(tile, request);
  bar.value = 0;
  bar.hidden = false;
  retry.hidden = true;
  tile.querySelector("[data-tile-error]").replaceChildren();
  request.open("POST", form.dataset.uploadUrl);
  request.setRequestHeader("X-CSRFToken", token);
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? (100 * loaded) / total : 0;
  });
  request.addEventListener("loadend", () => {
    sending.delete(tile);
    bar.hidden = true;
    const answer = request.response;
    if (tile.isConnected && request.status === 201) {
      const keep = tile.querySelector("[name=photo_id]");
      keep.value = answer.id;
      keep.checked = true;
      tell("photostored", { tile, photo: answer });
    } else if (tile.isConnected && request.status === 503 && tries < TRIES) {
      // Not all at the same moment again.
      const seconds = (Number(request.getResponseHeader("Retry-After")) || 2) * (0.5 + Math.random());
      setTimeout(() => tile.isConnected && add({ tile, file, tries: tries + 1 }), 1000 * seconds);
    } else if (tile.isConnected) {
      retry.hidden = Boolean(answer?.error); // what the server refused once, it would refuse again
      retry.onclick = () => add({ tile, file });
      tell("photorefused", { tile, sentence: answer?.error?.detail ?? UNREACHABLE });
    } else if (request.status === 201) {
      drop(answer.remove_url); // removed when all of it had been sent
    }
    next();
  });
  const data = new FormData();
  data.append("photo", file, file.name);
  request.send(data);
}

function add(detail) {
  detail.tile.dataset.state = "sending";
  waiting.push(detail);
  next();
}

// Lost when the page is left meanwhile; the server forgets unused photos after a day.
const drop = (address) => fetch(address, { method: "POST", headers: { "X-CSRFToken": token }, keepalive: true });

form.addEventListener("photosend", ({ detail }) => add(detail));
form.addEventListener("photoremoved", ({ detail: { tile } }) => {
  const place = waiting.findIndex((entry) => entry.tile === tile);
  if (place >= 0) waiting.splice(place, 1);
  const request = sending.get(tile);
  if (request && request.readyState !== XMLHttpRequest.DONE) request.abort();
  if (tile.dataset.removeUrl) drop(tile.dataset.removeUrl);
});
