// Times that are awaited. The clock is the server's: a telephone's may be minutes off, and an opening is not.

const ahead = Date.parse(document.body.dataset.now) - Date.now();

/** Now, by the server. */
export const now = () => Date.now() + ahead;

const two = number => String(number).padStart(2, '0');

function left(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days === 0 ? clock : document.documentElement.lang === 'ko' ? `${days}일 ${clock}` : `${days} d ${clock}`;
}

function start(place) {
  const until = Date.parse(place.dataset.countdown);
  const waiting = place.dataset.enable && document.querySelector(place.dataset.enable);
  if (waiting && until > now()) waiting.disabled = true;
  const tick = () => {
    const rest = until - now();
    place.textContent = left(Math.max(0, rest));
    if (rest > 0) { setTimeout(tick, Math.min(1000, rest % 1000 || 1000)); return; }
    if (waiting) waiting.disabled = false;
    // What was only to be prepared can be done now, on everybody's page at once and without asking anybody.
    for (const link of place.dataset.reveal ? document.querySelectorAll(place.dataset.reveal) : []) {
      link.firstChild.textContent = link.dataset.register;
      link.classList.remove('quiet');
    }
  };
  tick();
}

export function countdowns() {
  for (const place of document.querySelectorAll('[data-countdown]')) start(place);
}
