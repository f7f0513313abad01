// What every page does by script: the design system's parts, focus on what was
// refused, refreshing what is marked, and a word before the session ends. A
// page does all that matters without it.

import { cover } from '../ts/cover';
import { passkeys } from '../ts/passkey';
import { clock, dateTime, type Lang } from '../ts/times';

declare global {
  interface Window {
    DKFDS?: { init(options?: { scope: Document }): void };
  }
}

const lang = document.documentElement.lang as Lang;

// The server's clock minus ours: times of law and session are the server's.
const skew = Date.parse(document.querySelector<HTMLTimeElement>('[data-clock]')?.dateTime ?? '') - Date.now() || 0;

window.DKFDS?.init();
document.querySelector<HTMLElement>('[data-focus]')?.focus();

for (const b of document.querySelectorAll<HTMLElement>('[data-close]')) {
  b.addEventListener('click', () => b.closest('dialog')?.close());
}

refresh();
watchSession();
keepForms();
passkeys(document);
cover();

/** Fetches the page again and puts in what has changed, leaving focus, open details and what is being typed alone. */
function refresh(): void {
  const seconds = Number(document.body.dataset['refresh'] ?? 0);
  if (!seconds) return;
  const once = async (): Promise<void> => {
    if (!document.hidden) {
      try {
        const r = await fetch(location.href, { headers: { 'Vidne-Refresh': '1', Accept: 'text/html' } });
        if (r.ok && !r.redirected) put(new DOMParser().parseFromString(await r.text(), 'text/html'));
      } catch {
        // the server is away: what is shown stays, with the time it was shown
      }
    }
    setTimeout(() => void once(), seconds * 1000);
  };
  setTimeout(() => void once(), seconds * 1000);
}

function put(fresh: Document): void {
  for (const old of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const next = fresh.getElementById(old.id);
    if (!next || next.innerHTML === old.dataset['seen']) continue;
    if (!old.dataset['seen'] && next.innerHTML === old.innerHTML) continue;
    const active = document.activeElement;
    const focus = active && old.contains(active) ? active.id : '';
    if (active && old.contains(active) && !focus) continue; // never under somebody's hands
    const open = [...old.querySelectorAll('details[open]')].map((d) => d.id);
    old.dataset['seen'] = next.innerHTML;
    old.replaceChildren(...[...next.childNodes].map((n) => document.importNode(n, true)));
    for (const id of open) if (id) document.getElementById(id)?.setAttribute('open', '');
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  }
  const time = document.querySelector<HTMLTimeElement>('[data-clock]');
  const now = fresh.querySelector<HTMLTimeElement>('[data-clock]');
  if (time && now) {
    time.dateTime = now.dateTime;
    time.textContent = dateTime(Date.parse(now.dateTime), lang, false);
  }
}

/**
 * Tells before the session ends, and blanks what should not be seen when it has. A minute before the end by idleness
 * there is a button to stay, which loses nothing that was typed; ten minutes before the end that comes whatever is done
 * there is a word to send what one is writing.
 */
function watchSession(): void {
  const { sessionEnds, sessionLast, sessionText, sessionLastText, sessionStay, sessionOver } = document.body.dataset;
  if (!sessionEnds) return;
  let ends = Date.parse(sessionEnds);
  const last = Date.parse(sessionLast ?? '') || Infinity;
  let told: HTMLElement | null = null;
  let toldLast = false;
  let pinged = Date.now();
  const live = document.getElementById('v-live')!;
  document.addEventListener('vidne-session', (e) => { ends = (e as CustomEvent<number>).detail; });
  const here = (): void => {
    if (document.body.classList.contains('v-covered')) return;
    if (Date.now() - pinged < 60_000 && !told) return;
    pinged = Date.now();
    told?.remove();
    told = null;
    void fetch('/min-konto/aktiv', { method: 'POST', headers: { Accept: 'application/json' } }).then(async (r) => {
      if (r.ok) ends = Date.parse(((await r.json()) as { ends: string }).ends);
    }).catch(() => undefined);
  };
  const tell = (words: string, stay: boolean): HTMLElement => {
    const box = document.createElement('div');
    box.className = 'alert alert-warning v-session-soon';
    box.setAttribute('role', 'alert');
    const body = document.createElement('div');
    body.className = 'alert-body';
    const p = document.createElement('p');
    p.className = 'alert-text';
    p.textContent = words;
    body.append(p);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button button-secondary';
    button.id = 'v-stay';
    button.textContent = sessionStay ?? '';
    if (stay) body.append(button);
    box.append(body);
    document.body.append(box);
    button.addEventListener('click', here);
    live.textContent = words;
    return box;
  };
  for (const e of ['keydown', 'pointerdown', 'wheel']) document.addEventListener(e, here, { passive: true });
  document.addEventListener('pointermove', () => { if (told) here(); });
  setInterval(() => {
    const now = Date.now() + skew;
    if (ends <= now) {
      told?.remove();
      document.dispatchEvent(new CustomEvent('vidne-over', { detail: sessionOver }));
      if (!document.body.classList.contains('screen-room')) location.reload();
      ends = Infinity;
    } else if (last - now < 600_000 && !toldLast) {
      toldLast = true;
      const box = tell(`${sessionLastText} (${clock(last, lang)})`, false);
      setTimeout(() => { box.remove(); }, 60_000);
    } else if (ends - now < 60_000 && ends < last && !told) {
      told = tell(`${sessionText} (${clock(ends, lang)})`, true);
    }
  }, 5000);
}

/** Warns before somebody leaves a form that they have begun to fill in. */
function keepForms(): void {
  let dirty = false;
  for (const f of document.querySelectorAll<HTMLFormElement>('main form[method=post]')) {
    f.addEventListener('input', () => { dirty = true; });
    f.addEventListener('submit', () => { dirty = false; });
  }
  addEventListener('beforeunload', (e) => { if (dirty && !document.body.classList.contains('screen-login')) e.preventDefault(); });
}
