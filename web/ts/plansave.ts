// Saving by itself: soon after the last change, again when it fails, never
// over what somebody else has saved, and a copy in the tab until it is kept.

import type { Drawing } from './plan';

export interface Finding { Text: string; Href: string; Grave: boolean }
export interface Saved { version: number; text: string; findings: Finding[] }
export interface Theirs { version: number; text: string; drawing: Drawing }

export interface SaveHost {
  address: string;
  now(): Drawing;
  status(state: 'saved' | 'dirty' | 'saving' | 'failed', words: string): void;
  saved(s: Saved): void;
  conflict(theirs: Theirs): void;
  text(key: string, ...args: string[]): string;
}

const soon = 2500;
const again = 10_000;

export class Saver {
  private timer = 0;
  private kept: string;
  private stopped = false;
  private running: Promise<boolean> | null = null;

  constructor(private readonly host: SaveHost, public version: number) {
    this.kept = JSON.stringify(host.now());
    addEventListener('beforeunload', (e) => { if (this.dirty) e.preventDefault(); });
  }

  get dirty(): boolean { return JSON.stringify(this.host.now()) !== this.kept; }

  private get store(): string { return `vidne.plan.${this.host.address}`; }

  /** What was left in this tab when it was closed or sent away, if anything. */
  left(): { version: number; drawing: Drawing } | null {
    const s = sessionStorage.getItem(this.store);
    if (!s) return null;
    try {
      const v = JSON.parse(s) as { version: number; drawing: Drawing };
      if (JSON.stringify(v.drawing) !== this.kept) return v;
    } catch { /* not ours */ }
    this.forget();
    return null;
  }

  forget(): void { sessionStorage.removeItem(this.store); }

  /** The drawing has changed. */
  changed(): void {
    clearTimeout(this.timer);
    if (!this.dirty) {
      this.forget();
      return;
    }
    sessionStorage.setItem(this.store, JSON.stringify({ version: this.version, drawing: this.host.now() }));
    if (this.stopped) return;
    this.host.status('dirty', this.host.text('dirty'));
    this.timer = window.setTimeout(() => void this.save(), soon);
  }

  /** Takes a version as the one to build on. */
  build(version: number): void {
    this.version = version;
    this.stopped = false;
  }

  /** Saves now; true when all is kept. */
  async save(): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.running) await this.running;
    if (!this.dirty) return true;
    if (this.stopped) return false;
    this.running = this.send();
    const ok = await this.running;
    this.running = null;
    return ok;
  }

  private async send(): Promise<boolean> {
    const body = JSON.stringify(this.host.now());
    this.host.status('saving', this.host.text('saving'));
    try {
      const r = await fetch(`${this.host.address}?udgave=${this.version}`, { method: 'PUT', body, headers: { 'Content-Type': 'application/json', Accept: 'application/json' } });
      if (r.ok) {
        const s = (await r.json()) as Saved;
        this.version = s.version;
        this.kept = body;
        this.host.saved(s);
        if (this.dirty) this.changed();
        else {
          this.forget();
          this.host.status('saved', s.text);
        }
        return !this.dirty;
      }
      const told = (await r.json()) as Theirs & { kind?: string };
      if (r.status === 409 && told.drawing) {
        this.stopped = true;
        this.host.status('failed', this.host.text('conflict'));
        this.host.conflict(told);
        return false;
      }
      this.fail(told.text, r.status >= 500 || r.status === 401);
    } catch {
      this.fail(this.host.text('away'), true);
    }
    return false;
  }

  private fail(words: string, retry: boolean): void {
    this.host.status('failed', this.host.text('unsaved', words));
    if (retry) this.timer = window.setTimeout(() => void this.save(), again);
  }

  /** Keeps what is drawn as another drawing; its address, or null. */
  async aside(drawing: Drawing): Promise<string | null> {
    try {
      const r = await fetch(`${this.host.address}?ny=1`, { method: 'PUT', body: JSON.stringify(drawing), headers: { 'Content-Type': 'application/json', Accept: 'application/json' } });
      const told = (await r.json()) as { path?: string; text?: string };
      if (r.ok && told.path) return told.path;
      this.fail(told.text ?? '', false);
    } catch {
      this.fail(this.host.text('away'), false);
    }
    return null;
  }

  /** All that is on the screen is kept elsewhere. */
  settle(): void {
    clearTimeout(this.timer);
    this.kept = JSON.stringify(this.host.now());
    this.forget();
  }
}
