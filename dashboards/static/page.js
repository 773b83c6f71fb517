// Makes the pages live: draws figures, follows links inside a page without losing one's place, and
// refetches the page when the api publishes. Everything here has a plain link or form behind it.

const LIVE_PAUSE_MS = 400; // several events in a row are one refetch
const REGIONS = ["top", "main", "tabbar"];
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };

// Without this plotly.js asks a foreign host for the outlines of the world before it draws our own.
window.PlotlyGeoAssets = { topojson: { world_110m: { type: "Topology", objects: {}, arcs: [] } } };
document.documentElement.classList.add("scripted");

function loadPlotly() {
  const url = document.querySelector("meta[name=plotly]").content;
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url, onload: () => resolve(window.Plotly), onerror: reject });
    document.head.append(script);
  });
}
let plotly;

async function draw() {
  const boxes = [...document.querySelectorAll(".plotbox")];
  if (!boxes.length) return;
  plotly ??= loadPlotly();
  const Plotly = await plotly;
  for (const box of boxes) {
    const source = document.getElementById(`${box.id}-figure`);
    if (!source || !box.isConnected) continue;
    const { data, layout } = JSON.parse(source.textContent);
    await Plotly.react(box, data, layout, CONFIG);
    if (box.dataset.bound) continue;
    box.dataset.bound = "yes";
    box.on("plotly_click", (event) => openLink(event.points[0]?.customdata?.[0]));
    box.on("plotly_treemapclick", (event) => {
      openLink(event.points[0]?.customdata?.[0]);
      return false; // no zoom inside the figure: a click is a link
    });
  }
  document.documentElement.dataset.drawn = "yes";
}

function openLink(link) {
  if (typeof link === "string" && link.startsWith("/")) follow(new URL(link, location.href));
}

function follow(url) {
  if (url.pathname !== location.pathname) return location.assign(url);
  show(url, true);
}

const addressOf = (url) => url.pathname + url.search;
let shown = addressOf(location);
let latest = 0;
let going = null; // where a click leads, until its answer is shown
// Fetches a page and puts its regions in place of ours. Figures stay and are redrawn; focus and scroll stay.
async function show(url, isNew = false) {
  const turn = ++latest;
  going = isNew ? url : null;
  let response;
  try {
    response = await fetch(url, { headers: { accept: "text/html" } });
  } catch {
    return isNew && location.assign(url);
  }
  if (response.redirected || (isNew && !response.ok)) return location.assign(url);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (turn !== latest) return; // a later click overtook this answer
  going = null;
  if (isNew) {
    history.pushState(null, "", url);
    shown = addressOf(url);
  }
  swap(page);
  await draw();
}

function swap(page) {
  const focus = remember(document.activeElement);
  const scrolls = [...document.querySelectorAll("[data-scroll]")].map((box) => [box.id, box.scrollTop]);
  const unfolded = new Map([...document.querySelectorAll("details[id]")].map((box) => [box.id, box.open]));
  document.title = page.title;
  document.body.dataset.pending = page.body.dataset.pending ?? "";
  document.body.className = page.body.className;
  for (const name of REGIONS) {
    const ours = document.getElementById(name);
    const theirs = page.getElementById(name);
    if (!ours || !theirs) continue;
    const typed = [...ours.querySelectorAll("textarea, input[type=date]")].filter((f) => f.value !== f.defaultValue);
    for (const kept of [...ours.querySelectorAll(".plotbox, select:focus"), ...typed]) {
      const twin = theirs.querySelector(`#${kept.id}`);
      if (!twin) continue;
      if (kept.ariaLabel !== twin.ariaLabel && twin.ariaLabel) kept.ariaLabel = twin.ariaLabel;
      twin.replaceWith(kept);
    }
    ours.replaceChildren(...theirs.childNodes);
  }
  for (const [id, top] of scrolls) document.getElementById(id)?.scrollTo(0, top);
  for (const [id, isOpen] of unfolded) {
    const box = document.getElementById(id);
    if (box) box.open ||= isOpen;
  }
  focus()?.focus({ preventScroll: true });
  showState();
}

// A way back to what has the focus: by id, else by where it leads.
function remember(element) {
  if (!element || element === document.body) return () => null;
  if (element.id) return () => document.getElementById(element.id);
  const href = element.getAttribute("href");
  const name = element.textContent;
  return () => {
    const same = [...document.querySelectorAll("a[href]")].filter((a) => a.getAttribute("href") === href);
    return same.find((a) => a.textContent === name) ?? same[0];
  };
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-here]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  follow(new URL(link.href));
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-switch]");
  if (!form) return;
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  follow(new URL(`${form.getAttribute("action")}?${query}`, location.href));
});
addEventListener("popstate", () => {
  if (addressOf(location) === shown) return; // to another place in the same page
  shown = addressOf(location);
  show(new URL(location.href));
});

// Live: the browser reconnects by itself; what was missed meanwhile is fetched on return.
let state = "off";
let wasLost = false;
let timer;
function refresh() {
  clearTimeout(timer);
  // News must not take a reader back who is on the way elsewhere.
  timer = setTimeout(() => show(going ?? new URL(location.href), going !== null), LIVE_PAUSE_MS);
}
function showState(next = state) {
  state = next;
  for (const sign of document.querySelectorAll(".live")) {
    sign.dataset.state = state;
    for (const word of sign.querySelectorAll("[data-when]")) word.hidden = word.dataset.when !== state;
  }
}
function listen() {
  const events = new EventSource("/live");
  events.onopen = () => {
    showState("on");
    if (wasLost) refresh();
    wasLost = false;
  };
  events.onerror = () => {
    showState("off");
    wasLost = true;
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
  events.addEventListener("snapshot", refresh);
  events.addEventListener("cards", refresh);
  events.addEventListener("pending", (event) => {
    if (String(JSON.parse(event.data).pending) !== document.body.dataset.pending) refresh();
  });
  addEventListener("pagehide", () => events.close());
}

draw();
if ("live" in document.body.dataset) listen();

// Drafts of the desk are this visitor's own: they go with him.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[action='/sign-out']")) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith("draft:")) localStorage.removeItem(name);
});
