// The desk's forms: what is typed survives a reload and a lost connection; a dropped file is checked at once.
// Everything here has a plain form behind it.

const PAUSE_MS = 300;
const UNTOUCHED = ["key", "base", "do", "more"];
let waiting = null; // the button whose sending waits for the connection
let timer;

const sheet = () => document.querySelector("form[data-draft]");
const place = () => `draft:${sheet().dataset.draft}`;
const valueOf = (input) => (input.type === "checkbox" ? String(input.checked) : input.value);

// — the draft: what was touched, by the names of the inputs
function kept() {
  try {
    return JSON.parse(localStorage.getItem(place())) ?? { values: {} };
  } catch {
    return { values: {} };
  }
}

function keep(input) {
  if (!input.name || UNTOUCHED.includes(input.name)) return;
  const draft = kept();
  draft.values[input.name] = valueOf(input);
  try {
    localStorage.setItem(place(), JSON.stringify({ ...draft, at: new Date().toISOString() }));
  } catch {
    // full or forbidden: the form itself still holds it
  }
}

// The key under which it was sent, should the answer be lost: sent again, it is taken once.
function keepKey() {
  const draft = kept();
  const { key, base } = sheet().elements;
  if (draft.at) localStorage.setItem(place(), JSON.stringify({ ...draft, key: key.value, base: base.value }));
}

function restore(form) {
  const draft = kept();
  let restored = 0;
  for (const [name, value] of Object.entries(draft.values)) {
    const input = form.elements[name] ?? inNewLine(form, name);
    if (!input || valueOf(input) === value) continue;
    if (input.type === "checkbox") input.checked = value === "true";
    else input.value = value;
    restored += 1;
  }
  if (!restored) return localStorage.removeItem(place()); // it was taken, though nobody heard of it
  if (draft.key && draft.base === form.elements.base.value) form.elements.key.value = draft.key;
  const at = new Date(draft.at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const discard = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: form.dataset.discard });
  discard.addEventListener("click", () => {
    localStorage.removeItem(place());
    location.reload();
  });
  const notice = form.querySelector(".draft");
  notice.replaceChildren(form.dataset.restored.replace("{at}", at), discard);
  notice.hidden = false;
}

// — further rows of a division
function inNewLine(form, name) {
  const found = name.match(/^r(\d+)-(\d+)\./);
  if (!found) return null;
  while (!form.elements[name] && addLine(form, found[1], Number(found[2])));
  return form.elements[name];
}

function addLine(form, code, upTo = Infinity) {
  const last = [...form.querySelectorAll(`fieldset[data-place="${code}"]`)].at(-1);
  if (!last?.querySelector("[name=more]")) return null;
  const number = Number(last.id.split("-")[1]) + 1;
  if (number > upTo) return null;
  const box = document.createElement("div");
  box.innerHTML = last.outerHTML.replaceAll(last.id, `r${code}-${number}`);
  const line = box.firstElementChild;
  for (const said of line.querySelectorAll(".wrong-here, .hint-here, .back-here")) said.remove();
  for (const field of line.querySelectorAll(".is-wrong, .is-back")) field.classList.remove("is-wrong", "is-back");
  for (const input of line.querySelectorAll(".field input, .field select")) {
    input.removeAttribute("aria-invalid");
    if (input.tagName === "SELECT") input.selectedIndex = 0;
    else input.value = "";
  }
  line.querySelector(".row-of").textContent = form.dataset.row.replace("{n}", number);
  last.after(line);
  return line;
}

// — sending
function tell(form, text, isFine = false) {
  const sign = form.querySelector(".sending");
  sign.textContent = text;
  sign.classList.toggle("fine", isFine);
}

async function post(form, body) {
  const response = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
  if (response.status >= 502) throw new TypeError("whoever stands before the service answers for it");
  return response;
}

async function sendSheet(form, button) {
  const body = new URLSearchParams(new FormData(form));
  body.set(button.name, button.value);
  tell(form, form.dataset.sending, true);
  waiting = null;
  if (button.value === "send") keepKey();
  let response, text;
  try {
    response = await post(form, body);
    text = await response.text();
  } catch {
    waiting = button.value === "send" ? button : null;
    return tell(form, waiting ? form.dataset.lost : form.dataset.kept);
  }
  if (response.redirected) {
    localStorage.removeItem(place());
    return leave(response.url);
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  document.getElementById("main").replaceChildren(...page.getElementById("main").childNodes);
  begin();
  if (button.value === "send") forgetKey();
  (document.getElementById("wrong") ?? document.querySelector("[role=alert], [role=status]"))?.scrollIntoView({ block: "center" });
  document.getElementById("wrong")?.focus({ preventScroll: true });
}

function forgetKey() {
  const { key, ...draft } = kept();
  if (key) localStorage.setItem(place(), JSON.stringify(draft));
}

function leave(address) {
  const url = new URL(address);
  url.hash = "sent"; // lost on the way
  if (url.pathname + url.search === location.pathname + location.search) {
    history.replaceState(null, "", url);
    return location.reload();
  }
  location.assign(url);
}

function beginSheet(form) {
  if (!("typed" in form.dataset)) restore(form);
  const touched = new Set();
  form.addEventListener("input", (event) => {
    touched.add(event.target);
    clearTimeout(timer);
    timer = setTimeout(() => {
      touched.forEach(keep);
      touched.clear();
    }, PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    touched.forEach(keep);
    touched.clear();
    const button = event.submitter;
    if (button.name !== "more") return sendSheet(form, button);
    const line = addLine(form, button.value);
    if (line) location.hash = line.id;
    line?.querySelector("select, input:not([type=hidden])")?.focus();
  });
}

// — a file
function beginFile(form) {
  const input = form.querySelector("[type=file]");
  const zone = form.querySelector(".drop");
  for (const [name, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", isOver);
    });
  }
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    sendFile(form, "check");
  });
  input.addEventListener("change", () => input.files.length && sendFile(form, "check"));
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "mark") return; // a download
    event.preventDefault();
    sendFile(form, event.submitter.value);
  });
}

async function sendFile(form, what) {
  const body = new FormData(form);
  body.set("do", what);
  const said = document.getElementById("file-said");
  said.textContent = form.dataset.sending;
  let response, text;
  try {
    response = await post(form, body);
    text = await response.text();
  } catch {
    said.textContent = form.dataset.lost;
    return;
  }
  if (response.redirected) return leave(response.url);
  const page = new DOMParser().parseFromString(text, "text/html");
  said.replaceChildren(...(page.getElementById("file-said")?.childNodes ?? []));
  const key = page.querySelector("form[data-file] [name=key]")?.value;
  if (what === "send" && key) form.elements.key.value = key; // what was refused is kept under the one before
}

function begin() {
  const form = sheet();
  if (form) beginSheet(form);
  const file = document.querySelector("form[data-file]");
  if (file) beginFile(file);
}

addEventListener("offline", () => sheet() && tell(sheet(), sheet().dataset[waiting ? "lost" : "kept"]));
addEventListener("online", () => {
  if (!sheet()) return;
  tell(sheet(), sheet().dataset.back, true);
  if (waiting) sendSheet(sheet(), waiting);
});
begin();
