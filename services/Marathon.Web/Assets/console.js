// What the console's pages do beyond what the server has written: they follow what happens, and take a file's text into a field.

/** Fetches the page again whenever something has changed, at most once a second, and puts in what is marked as live. Nothing is touched that somebody is using. */
function follow() {
  const source = document.querySelector('[data-events]')?.dataset.events;
  if (!source) return;
  let asked = false, waits = false;
  const refresh = async () => {
    if (asked) { waits = true; return; }
    asked = true;
    const rest = new Promise(done => setTimeout(done, 1000));
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
      if (answer.ok && !answer.redirected) put(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    } catch { /* The next change comes with another try. */ }
    await rest;
    asked = false;
    if (waits) { waits = false; refresh(); }
  };
  new EventSource(source).addEventListener('changed', refresh);
}

function put(page) {
  for (const part of document.querySelectorAll('.live[id]')) {
    const next = page.getElementById(part.id);
    if (next && !part.contains(document.activeElement) && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
  }
}

function files() {
  for (const chooser of document.querySelectorAll('input[type=file][data-into]')) {
    chooser.hidden = false;
    chooser.addEventListener('change', async () => {
      const file = chooser.files[0];
      if (file) chooser.form.elements[chooser.dataset.into].value = await file.text();
    });
  }
}

follow();
files();
