// How many places are left, asked for every few seconds while somebody looks; not by everybody at the same moment.

/** Milliseconds between two questions, and at most where they are not answered; and longer than the server takes for any answer. */
const Pause = 5000, Longest = 60000, Patience = 10000;

/** Milliseconds until a page is read anew once more: it may be behind what the answers say, and nobody reads it again and again. */
const Again = 20000;

function show(division, known) {
  const taken = known.capacity === 0 ? 100 : 100 * (1 - known.remaining / known.capacity);
  const drawing = division.querySelector('[data-fill]');
  const text = division.querySelector('[data-left]');
  if (!drawing || !text) return;
  drawing.setAttribute('width', Math.min(100, Math.max(0, taken)).toFixed(2));
  drawing.parentElement.setAttribute('class', `fill ${known.remaining === 0 ? 'bad' : taken >= 90 ? 'wait' : ''}`);
  text.textContent = known.remaining === 0
    ? text.dataset.full
    : text.dataset.words.replace('{left}', known.remaining.toLocaleString('en')).replace('{capacity}', known.capacity.toLocaleString('en'));
  const offer = division.querySelector('[data-offer]');
  // Not from under somebody's hand.
  if (offer && !offer.contains(document.activeElement)) offer.hidden = known.remaining === 0;
}

function mark(place, isFull) {
  const text = place.querySelector('[data-state][data-open]');
  if (!text) return;
  text.textContent = isFull ? text.dataset.full : text.dataset.open;
  text.className = `pill ${isFull ? 'bad' : 'good'}`;
}

/** Whether there was an answer. */
async function look(shown) {
  const answer = await fetch(shown.length === 1 ? `/races/${shown[0].dataset.race}` : '/races?size=500', { signal: AbortSignal.timeout(Patience) });
  if (!answer.ok) return false;
  const body = await answer.json();
  for (const race of body.items ?? [body]) {
    const place = shown.find(one => one.dataset.race === race.raceId);
    if (!place) continue;
    for (const known of race.divisions) {
      const division = place.querySelector(`[data-division="${known.divisionId}"]`);
      if (division) show(division, known);
    }
    mark(place, race.divisions.every(known => known.remaining === 0));
    // It opens, is suspended, ends: what can be done is another thing then. Whoever fills something in has no such mark.
    const read = `read ${race.raceId}`;
    if (place.dataset.status !== race.status && Date.now() - Number(sessionStorage.getItem(read)) > Again) {
      sessionStorage.setItem(read, Date.now());
      setTimeout(() => location.reload(), Math.random() * 3000);
    }
  }
  return true;
}

export function places() {
  const shown = [...document.querySelectorAll('[data-race]')];
  if (shown.length === 0) return;
  let pause = Pause;
  const again = async () => {
    // Where so many ask that they are turned away, they ask more seldom: those who register come first.
    if (!document.hidden) pause = await look(shown).catch(() => false) ? Pause : Math.min(Longest, 2 * pause);
    setTimeout(again, pause * (0.75 + Math.random() / 2));
  };
  setTimeout(again, Pause * Math.random());
}
