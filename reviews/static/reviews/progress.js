// The page of a run: asks how far it is, shows that, and loads the page anew once there is more to see.

const box = document.querySelector(".run-progress");
const bar = box.querySelector("progress");
const numbers = box.querySelector("[data-numbers]");
const EVERY = 1000; // milliseconds
let status = null;

async function ask() {
  let answer;
  try {
    const response = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (response.status >= 500) throw new Error(response.statusText);
    if (!response.ok || response.redirected) return location.reload(); // logged out, or no run any more
    answer = await response.json();
  } catch {
    return setTimeout(ask, 5 * EVERY); // the server is not there, or not well, just now
  }
  status ??= answer.status;
  if (answer.is_over || answer.status !== status) return location.reload();
  if (answer.total) {
    bar.max = answer.total;
    bar.value = answer.done;
    numbers.textContent = [answer.done, answer.total].join(" / ");
  }
  return setTimeout(ask, EVERY);
}

setTimeout(ask, EVERY);
