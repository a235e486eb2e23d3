// Copying an unlisted link. Without this, or without a clipboard (plain HTTP), the field can be selected and copied.
const said = document.querySelector("[data-copied]");

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
    said.textContent = "The link is copied.";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}
