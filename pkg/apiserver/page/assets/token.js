// Asks for a token where the registry wants one.

import { hasToken, setToken } from './api.js';
import { el } from './dom.js';

// askToken returns a form; done is called when the user gave a token.
export function askToken(failure, done) {
  const input = el('input', { type: 'password', id: 'token', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'token-help' });
  input.required = true;
  const form = el('form', { class: 'token' },
    el('h1', {}, 'This registry asks for a token'),
    hasToken() && el('p', { class: 'warning' }, `The token was refused: ${failure.message}`),
    el('label', { for: 'token' }, 'Bearer token'),
    el('div', { class: 'row' }, input, el('button', { type: 'submit', class: 'button primary' }, 'Continue')),
    el('p', { id: 'token-help', class: 'faint' }, 'The token is kept in this browser tab until you close it, and is sent to this registry only.'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const token = input.value.trim().replace(/^Bearer\s+/i, '');
    if (!/^[\x21-\x7e]+$/.test(token)) {
      input.setCustomValidity('A token has no spaces and only ASCII characters.');
      input.reportValidity();
      return;
    }
    setToken(token);
    done();
  });
  input.addEventListener('input', () => input.setCustomValidity(''));
  setTimeout(() => input.focus());
  return form;
}
