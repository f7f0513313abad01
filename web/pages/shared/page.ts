// What another business shares, of one camera: played, paused and gone to a
// moment. Nothing can be taken out: there is no file, no still and no address
// that a film lies at. When the right ends the picture goes at once.

import { Feed } from '../../ts/feed';

interface Data {
  base: string; from: number; to: number; zone: string; lang: string;
  text: Record<string, string>; causes: Record<string, string>;
}

const el = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

class Shared {
  private readonly video = el<HTMLVideoElement>('billede');
  private readonly slider = el<HTMLInputElement>('tid');
  private readonly button = el<HTMLButtonElement>('afspil');
  private readonly feed: Feed;
  private readonly clock: Intl.DateTimeFormat;
  private readonly events: EventSource;
  private wanted: number;
  private placed = false; // what is wanted is what is shown
  private over = false;

  constructor(private readonly d: Data) {
    this.wanted = d.from;
    this.clock = new Intl.DateTimeFormat(d.lang, { timeZone: d.zone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
    this.feed = new Feed({
      video: this.video,
      address: (q) => `${d.base}/billeder?kamera=${encodeURIComponent(this.camera())}&fra=${Math.floor(q.from)}`,
      bounds: () => ({ from: d.from, to: d.to }),
      grown: () => this.grown(),
      cut: (key, words) => this.cut(key, words),
    });
    this.button.addEventListener('click', () => this.toggle());
    this.slider.addEventListener('input', () => this.go(d.from + Number(this.slider.value) * 1000));
    this.video.addEventListener('timeupdate', () => this.show());
    this.video.addEventListener('waiting', () => this.skip());
    this.video.addEventListener('contextmenu', (e) => e.preventDefault());
    document.addEventListener('keydown', (e) => {
      if (e.key === ' ' && e.target === document.body) { e.preventDefault(); this.toggle(); }
    });
    this.events = new EventSource(`${d.base}/tilstand`);
    this.events.addEventListener('cut', (e) => {
      const p = JSON.parse((e as MessageEvent<string>).data) as { key: string; text: string };
      this.cut(p.key, p.text);
    });
    document.addEventListener('vidne-over', (e) => this.cut('session.ended', (e as CustomEvent<string>).detail));
    document.addEventListener('vidne-cover', () => this.cut('session.half', d.text['covered']));
    void this.feed.start(d.from, false);
  }

  private camera(): string { return el('delt').dataset['camera'] ?? ''; }

  private go(t: number): void {
    if (this.over) return;
    this.wanted = t;
    this.placed = false;
    const m = this.feed.media(t);
    if (this.feed.buffered(m)) this.grown();
    else void this.feed.start(t, false);
    this.say(t);
  }

  private grown(): void {
    if (this.over || this.placed) return;
    const m = this.feed.media(this.wanted);
    const at = this.feed.buffered(m) ? m : this.feed.nextRange(m);
    if (at === null) {
      if (this.feed.done) this.wait(this.d.text['none']!);
      return;
    }
    this.video.currentTime = at + 0.001;
    this.placed = true;
    this.wait('');
    el('delt').dataset['state'] = 'ready';
  }

  /** Nothing was recorded here: on to where something was. */
  private skip(): void {
    if (this.over || !this.placed) return;
    const next = this.feed.nextRange(this.video.currentTime);
    if (next !== null && this.feed.gapAt(this.feed.map.wall(this.video.currentTime))) this.video.currentTime = next + 0.001;
  }

  private toggle(): void {
    if (this.over) return;
    if (this.video.paused) void this.video.play().catch(() => undefined);
    else this.video.pause();
    const on = !this.video.paused;
    this.button.textContent = this.d.text[on ? 'pause' : 'play']!;
    this.button.setAttribute('aria-pressed', String(on));
  }

  private show(): void {
    const t = this.feed.taken(this.video.currentTime);
    if (this.over || Number.isNaN(t)) return;
    this.slider.value = String(Math.max(0, Math.round((t - this.d.from) / 1000)));
    this.say(t);
    el('delt').dataset['shown'] = String(Math.round(t));
  }

  private say(t: number): void {
    const words = this.clock.format(t);
    el('klokken').textContent = words;
    this.slider.setAttribute('aria-valuetext', words);
  }

  private wait(text: string): void {
    el('vent').textContent = text;
    el('vent').hidden = text === '';
  }

  private cut(key: string, words?: string): void {
    if (this.over) return;
    this.over = true;
    this.events.close();
    this.feed.clear();
    el('delt').dataset['state'] = 'cut';
    el('afspiller').hidden = true;
    el('besked-titel').textContent = this.d.text['over']!;
    el('besked-tekst').textContent = words ?? this.d.causes[key] ?? '';
    el('besked').hidden = false;
    el('besked').querySelector('a')!.focus();
  }
}

const data = document.getElementById('delt-data');
if (data) new Shared(JSON.parse(data.textContent ?? '{}') as Data);
