// Comfort on the page of a record's conflicts. Everything works without it.

const form = document.querySelector("form[data-conflicts]");
document.querySelector("#summary")?.focus();

if (form) {
  // "Choose all of the file" keeps what was typed, where the link alone would load the page anew.
  for (const link of document.querySelectorAll("a[data-take]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      for (const radio of form.querySelectorAll(`input[type=radio][value="${link.dataset.take}"]`)) {
        radio.checked = true;
      }
      form.querySelector("button.button-primary").focus();
    });
  }
  // Who writes a value means it.
  form.addEventListener("input", (event) => {
    const radio = event.target.closest(".conflict-write")?.parentElement.querySelector("input[type=radio]");
    if (radio) radio.checked = true;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}
