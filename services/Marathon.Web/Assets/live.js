// Pages that follow what happens. An event says that something has changed; what the page looks like then is the server's to say, so it is fetched and its parts are exchanged.

/** Milliseconds: between two looks where nothing tells of changes, and between two fetches however much is told. */
const Poll = 5000, Rest = 1000;

/** This page as the server writes it now; null when it cannot be had. */
async function fresh() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
  return answer.ok ? { status: answer.status, page: new DOMParser().parseFromString(await answer.text(), 'text/html') } : null;
}

function exchange(part, now) {
  // Nothing is taken away from under somebody who is using it.
  if (part.innerHTML === now.innerHTML || part.contains(document.activeElement)) return;
  const known = new Set([...part.children].map(child => child.innerHTML));
  part.replaceChildren(...now.childNodes);
  for (const child of part.children) if (!known.has(child.innerHTML)) child.classList.add('new');
  // Whether it goes on from here is the server's to say, too.
  part.toggleAttribute('data-part', now.hasAttribute('data-part'));
}

/** How many rows of a list are not as they were: others by now, come or gone. */
function differing(list, now) {
  const [known, there] = [list, now].map(part => [...part.querySelectorAll('tbody tr')].map(row => row.innerHTML));
  const others = (some, all) => some.filter(row => !all.includes(row)).length;
  return Math.max(others(known, there), others(there, known));
}

/** Of a list that must not move it is only said that it has changed: by a link with data-still, the list's id. */
function tell(link, page) {
  const count = differing(document.getElementById(link.dataset.still), page.getElementById(link.dataset.still));
  const text = link.dataset.words.replace('{count}', count);
  link.hidden = count === 0;
  if (link.textContent !== text) link.textContent = text;
}

/** Exchanges the parts of this page that have changed: elements with an id and data-part. */
export async function refresh() {
  const now = await fresh();
  if (now?.status !== 200) return;
  for (const part of document.querySelectorAll('[data-part]')) {
    const other = now.page.getElementById(part.id);
    if (other) exchange(part, other);
  }
  for (const link of document.querySelectorAll('[data-still]')) tell(link, now.page);
}

/** One at a time, and once more when something has changed meanwhile. */
function refresher() {
  let running = false, again = false;
  return async function ask() {
    if (running) { again = true; return; }
    running = true;
    do {
      again = false;
      await Promise.all([refresh().catch(() => { }), new Promise(done => setTimeout(done, Rest))]);
    } while (again);
    running = false;
  };
}

/** Follows what data-live names, a stream of events; or, where there is none, looks every so many seconds as data-every says, while the page is in front. */
export function follow() {
  const followed = document.querySelector('[data-live]');
  if (!followed) return;
  const ask = refresher();
  const look = () => setInterval(() => { if (!document.hidden) ask(); }, 1000 * followed.dataset.every || Poll);
  if (!followed.dataset.live) { look(); return; }
  const source = new EventSource(followed.dataset.live);
  let shown = followed.dataset.shown;
  source.addEventListener(followed.dataset.event, event => {
    // The first event is what the page shows already, unless something has happened since.
    if (event.lastEventId !== shown) ask();
    shown = undefined;
  });
  source.addEventListener('error', () => {
    // It comes back by itself, unless it was refused for good.
    if (source.readyState === EventSource.CLOSED) look();
  });
}

/** A page that is not there yet: looked for until it is. */
export function arrive() {
  if (!document.querySelector('[data-arriving]')) return;
  let pause = 400;
  const look = async () => {
    const now = await fresh().catch(() => null);
    if (now?.status === 200) { location.replace(location.href); return; }
    pause = Math.min(3000, pause * 1.3);
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
}
