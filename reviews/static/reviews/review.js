// The review page: one dimension in focus, every act by key, nothing typed lost.
// Keys and words are the server's: this file presses the control whose data-keys names the key.

const form = document.getElementById("review");
const claims = [...document.querySelectorAll(".claim")];
const places = [...document.querySelectorAll("[data-place]")];
const reasons = document.querySelector(".acts-reason");
const reasonText = document.getElementById("id_reason");
const refusal = document.querySelector(".notice-danger[role=alert]");
const aimed = document.getElementById(location.hash.slice(1)); // a comment that a mail leads to
const first = claims.find((claim) => aimed && claim.contains(aimed)) ?? document.querySelector(".claim.is-focus");
let current = Math.max(0, claims.indexOf(first));
let isSending = false;

const noteOf = (claim) => claim?.querySelector("textarea[name$='-note']");
const evidenceOf = (claim) => claim?.querySelector("textarea[name$='-evidence']");
const chosen = (claim) => claim.querySelector(".verdicts input:checked");
const isOpen = (claim) => "open" in claim.dataset && !chosen(claim);
const seenInput = (claim, name) => claim.querySelector(`input[name$='-seen_${name}']`);
const seen = (claim, name) => seenInput(claim, name)?.value;

// -- what has the focus -----------------------------------------------------------------------------------

function show(index, { isAtLoad = false } = {}) {
  const claim = claims[index];
  if (!claim) return;
  for (const other of claims) other.classList.remove("is-focus");
  for (const other of places) other.removeAttribute("aria-current");
  current = index;
  claim.classList.add("is-focus");
  places[index].setAttribute("aria-current", "true");
  claim.focus({ preventScroll: true });
  if (!isAtLoad) claim.scrollIntoView({ block: "nearest" });
}

function unfold(element) {
  for (let box = element.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

function write(area) {
  if (!area) return;
  unfold(area);
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

// The next dimension that is still open, round the corner once this one is judged; none is left: save and go on.
function done() {
  const after = claims.slice(current + 1);
  const rest = isOpen(claims[current]) ? after : [...after, ...claims.slice(0, current)];
  const next = rest.find(isOpen);
  if (next) show(claims.indexOf(next));
  else document.querySelector("[name=act][value=save_next]")?.click();
}

const acts = {
  next: () => show(Math.min(current + 1, claims.length - 1)),
  previous: () => show(Math.max(current - 1, 0)),
  done,
  clear: () => {
    const radio = chosen(claims[current]);
    if (!radio) return;
    radio.checked = false;
    radio.focus();
    radio.dispatchEvent(new Event("input", { bubbles: true }));
  },
  help: () => document.getElementById("keys").showModal(),
};

document.addEventListener("click", (event) => {
  const act = event.target.closest("[data-do]")?.dataset.do;
  if (act) acts[act]();
  const place = event.target.closest("[data-place]");
  if (place) {
    event.preventDefault();
    show(places.indexOf(place));
  }
});

// -- keys -------------------------------------------------------------------------------------------------

// The key as the table of keys calls it: "j", "?", "ArrowDown", "Ctrl+Shift+Enter".
function nameOf(event) {
  let key = event.key;
  if (event.altKey || !key) return "";
  if (key.length === 1) {
    if (key > "~" && event.code.startsWith("Key")) key = event.code[3]; // another alphabet's keyboard
    if (/[a-z]/i.test(key)) key = event.shiftKey ? `Shift+${key}` : key.toLowerCase();
  } else if (event.shiftKey) key = `Shift+${key}`;
  return event.ctrlKey || event.metaKey ? `Ctrl+${key}` : key;
}

const isText = (element) =>
  element.isContentEditable || element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

function press(control) {
  if (control.matches("textarea")) return write(control);
  if (control.dataset.then === "comment") return write([...control.querySelectorAll("textarea")].at(-1));
  if (control.dataset.then === "evidence") return write(evidenceOf(claims[current]));
  control.closest("details:not([open])")?.setAttribute("open", "");
  control.click();
  if (control.dataset.then === "note") write(noteOf(claims[current]));
}

function giveReason(button) {
  for (const other of reasons.querySelectorAll("[data-reason-for]")) {
    other.classList.toggle("button-primary", other === button);
    other.querySelector("kbd").hidden = other !== button;
  }
  write(reasonText);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || isSending) return; // 229: a composing browser of old
  if (document.querySelector("dialog[open]")) return;
  const { target } = event;
  const name = nameOf(event);
  const isTyping = isText(target);
  if (event.key === "Escape" && isTyping) return claims[current]?.focus({ preventScroll: true });
  if (!name || (isTyping && (!name.startsWith("Ctrl+") || target.form !== form))) return;
  if (target.type === "radio" && name.startsWith("Arrow")) return; // they choose among the verdicts
  const quoted = `~=${JSON.stringify(name)}]`;
  if (target === reasonText && name === "Ctrl+Enter") {
    event.preventDefault();
    return (reasons.querySelector("button.button-primary") ?? reasons.querySelector("button:enabled"))?.click();
  }
  const reason = reasons?.querySelector(`[data-reason-for${quoted}:enabled`);
  const control = claims[current]?.querySelector(`[data-keys${quoted}`)
    ?? document.querySelector(`[data-keys${quoted}:not(.claim *, :disabled)`);
  if (!reason && !control) return;
  event.preventDefault();
  if (event.repeat && !control?.matches("[data-do=next], [data-do=previous]")) return;
  if (reason) giveReason(reason);
  else press(control);
});

// -- what is not saved yet --------------------------------------------------------------------------------

const isTyped = (claim) => {
  const [note, evidence] = [noteOf(claim), evidenceOf(claim)];
  return Boolean(note && note.value !== seen(claim, "note"))
    || Boolean(evidence && evidence.value !== seen(claim, "evidence"));
};
const isChanged = (claim) => isTyped(claim) || Boolean(noteOf(claim) && chosen(claim));

function tell() {
  claims.forEach((claim, index) => {
    const state = places[index].querySelector("[data-state]");
    const radio = noteOf(claim) && chosen(claim);
    if (radio) {
      state.saved ??= [...state.childNodes];
      const badge = document.createElement("span");
      badge.className = `badge is-unsaved verdict-${radio.value}`;
      badge.textContent = radio.closest("label").querySelector("span").textContent;
      state.replaceChildren(badge);
    } else if (state.saved) state.replaceChildren(...state.saved);
    places[index].classList.toggle("is-unsaved", isChanged(claim));
    const clear = claim.querySelector("[data-do=clear]");
    if (clear) clear.hidden = !radio;
  });
  const unsaved = document.getElementById("unsaved");
  if (unsaved) unsaved.hidden = !claims.some(isChanged);
}

// -- drafts: what was typed outlives a reload and a session that ended ----------------------------------------
// It is kept for who typed it. Texts alone: who signs gives every verdict, and says what it covers, once more.
// What stood there then comes back with it, so that a save tells what others changed meanwhile.

const drawer = `draft ${form.dataset.person} ${form.dataset.record}`;
const decisions = document.querySelectorAll(".decision-list > li").length; // a decision takes its reason along
const STATE = ["digest", "note", "verdict", "evidence"];
const keyOf = (claim) => claim.querySelector("input[name$='-key']")?.value;

function keepDraft() {
  const texts = claims.filter(isTyped).map((claim) => [
    keyOf(claim), STATE.map((name) => seen(claim, name)), noteOf(claim)?.value, evidenceOf(claim)?.value,
  ]);
  const reason = reasonText?.value;
  const version = form.elements.seen_version.value;
  if (texts.length || reason) sessionStorage.setItem(drawer, JSON.stringify({ texts, reason, decisions, version, isSent: isSending }));
  else sessionStorage.removeItem(drawer);
}

function takeDraft() {
  const draft = JSON.parse(sessionStorage.getItem(drawer) ?? '{"texts": []}');
  const restored = [];
  if (draft.isSent && draft.version !== form.elements.seen_version.value) draft.texts = []; // it was saved
  for (const [key, state, note, evidence] of draft.texts) {
    const claim = claims.find((item) => keyOf(item) === key);
    if (!claim || !noteOf(claim) || isChanged(claim)) continue;
    const area = evidenceOf(claim);
    if (noteOf(claim).value === note && (!area || area.value === evidence)) continue; // it was saved
    noteOf(claim).value = note;
    if (area) area.value = evidence;
    STATE.forEach((name, at) => {
      const input = seenInput(claim, name);
      if (!input || input.value === state[at]) return;
      input.value = state[at];
      form.elements.seen_version.value = draft.version;
    });
    restored.push(claim);
    for (const box of claim.querySelectorAll(".again, .correct")) box.open ||= box.matches(".again") || evidence !== seen(claim, "evidence");
  }
  if (restored.length && !aimed) current = claims.indexOf(restored[0]);
  if (draft.reason && reasonText && !reasonText.value && draft.decisions === decisions) {
    reasonText.value = draft.reason;
    unfold(reasonText);
  }
  keepDraft();
}

// -- notes that repeat, and the hold ----------------------------------------------------------------------

let asking = 0;
function askRepeats(area) {
  const place = area.closest(".field").querySelector("[data-repeats]");
  clearTimeout(asking);
  place.textContent = "";
  const note = area.value;
  if (!note.trim() || note.length > 2000) return;
  asking = setTimeout(async () => {
    const answer = await fetch(`${form.dataset.notes}?${new URLSearchParams({ note })}`).catch(() => null);
    if (answer?.ok && !answer.redirected && area.value === note) place.textContent = (await answer.json()).text;
  }, 400);
}

let heldAt = Date.now();
async function keepHold() {
  if (!form.dataset.hold || Date.now() - heldAt < form.dataset.renew * 1000) return;
  heldAt = Date.now();
  const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const answer = await fetch(form.dataset.hold, { method: "POST", body }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const hold = await answer.json();
  if (!hold.is_mine) tellLost(hold);
}

// Somebody took the record over, or decided on it. It is said once; what is typed stays, and can still be sent.
function tellLost(hold) {
  const told = document.getElementById(hold.by ? "taken" : "decided").content.firstElementChild.cloneNode(true);
  for (const place of told.querySelectorAll("[data-hold]")) place.textContent = hold[place.dataset.hold];
  document.querySelector(".notices").prepend(told);
  document.getElementById("announced").textContent = told.textContent;
  delete form.dataset.hold;
}

// -- at work ----------------------------------------------------------------------------------------------

document.addEventListener("input", ({ target }) => {
  keepHold();
  if (target.form !== form) return;
  if (target.matches("textarea[name$='-note']")) askRepeats(target);
  tell();
  keepDraft();
});
form.addEventListener("submit", () => {
  isSending = true;
  keepDraft();
  setTimeout(() => { isSending = false; }, 10_000); // it was stopped, or the server does not answer
});
window.addEventListener("pageshow", () => { isSending = false; });
window.addEventListener("beforeunload", (event) => {
  if (!isSending && (claims.some(isChanged) || reasonText?.value)) event.preventDefault();
});

document.querySelector(".bench").classList.add("is-ready");
takeDraft();
tell();
document.getElementById("announced").textContent = document.querySelector(".messagelist")?.textContent.trim() ?? "";
show(current, { isAtLoad: true });
if (refusal) refusal.focus();
else if (aimed && !claims.includes(aimed)) {
  unfold(aimed);
  aimed.focus();
}
