// Refreshes the page of sessions and draws its charts, in the browser.

/** Milliseconds between two refreshes. */
const INTERVAL = 2000;
/** Values in a chart. */
const SAMPLES = 60;
const HEIGHT = 20;

const byId = (id) => document.getElementById(id);
const pause = byId('pause');
const history = { calls: [], faults: [], waiting: [] };
let previous;
let pointerDown = false;

/** Loads the page, or sends a form, whose response is the page. */
async function load(form, body) {
  const options = body ? { method: 'POST', body } : {};
  const url = form?.getAttribute('action') ?? `sessions${location.search}`;
  const response = await fetch(url, { ...options, headers: { Accept: 'text/html' } });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), 'text/html');
}

/** Replaces what changes. The focus stays on the same control, or moves to the heading if there is none any more. */
function show(page) {
  for (const id of ['counters', 'sessions', 'databases']) replace(byId(id), page.getElementById(id));
  sample();
}

function replace(section, by) {
  const focused = section.contains(document.activeElement) ? document.activeElement : undefined;
  const scroll = () => section.querySelector('.scroll');
  const scrolled = scroll()?.scrollLeft ?? 0;
  const isRegion = focused !== undefined && focused === scroll();
  section.replaceChildren(...by.childNodes);
  scroll()?.scrollTo(scrolled, 0);
  if (focused === undefined) return;
  const same = [...section.querySelectorAll('button, a')].find((control) => nameOf(control) === nameOf(focused));
  ((isRegion ? scroll() : same) ?? byId('list')).focus();
}

/** Buttons have a label of their own in each row, or a number in their text that changes. */
function nameOf(control) {
  return control.getAttribute('aria-label') ?? (control.value || control.textContent);
}

function counter(name) {
  return Number(document.querySelector(`[data-counter="${name}"]`).textContent);
}

/** Adds the counters to the charts: totals as a rate. */
function sample() {
  const now = { time: performance.now(), calls: counter('calls'), faults: counter('faults') };
  if (previous !== undefined) {
    const seconds = Math.max((now.time - previous.time) / 1000, 0.1);
    // The totals start again if the server does.
    draw('calls', Math.max(now.calls - previous.calls, 0) / seconds);
    draw('faults', Math.max(now.faults - previous.faults, 0) / seconds);
  }
  draw('waiting', counter('waiting'));
  previous = now;
}

function draw(name, value) {
  const values = history[name];
  values.push(value);
  if (values.length > SAMPLES) values.shift();
  const figure = document.querySelector(`[data-chart="${name}"]`);
  const max = Math.max(...values);
  const points = values.map((value, i) => {
    const x = SAMPLES - values.length + i + 1;
    return `${x},${HEIGHT - 1 - (max === 0 ? 0 : (value / max) * (HEIGHT - 2))}`;
  });
  figure.querySelector('polyline').setAttribute('points', points.join(' '));
  figure.querySelector('strong').textContent = rounded(value);
  figure.querySelector('span').textContent = rounded(max);
}

function rounded(value) {
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
}

/** Says something once: a text that does not change is not read again. */
function say(text) {
  if (byId('status').textContent !== text) byId('status').textContent = text;
}

/** Whether replacing the page would disturb the user, who presses a button or selects text. */
function isDisturbing() {
  return pointerDown || document.hidden || getSelection()?.isCollapsed === false;
}

async function refresh() {
  if (pause.getAttribute('aria-pressed') === 'false' && !isDisturbing()) {
    try {
      const page = await load();
      if (!isDisturbing()) show(page);
      if (byId('status').textContent.startsWith('Not refreshed')) say('');
    } catch (error) {
      say(`Not refreshed: ${error.message}`);
    }
  }
  setTimeout(refresh, INTERVAL);
}

pause.hidden = false;
byId('charts').hidden = false;
pause.addEventListener('click', () => {
  pause.setAttribute('aria-pressed', String(pause.getAttribute('aria-pressed') === 'false'));
});
addEventListener('pointerdown', () => {
  pointerDown = true;
});
for (const event of ['pointerup', 'pointercancel']) {
  addEventListener(event, () => {
    pointerDown = false;
  });
}
addEventListener('submit', async (event) => {
  // The filter loads another page.
  if (event.target.method !== 'post') return;
  event.preventDefault();
  try {
    const page = await load(event.target, new URLSearchParams(new FormData(event.target, event.submitter)));
    show(page);
    say(page.getElementById('status').textContent);
  } catch (error) {
    say(`Not done: ${error.message}`);
  }
});
sample();
setTimeout(refresh, INTERVAL);
