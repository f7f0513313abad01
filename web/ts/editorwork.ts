// Pictures of a copy's footage, fetched a second at a time and kept while they
// are near, and corrections that save themselves.

import { frames } from './frames';
import type { Correction } from './editor';

const piece = 30; // pictures of one request
const most = 40; // requests whose pictures are kept

export class Pictures {
  private readonly pieces = new Map<number, Promise<Blob[]>>();

  constructor(private readonly address: string, private readonly count: number, private readonly width: number) {}

  /** One picture; null when the engine could not give it. */
  async get(n: number): Promise<ImageBitmap | null> {
    const k = Math.floor(n / piece);
    const blob = (await this.fetch(k))[n - k * piece];
    return blob ? createImageBitmap(blob) : null;
  }

  /** Lets the pictures after this one be fetched. */
  ahead(n: number): void {
    const k = Math.floor(n / piece) + 1;
    if (k * piece < this.count) this.fetch(k).catch(() => undefined);
  }

  private fetch(k: number): Promise<Blob[]> {
    let p = this.pieces.get(k);
    if (p) {
      this.pieces.delete(k); // to the end: used last
    } else {
      p = this.load(k);
      p.catch(() => this.pieces.delete(k));
    }
    this.pieces.set(k, p);
    while (this.pieces.size > most) this.pieces.delete(this.pieces.keys().next().value!);
    return p;
  }

  private async load(k: number): Promise<Blob[]> {
    if (!this.address) return [];
    const from = k * piece;
    const r = await fetch(`${this.address}?fra=${from}&antal=${Math.min(piece, this.count - from)}&bredde=${this.width}`);
    if (!r.ok || !r.body) throw new Problem(r.status, ((await r.json().catch(() => ({}))) as { text?: string }).text ?? '');
    const out: Blob[] = [];
    for await (const f of frames(r.body)) if (f.kind === 'jpeg') out.push(new Blob([f.data], { type: 'image/jpeg' }));
    return out;
  }
}

export class Problem extends Error {
  constructor(readonly status: number, readonly words: string) { super(words || String(status)); }
}

export interface SaveHost {
  address: string;
  now(): Correction[];
  status(state: 'saved' | 'dirty' | 'saving' | 'failed', words: string): void;
  text(key: string, ...args: string[]): string;
}

const soon = 1200;
const again = 8000;

/** Saves soon after the last change, again when it fails, never over another's
 * work, and keeps a copy in the tab until the server has it. */
export class Saver {
  private timer = 0;
  private kept: string;
  private running: Promise<boolean> | null = null;
  private stopped = false;

  constructor(private readonly host: SaveHost, public revision: number) {
    this.kept = JSON.stringify(host.now());
    addEventListener('beforeunload', (e) => { if (this.dirty) e.preventDefault(); });
  }

  get dirty(): boolean { return JSON.stringify(this.host.now()) !== this.kept; }

  private get store(): string { return `vidne.kopi.${this.host.address}`; }

  /** What was left in this tab when the session was lost, if it builds on what the server has. */
  left(): Correction[] | null {
    const s = sessionStorage.getItem(this.store);
    sessionStorage.removeItem(this.store);
    if (!s) return null;
    try {
      const v = JSON.parse(s) as { revision: number; list: Correction[] };
      return v.revision === this.revision && JSON.stringify(v.list) !== this.kept ? v.list : null;
    } catch {
      return null;
    }
  }

  changed(): void {
    clearTimeout(this.timer);
    if (!this.dirty) {
      sessionStorage.removeItem(this.store);
      return;
    }
    sessionStorage.setItem(this.store, JSON.stringify({ revision: this.revision, list: this.host.now() }));
    if (this.stopped) return;
    this.host.status('dirty', this.host.text('dirty'));
    this.timer = window.setTimeout(() => void this.save(), soon);
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
      const r = await fetch(`${this.host.address}?udgave=${this.revision}`, { method: 'PUT', body, headers: { 'Content-Type': 'application/json', Accept: 'application/json' } });
      const told = (await r.json()) as { revision?: number; text?: string };
      if (r.ok && told.revision !== undefined) {
        this.revision = told.revision;
        this.kept = body;
        if (this.dirty) this.changed();
        else {
          sessionStorage.removeItem(this.store);
          this.host.status('saved', told.text ?? '');
        }
        return !this.dirty;
      }
      const retry = r.status >= 500 || r.status === 401;
      this.stopped = !retry;
      this.fail(told.text ?? '', retry);
    } catch {
      this.fail(this.host.text('away'), true);
    }
    return false;
  }

  private fail(words: string, retry: boolean): void {
    this.host.status('failed', this.host.text('unsaved', words));
    if (retry) this.timer = window.setTimeout(() => void this.save(), again);
  }
}
