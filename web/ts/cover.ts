// The cover of a page with personal data that nobody is at: it goes on at once,
// by script, whether the server answers or not, and the server takes the
// session's rights away until the person has proved again who they are. What
// was typed beneath stays.

import { passkeys } from './passkey';

/** How long before covering it is said that it will be, in milliseconds. */
const warnFor = 20_000;

export function cover(): void {
  const seconds = Number(document.body.dataset['cover'] ?? 0);
  const box = document.getElementById('v-cover');
  if (!seconds || !box) return;
  const { away = '', fail = '' } = box.dataset;
  const soon = document.getElementById('v-cover-soon')!;
  const proof = document.getElementById('v-cover-proof')!;
  const error = document.getElementById('v-cover-error')!;
  const opener = proof.firstElementChild!;
  let touched = Date.now();
  let covered = false;
  let locked = false;
  let warned = false;
  let before: Element | null = null;

  const say = (text: string): void => {
    error.textContent = text;
    error.hidden = text === '';
  };

  const lock = (): void => {
    void fetch('/min-konto/laas', { method: 'POST', headers: { Accept: 'application/json' } }).then((r) => { locked = r.ok || r.status === 401 || r.status === 403; }, () => undefined);
  };

  const put = (): void => {
    covered = true;
    soon.hidden = true;
    before = document.activeElement;
    document.body.classList.add('v-covered');
    box.hidden = false;
    for (const v of document.querySelectorAll('video')) v.pause();
    document.dispatchEvent(new CustomEvent('vidne-cover'));
    document.getElementById('v-cover-title')!.focus();
    lock();
  };

  const lift = (ends: string): void => {
    if (document.body.classList.contains('screen-room') || document.body.classList.contains('screen-live')) { // what played was cut
      location.reload();
      return;
    }
    covered = locked = warned = false;
    touched = Date.now();
    say('');
    proof.replaceChildren(opener);
    box.hidden = true;
    document.body.classList.remove('v-covered');
    document.dispatchEvent(new CustomEvent('vidne-session', { detail: Date.parse(ends) }));
    document.dispatchEvent(new CustomEvent('vidne-uncover'));
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };

  const send = async (form: HTMLFormElement): Promise<void> => {
    try {
      const r = await fetch('/bekraeft', { method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams(new FormData(form) as unknown as Record<string, string>) });
      const answer = (await r.json()) as { ends?: string; text?: string; key?: string };
      if (r.ok && answer.ends) lift(answer.ends);
      else if (r.status === 401) location.reload(); // over: what was typed and not sent is not kept
      else say(answer.text ?? fail);
    } catch {
      say(away);
    }
  };

  // The form is the server's own: it knows what this person is asked for.
  const ask = async (): Promise<void> => {
    say('');
    try {
      const r = await fetch('/bekraeft', { headers: { Accept: 'text/html', 'Vidne-Refresh': '1' } });
      const page = new DOMParser().parseFromString(await r.text(), 'text/html');
      const form = page.querySelector<HTMLFormElement>('form[data-proof]');
      const elsewhere = page.getElementById('igen');
      if (!form && !elsewhere) {
        location.reload();
        return;
      }
      proof.replaceChildren(...[form, elsewhere].filter((x) => x !== null).map((x) => document.importNode(x, true)));
      const here = proof.querySelector('form');
      here?.addEventListener('submit', (e) => {
        e.preventDefault();
        void send(here);
      });
      passkeys(proof);
      proof.querySelector<HTMLElement>('input:not([type=hidden]), a')?.focus();
    } catch {
      say(away);
    }
  };
  opener.addEventListener('click', () => { void ask(); });

  const here = (): void => {
    if (covered) return;
    touched = Date.now();
    soon.hidden = true;
    warned = false;
  };
  for (const e of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'scroll']) document.addEventListener(e, here, { passive: true });
  box.addEventListener('keydown', (e) => { // focus stays on the cover
    if (e.key !== 'Tab') return;
    const can = [...box.querySelectorAll<HTMLElement>('button, input:not([type=hidden]), a')].filter((x) => !x.closest('[hidden]'));
    const edge = e.shiftKey ? can[0] : can[can.length - 1];
    if (document.activeElement !== edge) return;
    e.preventDefault();
    (e.shiftKey ? can[can.length - 1] : can[0])?.focus();
  });
  setInterval(() => {
    const idle = Date.now() - touched;
    if (covered) {
      if (!locked) lock(); // the server was away
    } else if (idle >= seconds * 1000) {
      put();
    } else if (idle >= seconds * 1000 - warnFor && seconds * 1000 > 2 * warnFor && !warned) {
      warned = true;
      soon.hidden = false;
    }
  }, 1000);
}
