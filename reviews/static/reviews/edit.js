// Comfort on the edit page. Everything works without it: rows are added by the server, too.

const form = document.querySelector("form[data-editor]");

if (form) {
  addRowsInPlace(form);
  countWhatIsTyped(form);
  saveWithTheKeyboard(form);
  warnBeforeLeaving(form);
}
document.querySelector("#meanwhile, #summary")?.focus();

// "Add a …" makes a blank row at once, from the template that stands beside the button.
function addRowsInPlace(form) {
  for (const button of form.querySelectorAll("button[data-more]")) {
    const name = button.dataset.more;
    const rows = form.querySelector(`[data-rows="${name}"]`);
    const blank = form.querySelector(`template[data-blank="${name}"]`);
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const row = blank.content.cloneNode(true).firstElementChild;
      const number = nextNumber(form, name);
      for (const part of row.querySelectorAll("*")) {
        for (const attribute of ["id", "name", "for", "aria-describedby"]) {
          const value = part.getAttribute(attribute);
          if (value) part.setAttribute(attribute, value.replace(`${name}-new-`, `${name}-${number}-`));
        }
      }
      rows.append(row);
      row.querySelector("input:not([type=hidden]), textarea").focus();
    });
  }
}

function nextNumber(form, name) {
  const numbers = [...form.elements].map((control) => control.name.match(`^${name}-([0-9]+)-key$`)?.[1] ?? -1);
  return Math.max(-1, ...numbers) + 1;
}

// How long a text is, or how many lines a list has, beside its label.
function countWhatIsTyped(form) {
  for (const area of form.querySelectorAll("[data-count]")) {
    const count = document.createElement("span");
    count.className = "count";
    count.ariaHidden = "true"; // the label's name stays what it is
    form.querySelector(`label[for="${area.id}"]`)?.append(" ", count);
    const show = () => {
      const number = area.dataset.count === "items"
        ? area.value.split("\n").filter((line) => line.trim()).length
        : [...area.value].length;
      const said = number === 1 ? area.dataset.one : area.dataset.many;
      count.textContent = number ? said.replace("{}", number.toLocaleString(document.documentElement.lang)) : "";
    };
    area.addEventListener("input", show);
    show();
  }
}

function saveWithTheKeyboard(form) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-save]"));
    }
  });
}

function warnBeforeLeaving(form) {
  let isUnsaved = "unsaved" in form.dataset;
  form.addEventListener("input", () => { isUnsaved = true; });
  form.addEventListener("submit", () => { isUnsaved = false; });
  addEventListener("beforeunload", (event) => { if (isUnsaved) event.preventDefault(); });
}
