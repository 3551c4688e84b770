// The list's filters: a choice applies at once, and the address names only what is chosen.

const form = document.querySelector("form.filters");

function leaveOutEmpty() {
  for (const control of form.elements) {
    if (control.name && !control.value) control.disabled = true;
  }
}

form.addEventListener("submit", leaveOutEmpty);
form.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) form.requestSubmit();
});
// The way back shows what the list was filtered by then, not what was chosen on leaving it.
addEventListener("pageshow", () => {
  form.reset();
  for (const control of form.elements) control.disabled = false;
});
