// Bookmarks of the incident: listed, gone to, made, changed and taken away.

import { clock, dateTime, instant, wall } from '../../ts/times';
import { button, el, say, type Bookmark, type Data } from './data';

export interface BookmarksOptions {
  go(b: Bookmark): void;
  /** They are others now. */
  changed(all: Bookmark[]): void;
  /** It was refused, and why. */
  failed(words: string): void;
}

export class Bookmarks {
  all: Bookmark[] = [];
  private open: Bookmark | null = null;
  private readonly box = el<HTMLDialogElement>('bogmaerke');
  private readonly form = el<HTMLFormElement>('bogmaerke-form');

  constructor(private readonly d: Data, private readonly o: BookmarksOptions) {
    this.form.addEventListener('submit', (e) => {
      e.preventDefault();
      void this.save();
    });
    el('bogmaerke-slet').addEventListener('click', () => void this.remove());
    void this.ask();
  }

  private async ask(): Promise<void> {
    const r = await fetch(`${this.d.base}/bogmaerker`, { headers: { Accept: 'application/json' } }).catch(() => null);
    if (r?.ok) this.put((await r.json()) as Bookmark[]);
  }

  private put(all: Bookmark[]): void {
    this.all = all;
    const list = el('bogmaerker');
    list.replaceChildren(...all.map((b) => {
      const item = document.createElement('li');
      const when = b.from === b.to ? dateTime(b.from, this.d.lang) : `${dateTime(b.from, this.d.lang)}–${clock(b.to, this.d.lang)}`;
      const go = button('', () => this.o.go(b));
      go.className = 'v-mark-go';
      const time = document.createElement('span');
      time.textContent = when;
      const words = document.createElement('strong');
      words.textContent = b.words || say(this.d, 'mark.unnamed');
      const more = document.createElement('span');
      more.textContent = `${b.where.join(', ')} · ${b.name}`;
      go.append(words, time, more);
      const edit = button(say(this.d, 'mark.edit'), () => this.edit(b));
      edit.setAttribute('aria-label', say(this.d, 'mark.edit.of', b.words || when));
      item.append(go, edit);
      return item;
    }));
    el('bogmaerker-ingen').hidden = all.length > 0;
    this.o.changed(all);
  }

  /** Asks for the words of a new one, or of one that there is. */
  edit(b: Bookmark): void {
    this.open = b;
    this.field('fra').value = wall(b.from);
    this.field('til').value = b.from === b.to ? '' : wall(b.to);
    el<HTMLTextAreaElement>('bogmaerke-ord').value = b.words;
    for (const c of this.form.querySelectorAll<HTMLInputElement>('input[name=kamera]')) c.checked = b.cameras.includes(c.value);
    el('bogmaerke-slet').hidden = b.id === '';
    this.fail('');
    this.box.showModal();
    el('bogmaerke-ord').focus();
  }

  private field(name: string): HTMLInputElement { return el<HTMLInputElement>('bogmaerke-' + name); }

  private fail(words: string): void {
    el('bogmaerke-fejl').textContent = words;
    el('bogmaerke-fejl').hidden = words === '';
  }

  /** A time that was typed, or the exact one that stood there. */
  private time(name: 'fra' | 'til', was: number): number {
    const typed = this.field(name).value;
    return typed === wall(was) ? was : instant(typed);
  }

  private async save(): Promise<void> {
    const b = this.open!;
    const from = this.time('fra', b.from);
    const to = this.field('til').value === '' ? from : this.time('til', b.to);
    if (Number.isNaN(from) || Number.isNaN(to)) {
      this.fail(say(this.d, 'badtime'));
      return;
    }
    const body = new URLSearchParams({ fra: String(from), til: String(to), ord: el<HTMLTextAreaElement>('bogmaerke-ord').value });
    for (const c of this.form.querySelectorAll<HTMLInputElement>('input[name=kamera]:checked')) body.append('kamera', c.value);
    await this.send(b.id === '' ? '' : '/' + b.id, body);
  }

  private async remove(): Promise<void> {
    await this.send(`/${this.open!.id}/slet`, new URLSearchParams());
  }

  private async send(path: string, body: URLSearchParams): Promise<void> {
    const r = await fetch(`${this.d.base}/bogmaerker${path}`, { method: 'POST', body, headers: { Accept: 'application/json' } }).catch(() => null);
    const answer = (await r?.json().catch(() => ({}))) as Bookmark[] & { text?: string };
    if (!r?.ok) {
      this.fail(answer?.text ?? say(this.d, 'mark.failed'));
      return;
    }
    this.box.close();
    this.put(answer);
  }
}
