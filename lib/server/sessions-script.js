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
async function load(body) {
  const options = body ? { method: 'POST', body } : {};
  const response = await fetch('sessions', { ...options, headers: { Accept: 'text/html' } });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), 'text/html');
}

/** Replaces what changes. The focus stays on the same button, or moves to the heading if there is none any more. */
function show(page) {
  const focused = document.activeElement;
  const label = focused?.closest('#sessions') ? (focused.getAttribute('aria-label') ?? '') : undefined;
  const scrolled = document.querySelector('.scroll')?.scrollLeft ?? 0;
  for (const id of ['counters', 'sessions']) byId(id).replaceChildren(...page.getElementById(id).childNodes);
  document.querySelector('.scroll')?.scrollTo(scrolled, 0);
  sample();
  if (label === undefined) return;
  const buttons = [...document.querySelectorAll('#sessions button')];
  const region = label === '' ? document.querySelector('.scroll') : undefined;
  (buttons.find((button) => button.getAttribute('aria-label') === label) ?? region ?? byId('list')).focus();
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
  event.preventDefault();
  try {
    const page = await load(new URLSearchParams(new FormData(event.target, event.submitter)));
    show(page);
    say(page.getElementById('status').textContent);
  } catch (error) {
    say(`Not done: ${error.message}`);
  }
});
sample();
setTimeout(refresh, INTERVAL);
