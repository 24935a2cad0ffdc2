// Pages that follow what happens. An event says that something has changed; what the page looks like then is the server's to say, so it is fetched and its parts are exchanged.

/** Milliseconds: between two looks where nothing tells of changes; between two fetches however much is told; until a stream that was refused is asked for again; at most, whatever is asked for again. */
const Poll = 5000, Rest = 1000, Refused = 2000, Longest = 60000;

/** Longer than the server takes for any answer. */
const Patience = 10000;

/** Those who were turned away at one moment do not come back at one. */
const about = milliseconds => milliseconds * (0.75 + Math.random() / 2);

/** This page as the server writes it now; null when there is none any more. Throws when it cannot be had just now. */
async function fresh() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(Patience) });
  // The login has ended: whoever looks is shown so.
  if (answer.redirected) location.reload();
  if (answer.status === 429 || answer.status >= 500) throw new Error(answer.statusText);
  return answer.ok ? { status: answer.status, page: new DOMParser().parseFromString(await answer.text(), 'text/html') } : null;
}

/** Whether the part is as it is now. */
function exchange(part, now) {
  if (part.innerHTML === now.innerHTML) return true;
  // Nothing is taken away from under somebody who is using it.
  if (part.contains(document.activeElement)) return false;
  const known = new Set([...part.children].map(child => child.innerHTML));
  part.replaceChildren(...now.childNodes);
  for (const child of part.children) if (!known.has(child.innerHTML)) child.classList.add('new');
  // Whether it goes on from here is the server's to say, too.
  part.toggleAttribute('data-part', now.hasAttribute('data-part'));
  return true;
}

/** How many rows of a list are not as they were: others by now, come or gone. */
function differing(list, now) {
  const [known, there] = [list, now].map(part => [...part.querySelectorAll('tbody tr')].map(row => row.innerHTML));
  const others = (some, all) => some.filter(row => !all.includes(row)).length;
  return Math.max(others(known, there), others(there, known));
}

/** Of a list that must not move it is only said that it has changed: by a link with data-still, the list's id. */
function count(link, page) {
  const changes = differing(document.getElementById(link.dataset.still), page.getElementById(link.dataset.still));
  const text = link.dataset.words.replace('{count}', changes);
  link.hidden = changes === 0;
  if (link.textContent !== text) link.textContent = text;
}

/** Exchanges the parts of this page that have changed: elements with an id and data-part. What is in use has its turn when it is left. */
async function refresh(ask) {
  const now = await fresh();
  if (now?.status !== 200) return;
  // First: what is exchanged is taken out of the page that was fetched.
  for (const link of document.querySelectorAll('[data-still]')) count(link, now.page);
  for (const part of document.querySelectorAll('[data-part]')) {
    const other = now.page.getElementById(part.id);
    if (other && !exchange(part, other)) part.addEventListener('focusout', ask, { once: true });
  }
}

/** One at a time, and once more when something has changed meanwhile, or the page could not be had: then more and more seldom. */
function refresher() {
  let running = false, again = false, rest = Rest;
  return async function ask() {
    if (running) { again = true; return; }
    running = true;
    do {
      again = false;
      const had = refresh(ask).then(() => true, () => false);
      await new Promise(done => setTimeout(done, about(rest)));
      if (await had) rest = Rest;
      else [again, rest] = [true, Math.min(Longest, 2 * rest)];
    } while (again);
    running = false;
  };
}

/** A stream of events, while the page is in front: a browser has but six connections for all pages of a site. */
function listen(followed, ask) {
  let source, waiting, pause = Refused, shown = followed.dataset.shown;
  function open() {
    source = new EventSource(followed.dataset.live);
    source.addEventListener(followed.dataset.event, event => {
      pause = Refused;
      // The first event is what the page shows already, unless something has happened since.
      if (event.lastEventId !== shown) ask();
      shown = event.lastEventId;
    });
    source.addEventListener('error', () => {
      // It comes back by itself, unless it was refused.
      if (source.readyState !== EventSource.CLOSED) return;
      waiting = setTimeout(open, about(pause));
      // Where it is never to be had, the page is at least looked at now and then.
      if (pause === Longest) ask();
      pause = Math.min(Longest, 2 * pause);
    });
  }
  function turn() {
    clearTimeout(waiting);
    source?.close();
    if (!document.hidden) open();
  }
  document.addEventListener('visibilitychange', turn);
  turn();
}

/** Follows what data-live names, a stream of events; and looks every so many seconds as data-every says, while the page is in front: anyhow where there is no stream. */
export function follow() {
  const followed = document.querySelector('[data-live]');
  if (!followed) return;
  const ask = refresher();
  if (followed.dataset.live) listen(followed, ask);
  if (!followed.dataset.live || followed.dataset.every) setInterval(() => { if (!document.hidden) ask(); }, 1000 * followed.dataset.every || Poll);
}

/** A page that is not there yet: looked for until it is, or never will be; more and more seldom, and not behind another page. */
export function arrive() {
  if (!document.querySelector('[data-arriving]')) return;
  let pause = 400;
  const look = async () => {
    if (!document.hidden) {
      const now = await fresh().catch(() => ({ status: 202 }));
      if (now?.status !== 202) { location.replace(location.href); return; }
      pause = Math.min(Longest, pause * 1.3);
    }
    setTimeout(look, about(pause));
  };
  setTimeout(look, pause);
}
