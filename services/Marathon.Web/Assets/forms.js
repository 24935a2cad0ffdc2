// Forms: what is wrong is told as a field is left, and a form is sent once.

const said = field => document.getElementById(`${field.id}-error`);

/** What is wrong with a field, in the page's words; empty when nothing is. */
function wrong(field) {
  const { valueMissing, patternMismatch, valid } = field.validity;
  if (valueMissing || (field.required && !field.value.trim())) return field.dataset.missing ?? field.validationMessage;
  if (patternMismatch) return field.dataset.mismatch ?? field.validationMessage;
  return valid ? '' : field.validationMessage;
}

function tell(field) {
  const place = said(field);
  if (!place) return true;
  const text = wrong(field);
  place.textContent = text;
  field.closest('.field')?.classList.toggle('wrong', text !== '');
  if (text) field.setAttribute('aria-invalid', 'true'); else field.removeAttribute('aria-invalid');
  return text === '';
}

function validate(form) {
  // The browser's own bubbles would come first, and in the browser's language.
  form.noValidate = true;
  const fields = [...form.elements].filter(field => field.willValidate && said(field));
  for (const field of fields) {
    // A field that was never touched is not wrong yet.
    field.addEventListener('change', () => { field.dataset.touched = ''; });
    field.addEventListener('blur', () => { if ('touched' in field.dataset || field.value) tell(field); });
    field.addEventListener('input', () => { if (field.hasAttribute('aria-invalid')) tell(field); });
  }
  form.addEventListener('submit', event => {
    const bad = fields.filter(field => !tell(field));
    if (bad.length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    bad[0].focus();
  });
}

/** Milliseconds. Whoever has stopped the browser, or waits for an answer that does not come, may press again: what must not be done twice is sent under a key. */
const Busy = 10000;

function release(form) {
  form.removeAttribute('aria-busy');
  for (const button of form.querySelectorAll('button[data-words]')) {
    button.disabled = false;
    button.textContent = button.dataset.words;
  }
}

/** For all forms, those included that come into the page later. */
function once(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.hasAttribute('aria-busy')) { event.preventDefault(); return; }
  form.setAttribute('aria-busy', 'true');
  setTimeout(() => release(form), Busy);
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement)) return;
  button.dataset.words = button.textContent;
  // After this event: what was pressed is part of what is sent.
  setTimeout(() => {
    button.disabled = true;
    button.textContent = document.body.dataset.sending;
  });
}

/** Counts down, then sends the form again as it is: under its own key it is the same one, however often it comes. */
function retry(place) {
  const form = document.querySelector('[data-form]');
  if (!form) return;
  place.hidden = false;
  let seconds = Number(place.dataset.retry);
  const tick = () => {
    place.firstElementChild.textContent = place.dataset.words.replace('{seconds}', seconds);
    if (seconds-- === 0) form.requestSubmit();
    else timer = setTimeout(tick, 1000);
  };
  let timer;
  const stop = () => {
    clearTimeout(timer);
    place.hidden = true;
  };
  place.querySelector('button').addEventListener('click', stop);
  // Whoever corrects something sends it when they are done.
  form.addEventListener('input', stop);
  tick();
}

export function forms() {
  for (const form of document.querySelectorAll('form[method=post][data-check]')) validate(form);
  document.addEventListener('submit', once);
  // Back from where a form has led, as the browser kept the page.
  addEventListener('pageshow', event => { if (event.persisted) document.querySelectorAll('form[aria-busy]').forEach(release); });
  for (const place of document.querySelectorAll('[data-retry]')) retry(place);
}
