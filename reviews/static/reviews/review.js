// The Review tab: takes a verdict back, tells what is not saved yet, and asks before it would be lost.
const form = document.getElementById("review");
const state = document.getElementById("save-state");

if (form && state) {
  const claims = [...form.querySelectorAll(".claim")];
  const reason = form.querySelector("textarea[name=reason]");
  const isChanged = (claim) => {
    const note = claim.querySelector("textarea");
    if (note === null) return false; // to read only
    const saved = claim.querySelector("input[name$='-seen_note']");
    return note.value !== saved.value || claim.querySelector(".verdicts input:checked") !== null;
  };
  let isSending = false;

  const tell = () => {
    const changed = claims.filter(isChanged).length;
    state.textContent = changed ? `${changed} ${changed === 1 ? "claim" : "claims"} not saved yet` : "";
  };

  for (const fieldset of form.querySelectorAll(".verdicts")) {
    const clear = document.createElement("button");
    clear.type = "button";
    clear.className = "clear-verdict";
    clear.textContent = "Clear";
    clear.addEventListener("click", () => {
      for (const radio of fieldset.querySelectorAll("input")) radio.checked = false;
      clear.hidden = true;
      fieldset.querySelector("input").focus();
      tell();
    });
    const show = () => { clear.hidden = fieldset.querySelector("input:checked") === null; };
    fieldset.addEventListener("change", show);
    fieldset.querySelector("legend").append(clear);
    show();
  }

  form.addEventListener("input", tell);
  form.addEventListener("submit", () => { isSending = true; });
  window.addEventListener("pageshow", () => { isSending = false; tell(); });
  window.addEventListener("beforeunload", (event) => {
    if (!isSending && (claims.some(isChanged) || reason?.value)) event.preventDefault();
  });
}
