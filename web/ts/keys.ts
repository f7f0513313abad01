// Keys of the video room, in one table that is also its own help. They can be
// switched off (WCAG 2.1.4), and are off while somebody types.

export interface Key {
  keys: string[];
  /** What is shown on the key: "J", "←". */
  show: string;
  name: string;
  act(e: KeyboardEvent): void;
}

const store = 'vidne.keys';

export class Keys {
  private readonly byKey = new Map<string, Key>();

  constructor(readonly table: Key[]) {
    for (const k of table) for (const name of k.keys) this.byKey.set(name, k);
    document.addEventListener('keydown', (e) => this.pressed(e));
  }

  get on(): boolean {
    return localStorage.getItem(store) !== 'off';
  }

  set on(v: boolean) {
    localStorage.setItem(store, v ? 'on' : 'off');
  }

  private pressed(e: KeyboardEvent): void {
    if (!this.on || e.ctrlKey || e.altKey || e.metaKey || e.defaultPrevented || typing(e.target)) return;
    const name = (e.shiftKey && e.key.length > 1 ? 'Shift+' : '') + (e.key.length === 1 ? e.key.toLowerCase() : e.key);
    const key = this.byKey.get(name);
    if (!key) return;
    // The space bar and Enter belong to the button that has the focus.
    if ((name === ' ' || name === 'Enter') && e.target instanceof HTMLElement && e.target.closest('button, a, summary')) return;
    e.preventDefault();
    key.act(e);
  }
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('dialog[open]')) return true;
  return target.isContentEditable || (target.matches('input, textarea, select') && !target.matches('input[type=checkbox], input[type=button]'));
}
