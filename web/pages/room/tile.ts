// One camera on the screen: its picture with name and time over it, why there
// is none, and the part of it that is enlarged.

import { Player } from '../../ts/player';
import { enlarge, shift, transform, wholePicture, type Lens } from '../../ts/step';
import { clock, dateTime } from '../../ts/times';
import { button, say, type Camera, type Data } from './data';

export interface TileOptions {
  bounds(): { from: number; to: number };
  place(): number;
  hold(): number;
  /** More than one stands on the screen: those that are made anew are made smaller. */
  several(): boolean;
  shows(t: number): void;
  cut(cause: string, words?: string): void;
  chosen(again: boolean): void;
}

export class Tile {
  readonly player: Player;
  lens: Lens = wholePicture;
  private readonly frame: HTMLElement;
  private readonly video: HTMLVideoElement;
  private readonly none: HTMLElement;
  private readonly waits: HTMLElement;
  private readonly remark: HTMLElement;
  private since = 0;
  private told: { from: number; to: number } | null = null; // the gap that is told of
  private dragged = false;

  constructor(readonly box: HTMLElement, readonly camera: Camera, private readonly d: Data, private readonly o: TileOptions) {
    this.video = box.querySelector('video')!;
    this.frame = box.querySelector<HTMLElement>('.v-picture')!;
    this.none = box.querySelector<HTMLElement>('.v-none')!;
    this.waits = box.querySelector<HTMLElement>('.v-loading')!;
    this.remark = box.querySelector<HTMLElement>('.v-remark')!;
    const id = encodeURIComponent(camera.id);
    this.player = new Player({
      video: this.video, bounds: () => o.bounds(), place: () => o.place(), hold: () => o.hold(),
      address: (q) => `${d.base}/billeder?kamera=${id}&fra=${Math.floor(q.from)}&til=${Math.ceil(q.to)}${q.keys ? '&noegle=1' : ''}${q.h264 ? '&som=h264' : ''}${o.several() ? '&lille=1' : ''}`,
      shows: (t) => {
        if (this.none.hidden) this.stamp(t);
        box.dataset['t'] = String(Math.round(t));
        o.shows(t);
      },
      remark: (r) => {
        const short = o.several() ? '.short' : '';
        this.say([r.sparse ? say(d, 'sparse') : '', r.transcoded && !r.masked ? say(d, `transcoded${short}`) : '', r.masked ? say(d, `masked${short}`) : '']);
      },
      cut: (cause, words) => o.cut(cause, words),
    });
    this.hands();
  }

  private say(words: string[]): void {
    this.remark.textContent = words.filter(Boolean).join(' · ');
    this.remark.hidden = this.remark.textContent === '';
  }

  /** The time that stands in the picture; beside others there is room for the hour alone. */
  private stamp(t: number): void {
    const { lang } = this.d;
    this.box.querySelector('.v-over-time')!.textContent = Number.isNaN(t) ? '' : this.o.several() ? clock(t, lang) : dateTime(t, lang);
  }

  get hidden(): boolean { return this.box.hidden !== false; }

  set hidden(h: boolean) { this.box.hidden = h; }

  /** Tells what there is at t; alone, the room tells it over the whole screen. */
  tell(t: number, alone: boolean, next: (t: number) => void): void {
    if (this.hidden) return;
    const p = this.player;
    const has = p.dead ? 'gap' : p.has(t);
    if (has !== 'wait') this.since = 0;
    else if (this.since === 0) this.since = performance.now();
    this.waits.hidden = this.since === 0 || performance.now() - this.since < 300;
    // After a gap the picture from before it stays under until the new one has come.
    const stale = this.told !== null && has === 'picture' && (t >= this.told.to ? p.at < this.told.to - 1 : p.at >= this.told.from);
    if (has === 'gap' && !p.dead) this.told = p.gap(t);
    else if (!stale) this.told = null;
    const over: boolean = (has === 'gap' || stale) && !alone;
    const key = stale ? this.none.dataset['at'] ?? '' : over ? this.key(t) : '';
    if (this.none.hidden !== over && this.none.dataset['at'] === key) return;
    this.none.hidden = !over;
    this.none.dataset['at'] = key;
    this.stamp(over ? NaN : p.at);
    if (!over) return;
    const text = document.createElement('p');
    const acts: HTMLElement[] = [];
    if (p.dead) {
      text.textContent = this.d.causes[p.dead] ?? (p.words || say(this.d, 'cut.broken'));
      acts.push(button(say(this.d, 'retry'), () => p.revive()));
    } else {
      const g = p.gap(t);
      text.textContent = `${say(this.d, 'gap')}: ${this.d.causes[g.cause] ?? this.d.kinds['unknown']!}`;
      if (g.to < this.o.bounds().to - 1000) acts.push(button(say(this.d, 'next', clock(g.to, this.d.lang)), () => next(g.to)));
    }
    this.none.replaceChildren(text, ...acts);
  }

  private key(t: number): string {
    if (this.player.dead) return this.player.dead;
    const g = this.player.gap(t);
    return `${g.from}-${g.to}`;
  }

  look(l: Lens): void {
    this.lens = l;
    this.video.style.transform = transform(l);
    this.box.classList.toggle('v-near', l.scale > 1);
  }

  closer(factor: number): void { this.look(enlarge(this.lens, factor)); }

  move(dx: number, dy: number): void { this.look(shift(this.lens, dx, dy)); }

  /** Where a pointer is on the frame, 0 to 1. */
  private at(e: { clientX: number; clientY: number }): [number, number] {
    const r = this.frame.getBoundingClientRect();
    return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height];
  }

  private hands(): void {
    const f = this.frame;
    f.addEventListener('wheel', (e) => {
      if (!e.ctrlKey && this.lens.scale === 1) return; // the page scrolls
      e.preventDefault();
      this.look(enlarge(this.lens, Math.exp(-e.deltaY / 300), ...this.at(e)));
    }, { passive: false });
    let from: PointerEvent | null = null;
    f.addEventListener('pointerdown', (e) => {
      this.dragged = false;
      if (this.lens.scale === 1 || e.button !== 0) return;
      from = e;
      f.setPointerCapture(e.pointerId);
    });
    f.addEventListener('pointermove', (e) => {
      if (!from || e.pointerId !== from.pointerId) return;
      const r = f.getBoundingClientRect();
      if (!this.dragged && Math.hypot(e.clientX - from.clientX, e.clientY - from.clientY) < 4) return;
      this.dragged = true;
      this.move((from.clientX - e.clientX) / r.width, (from.clientY - e.clientY) / r.height);
      from = e;
    });
    for (const end of ['pointerup', 'pointercancel']) f.addEventListener(end, () => { from = null; });
    f.addEventListener('click', () => { if (!this.dragged) this.o.chosen(false); });
    f.addEventListener('dblclick', () => { if (!this.dragged) this.o.chosen(true); });
  }
}
