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
    fill(drawn, typedIn(place).filter(([name]) => name !== `text-${button.value}`)); // for other threads
    place.replaceWith(drawn);
    keepDraft();
    (drawn.querySelector("[data-refused], [data-said]") ?? drawn.querySelector("summary")).focus();
  } catch {
    button.disabled = false;
    tell(button, form.dataset.failed);
  }
}

const typedIn = (place) =>
  [...place.querySelectorAll("textarea[form=comments]")].filter(({ value }) => value).map(({ name, value }) => [name, value]);

function fill(place, typed) {
  for (const [name, text] of typed) {
    const field = place.querySelector(`textarea[form=comments][name="${CSS.escape(name)}"]`);
    if (!field || field.value) continue;
    field.value = text;
    unfold(field);
  }
}

function unfold(element) {
  for (let box = element.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

// What is not sent yet outlives a session that ended, for who typed it.
const drawer = `comments ${form?.dataset.person} ${form?.action}`;

function keepDraft() {
  const typed = typedIn(document);
  if (typed.length) sessionStorage.setItem(drawer, JSON.stringify(typed));
  else sessionStorage.removeItem(drawer);
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
  unfold(linked);
  linked.focus();
  linked.scrollIntoView({ block: "center" });
}

// -- names, to choose from after an @ ---------------------------------------------------------------------

let people = null; // the list that the server draws, once somebody typed an @

async function loadPeople() {
  const page = new DOMParser().parseFromString(await (await fetch(form.dataset.people)).text(), "text/html");
  return page.getElementById("people") ?? document.createElement("ul");
}

const typedName = (field) => field.value.slice(0, field.selectionEnd).match(/(?<![A-Za-z0-9_@+-])[@＠]([\p{L}\p{N}_.+-]*)$/u)?.[1];
const offered = () => [...people.children].filter((person) => !person.hidden);

async function offerNames(field) {
  if (typedName(field) === undefined) return withdrawNames();
  people ??= await loadPeople().catch(() => null);
  const typed = typedName(field)?.toLowerCase(); // by now
  if (people === null || typed === undefined || document.activeElement !== field) return withdrawNames();
  for (const person of people.children) {
    const words = [person.dataset.username, ...person.textContent.trim().split(/\s+/)];
    person.hidden = !words.some((word) => word.toLowerCase().startsWith(typed));
  }
  if (offered().length === 0) return withdrawNames();
  field.closest("label").after(people);
  field.setAttribute("aria-controls", people.id);
  people.scrollIntoView({ block: "nearest" });
  mark(field, offered()[0]);
}

function withdrawNames() {
  people?.remove();
  for (const field of document.querySelectorAll("textarea[aria-activedescendant]")) {
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  }
}

function mark(field, person) {
  for (const other of people.children) other.ariaSelected = String(other === person);
  field.setAttribute("aria-activedescendant", person.id);
  person.scrollIntoView({ block: "nearest" });
}

function choose(field, person) {
  const end = field.selectionEnd;
  field.setRangeText(`${person.dataset.username} `, end - typedName(field).length, end, "end");
  withdrawNames();
  keepDraft();
}

// Whether the key was meant for the list.
function pressInList(field, key) {
  if (!people?.isConnected) return false;
  const names = offered();
  const at = names.findIndex((person) => person.ariaSelected === "true");
  if (key === "ArrowDown") mark(field, names[(at + 1) % names.length]);
  else if (key === "ArrowUp") mark(field, names.at(at - 1));
  else if (key === "Enter" || key === "Tab") choose(field, names[at]);
  else if (key === "Escape") withdrawNames();
  else return false;
  return true;
}

// ---------------------------------------------------------------------------------------------------------

if (form) {
  fill(document, JSON.parse(sessionStorage.getItem(drawer) ?? "[]"));
  for (const moment of ["load", "hashchange"]) window.addEventListener(moment, showLinked); // after the page's own script
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.submitter);
  });
  // Before the page's own keys hear it: in a comment this sends the comment.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("textarea[form=comments]");
    if (!field || event.isComposing) return;
    const isSending = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (!isSending && (event.shiftKey || !pressInList(field, event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    if (isSending) form.requestSubmit(field.closest(".composer").querySelector("button[name=place]"));
  }, true);
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("textarea[form=comments]")) return;
    offerNames(target);
    keepDraft();
  });
  document.addEventListener("focusout", withdrawNames);
  document.addEventListener("mousedown", (event) => {
    const person = event.target.closest?.("#people > li");
    if (!person) return;
    event.preventDefault(); // the focus stays where one writes
    choose(document.activeElement, person);
  });
  window.addEventListener("beforeunload", (event) => {
    if (typedIn(document).some(([, text]) => text.trim())) event.preventDefault();
  });
}
