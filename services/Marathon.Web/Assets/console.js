// What the console's pages do beyond what all do: they show where among many sections one is, begin at what is wrong in a form, and take a file's text into a field.

/** On a narrow screen the sections are a strip that is moved under the finger: the one that is open comes into view. */
function here() {
  const link = document.querySelector('.bar nav [aria-current]');
  if (link) link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - (link.parentElement.clientWidth - link.offsetWidth) / 2;
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

here();
document.querySelector('main [aria-invalid=true]')?.focus();
files();
