// Saves the draft while it is written, keeps it in the browser when the
// connection is gone, and shows the questions that follow from answers.
// Without it the page's own buttons do the same.

const form = document.querySelector<HTMLFormElement>('form[data-autosave]');
// Another person at the same computer finds nothing of it.
const key = 'vidne-kladde:' + (form?.dataset['autosave'] ?? '') + ':' + location.pathname;
const pause = 2500; // ms without a keystroke before saving

conditional();
if (form) autosave(form);

function autosave(form: HTMLFormElement): void {
  const status = form.querySelector<HTMLElement>('[data-saved]');
  const base = form.elements.namedItem('base') as HTMLInputElement;
  const say = (text: string): void => {
    if (status) status.textContent = text;
  };
  let timer = 0;
  let running = false;
  let dirty = false;
  let stopped = false;

  const data = (): URLSearchParams => {
    const out = new URLSearchParams();
    for (const [k, v] of new FormData(form)) if (typeof v === 'string') out.append(k, v);
    return out;
  };

  const save = async (): Promise<void> => {
    if (running || stopped || !dirty) return;
    running = true;
    dirty = false;
    const sent = data();
    say(form.dataset['saving'] ?? '');
    try {
      const r = await fetch(form.action, { method: 'POST', body: sent, headers: { 'Vidne-Autosave': '1', Accept: 'application/json' } });
      if (r.status === 409) {
        stopped = true; // whoever writes decides, with both texts in view
        say(form.dataset['clash'] ?? '');
      } else if (r.ok && !r.redirected) {
        const done = (await r.json()) as { version: number; saved: string };
        base.value = String(done.version);
        localStorage.removeItem(key);
        say(done.saved);
      } else {
        throw new Error(String(r.status));
      }
    } catch {
      dirty = true;
      localStorage.setItem(key, sent.toString());
      say(form.dataset['away'] ?? '');
      timer = window.setTimeout(() => void save(), 10_000);
    }
    running = false;
    if (dirty && !timer) later();
  };
  const later = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      timer = 0;
      void save();
    }, pause);
  };

  const kept = localStorage.getItem(key);
  if (kept) {
    const typed = new URLSearchParams(kept);
    let changed = false;
    for (const el of Array.from(form.elements)) {
      if (el instanceof HTMLInputElement && (el.type === 'checkbox' || el.type === 'radio')) {
        const on = typed.getAll(el.name).includes(el.value);
        changed ||= on !== el.checked;
        el.checked = on;
      } else if ((el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement) && el.type !== 'hidden' && el.name && typed.has(el.name)) {
        changed ||= el.value !== typed.get(el.name);
        el.value = typed.get(el.name) ?? '';
      }
    }
    if (changed) {
      say(form.dataset['restored'] ?? '');
      dirty = true;
      later();
    } else {
      localStorage.removeItem(key);
    }
  }

  form.addEventListener('input', () => {
    dirty = true;
    later();
  });
  form.addEventListener('submit', () => {
    stopped = true;
    window.clearTimeout(timer);
    localStorage.removeItem(key);
  });
  window.addEventListener('pagehide', () => {
    if (dirty && !stopped) localStorage.setItem(key, data().toString());
  });
}

/** Hides the questions that the answers so far do not ask. */
function conditional(): void {
  const asked = Array.from(document.querySelectorAll<HTMLElement>('[data-when]'));
  if (!asked.length) return;
  const show = (): void => {
    for (const q of asked) {
      const name = q.dataset['when'] ?? '';
      const inputs = Array.from(document.getElementsByName(name));
      if (!inputs.length) continue; // asked on another page
      const on = inputs.flatMap((i) => {
        if (i instanceof HTMLInputElement && (i.type === 'radio' || i.type === 'checkbox')) return i.checked ? [i.value] : [];
        return i instanceof HTMLInputElement || i instanceof HTMLSelectElement ? [i.value] : [];
      });
      const is = (q.dataset['is'] ?? '').split(' ');
      q.hidden = !on.some((v) => is.includes(v));
    }
  };
  show();
  document.addEventListener('input', show);
}
