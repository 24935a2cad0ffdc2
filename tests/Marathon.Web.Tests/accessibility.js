// What a page must not do to those who do not see it, or do not use a mouse. Returns what is wrong, in words; after WCAG 2.2 AA.
() => {
  const wrong = [];
  const shown = element => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[hidden], [aria-hidden="true"]');
  const all = selector => [...document.querySelectorAll(selector)].filter(shown);
  const name = element => {
    const labelledBy = element.getAttribute('aria-labelledby')?.split(' ').map(id => document.getElementById(id)?.textContent ?? '').join(' ');
    const label = element.labels?.length ? [...element.labels].map(one => one.textContent).join(' ') : '';
    const inside = ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName) ? '' : [element.textContent, ...[...element.querySelectorAll('img')].map(image => image.alt)].join(' ');
    return (labelledBy || element.getAttribute('aria-label') || label || inside || element.title || '').trim();
  };
  const called = element => `<${element.tagName.toLowerCase()}${element.id ? ` id=${element.id}` : ''}> ${element.textContent.trim().slice(0, 30)}`;

  if (!document.documentElement.lang) wrong.push('the page does not say its language');
  if (!document.title.trim()) wrong.push('the page has no title');
  if (document.querySelectorAll('main').length !== 1) wrong.push('there is not one <main>');
  for (const landmark of ['header', 'footer', 'nav']) if (!document.querySelector(landmark)) wrong.push(`there is no <${landmark}>`);
  // Not innerWidth: a telephone shows a page that is too wide from further away.
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth + 1) wrong.push(`the page is wider than its screen: ${scrollWidth} > ${clientWidth}`);

  // What flows out of its box lies over what comes after it.
  for (const box of all('dl, ul, ol, form, section, nav, figure'))
    if (getComputedStyle(box).overflowY === 'visible' && box.scrollHeight > box.clientHeight + 8 && box.clientHeight > 0) wrong.push(`flows out of its box (${box.scrollHeight} > ${box.clientHeight}): ${called(box)}`);

  const headings = [...document.querySelectorAll('h1, h2, h3, h4')].filter(shown);
  if (headings.filter(heading => heading.tagName === 'H1').length !== 1) wrong.push('there is not one <h1>');
  headings.reduce((before, heading) => {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) wrong.push(`a heading skips a level: ${called(heading)}`);
    return level;
  }, 0);

  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) wrong.push(`two elements are called ${id}`);
  for (const element of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
    for (const id of `${element.getAttribute('aria-labelledby') ?? ''} ${element.getAttribute('aria-describedby') ?? ''}`.split(' ').filter(Boolean))
      if (!document.getElementById(id)) wrong.push(`${called(element)} refers to ${id}, which is not there`);

  for (const element of all('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (!name(element)) wrong.push(`has no name: ${element.outerHTML.slice(0, 120)}`);
    const { width, height } = element.getBoundingClientRect();
    if (element.matches('button, input, select, textarea, .button') && !element.closest('label') && (width < 24 || height < 16)) wrong.push(`too small to be met: ${called(element)} ${width}×${height}`);
  }
  for (const image of all('img')) if (!image.hasAttribute('alt')) wrong.push(`a picture without a text: ${image.src}`);
  for (const drawing of all('svg')) if (drawing.getAttribute('role') !== 'img' || !(drawing.getAttribute('aria-label') ?? drawing.getAttribute('aria-labelledby'))) wrong.push(`a drawing that is neither hidden nor named: ${called(drawing.parentElement)}`);
  for (const field of all('[aria-invalid=true]')) {
    const told = (field.getAttribute('aria-describedby') ?? '').split(' ').map(id => document.getElementById(id)?.textContent.trim() ?? '').join('');
    if (!told) wrong.push(`is wrong and does not say why: ${called(field)}`);
  }
  for (const table of all('table')) if (!table.querySelector('th')) wrong.push('a table without headings');

  // Contrast, 1.4.3
  const channels = color => (color.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const over = ([r, g, b, a = 1], under) => [r, g, b].map((channel, place) => channel * a + under[place] * (1 - a));
  const background = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      layers.push(color);
      if ((color[3] ?? 1) === 1) break;
    }
    return layers.reverse().reduce((under, color) => over(color, under), [255, 255, 255]);
  };
  const luminance = color => color.map(channel => channel / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4).reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || !shown(element) || element.closest('script, style, noscript, .sr, .skip, :disabled')) continue;
    const style = getComputedStyle(element);
    const under = background(element);
    const [light, dark] = [luminance(over(channels(style.color), under)), luminance(under)].sort((one, other) => other - one);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    if (ratio < (size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5)) wrong.push(`hard to read (${ratio.toFixed(2)}): ${called(element)}`);
  }
  return wrong;
}
