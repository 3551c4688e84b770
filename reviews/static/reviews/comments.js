// Comments: sent without leaving the page, so that what is typed elsewhere on it stays. Their place is drawn by the server.
const form = document.getElementById("comments");

async function send(button) {
  const place = button.closest(".comments");
  const address = button.hasAttribute("formaction") ? button.formAction : form.action;
  button.disabled = true;
  try {
    const body = new FormData(form);
    body.set(button.name, button.value);
    const answer = await fetch(address, { method: "POST", body, headers: { "X-Part": "comments" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const drawn = page.querySelector(".comments");
    if (drawn === null) throw new TypeError(answer.statusText);
    keepTyped(place, drawn, `text-${button.value}`);
    place.replaceWith(drawn);
    (drawn.querySelector("[data-refused], [data-said]") ?? drawn.querySelector("summary")).focus();
  } catch {
    button.disabled = false;
    tell(button, form.dataset.failed);
  }
}

// What is typed for other threads of the same place goes along.
function keepTyped(place, drawn, sent) {
  for (const field of place.querySelectorAll("textarea")) {
    const same = drawn.querySelector(`textarea[name="${CSS.escape(field.name)}"]`);
    if (field.name === sent || !field.value || same === null) continue;
    same.value = field.value;
    same.closest("details").open = true;
  }
}

function tell(button, text) {
  const told = button.closest(".comments").querySelector(".comment-failed") ?? document.createElement("p");
  told.className = "field-error comment-failed";
  told.role = "alert";
  told.textContent = text;
  button.parentElement.after(told);
}

// A link to a comment leads to its dimension, where the page shows one at a time.
function showLinked() {
  const linked = document.querySelector(location.hash.match(/^#comment-[0-9]+$/)?.[0] ?? "#none");
  const claim = linked?.closest(".claim");
  if (!linked) return;
  if (claim) document.querySelectorAll("[data-place]")[[...document.querySelectorAll(".claim")].indexOf(claim)]?.click();
  for (let box = linked.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  linked.focus();
  linked.scrollIntoView({ block: "center" });
}

if (form) {
  for (const moment of ["load", "hashchange"]) window.addEventListener(moment, showLinked); // after the page's own script
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.submitter);
  });
  // Before the page's own keys hear it: in a comment this sends the comment.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("textarea[form=comments]");
    if (!field || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    form.requestSubmit(field.closest(".composer").querySelector("button[name=place]"));
  }, true);
  window.addEventListener("beforeunload", (event) => {
    const fields = document.querySelectorAll("textarea[form=comments]");
    if ([...fields].some((field) => field.value.trim())) event.preventDefault();
  });
}
