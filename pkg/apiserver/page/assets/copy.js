// Buttons that copy, and blocks of code that have one.

import { el, icon } from './dom.js';

const copyPath = 'M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.5v7a1.5 1.5 0 0 1-1.5 1.5H13M4.5 7h7A1.5 1.5 0 0 1 13 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7Z';
const donePath = 'm4 10.5 4 4 8-9';

// copyButton copies the text; label says what it is, for those who do not see.
export function copyButton(text, label) {
  const said = el('span', { class: 'hidden-label', role: 'status' });
  const button = el('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${label}`, title: 'Copy' }, icon(copyPath));
  let timer = 0;
  button.addEventListener('click', async () => {
    const done = await copy(text);
    button.replaceChildren(icon(done ? donePath : copyPath));
    button.classList.toggle('done', done);
    said.textContent = done ? 'Copied' : 'Copying failed. Select the text and copy it.';
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.replaceChildren(icon(copyPath));
      button.classList.remove('done');
      said.textContent = '';
    }, 2500);
  });
  return el('span', { class: 'copying' }, button, said);
}

export function codeBlock(text, label) {
  return el('div', { class: 'code' }, el('pre', { tabindex: '0', role: 'group', 'aria-label': label }, el('code', {}, text)), copyButton(text, label));
}

// copy works without TLS too, where browsers have no navigator.clipboard.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* not allowed, or not there */ }
  const area = el('textarea', { class: 'hidden-label', 'aria-hidden': 'true', tabindex: '-1' });
  area.value = text;
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (focused) focused.focus();
  return done;
}
