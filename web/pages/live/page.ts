// Cameras as they are now: each fed from the engine, with the name and time
// that are in its picture; the minutes are counted down, and when the right
// ends the picture goes at once and stays away.

import { Feed } from '../../ts/feed';
import type { Lang } from '../../ts/times';

interface Data {
  lang: Lang; base: string; after: string; active: string; now: number; ends: number;
  text: Record<string, string>; causes: Record<string, string>;
}

const el = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

const late = 2.2; // seconds behind the newest picture at which it is caught up with
const near = 0.5; // seconds behind it that are kept
const again = 1500; // milliseconds until what broke is tried again

/** One camera. */
class Camera {
  private readonly video: HTMLVideoElement;
  private readonly wait: HTMLElement;
  private readonly feed: Feed;
  private over = false;
  private begun = 0;

  constructor(box: HTMLElement, base: string, private readonly now: () => number, private readonly d: Data, cut: (key: string, words?: string) => void) {
    this.video = box.querySelector('video')!;
    this.wait = box.querySelector('.v-live-wait')!;
    const id = encodeURIComponent(box.dataset['camera']!);
    this.feed = new Feed({
      video: this.video,
      address: (q) => `${base}/billeder?kamera=${id}&fra=${Math.floor(q.from)}`,
      bounds: () => ({ from: 0, to: d.ends }),
      told: true,
      grown: () => this.grown(),
      cut: (cause, words) => {
        if (this.over) return;
        const gone = cause === 'stopped' || cause === 'statement.stopped';
        if (cause === 'stream.broken' || gone) {
          this.say(gone ? d.text['stopped']! : d.text['broken']!);
          if (!gone) this.retry();
          return;
        }
        cut(cause, words);
      },
    });
    this.start();
  }

  private start(): void {
    if (this.over || this.now() >= this.d.ends) return;
    this.begun = performance.now();
    void this.feed.start(this.now() - 2000, false);
  }

  private retry(): void {
    window.setTimeout(() => this.start(), again);
  }

  private say(text: string): void {
    this.wait.textContent = text;
    this.wait.hidden = text === '';
  }

  private grown(): void {
    if (this.over) return;
    const edge = this.edge();
    if (Number.isNaN(edge)) {
      if (this.feed.done) this.retry();
      return;
    }
    this.follow(edge);
    if (this.feed.done && this.now() < this.d.ends - 1000 && performance.now() - this.begun > again) this.retry();
  }

  private edge(): number {
    const b = this.video.buffered;
    return b.length ? b.end(b.length - 1) : NaN;
  }

  /** Stays near the newest picture. */
  follow(edge = this.edge()): void {
    if (this.over || Number.isNaN(edge)) return;
    const behind = edge - this.video.currentTime;
    if (behind > late || behind < 0) this.video.currentTime = Math.max(this.video.buffered.start(this.video.buffered.length - 1), edge - near);
    if (this.video.paused && edge - this.video.currentTime > 0.05) void this.video.play().catch(() => undefined);
    if (this.video.readyState >= 2) this.say('');
  }

  /** When the newest picture that is here was taken, in milliseconds. */
  newest(): number {
    const e = this.edge();
    return Number.isNaN(e) ? NaN : this.feed.map.wall(e - 0.001);
  }

  end(): void {
    this.over = true;
    this.feed.clear();
  }
}

class Live {
  private readonly skew: number;
  private readonly cameras: Camera[];
  private over = false;
  private said = 0;
  private readonly events: EventSource;

  constructor(private readonly d: Data) {
    this.skew = d.now - Date.now();
    this.cameras = [...document.querySelectorAll<HTMLElement>('.v-live-one')].map((box) => new Camera(box, d.base, () => this.now(), d, (key, words) => this.cut(key, words)));
    el('direkte').dataset['state'] = 'playing';
    this.events = new EventSource(`${d.base}/tilstand`);
    this.events.addEventListener('cut', (e) => {
      const p = JSON.parse((e as MessageEvent<string>).data) as { key: string; text: string };
      this.cut(p.key, p.text);
    });
    this.events.addEventListener('session', (e) => {
      const s = JSON.parse((e as MessageEvent<string>).data) as { ends: string };
      document.dispatchEvent(new CustomEvent('vidne-session', { detail: Date.parse(s.ends) }));
    });
    document.addEventListener('vidne-over', (e) => this.cut('session.ended', (e as CustomEvent<string>).detail));
    document.addEventListener('vidne-cover', () => this.cut('session.half', d.text['covered']));
    document.querySelector('.v-live-head form')!.addEventListener('submit', () => this.leave());
    this.tick();
    window.setInterval(() => this.tick(), 250);
  }

  private now(): number { return Date.now() + this.skew; }

  private tick(): void {
    if (this.over) return;
    const left = Math.max(0, this.d.ends - this.now());
    const s = Math.ceil(left / 1000);
    el('tilbage').textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
    if (left === 0) {
      this.cut('live.time', this.d.text['time']);
      return;
    }
    const minute = Math.ceil(s / 60);
    if (minute !== this.said && (minute === 5 || minute === 1)) {
      this.said = minute;
      el('sagt').textContent = this.d.text['soon']!.replace('{0}', String(minute));
    }
    for (const c of this.cameras) c.follow();
    const newest = this.cameras.map((c) => c.newest()).filter((t) => !Number.isNaN(t));
    if (newest.length) el('direkte').dataset['behind'] = String(Math.round(this.now() - Math.min(...newest)));
  }

  /** Whoever ends it themselves need not be told that the stream broke off. */
  private leave(): void {
    this.over = true;
    this.events.close();
    for (const c of this.cameras) c.end();
  }

  private cut(key: string, words?: string): void {
    if (this.over) return;
    this.leave();
    const root = el('direkte');
    root.dataset['state'] = 'cut';
    root.dataset['cut'] = key;
    el('besked-titel').textContent = this.d.text['over']!;
    el('besked-tekst').textContent = words ?? this.d.causes[key] ?? '';
    const on = el<HTMLAnchorElement>('besked-videre');
    on.href = this.d.after;
    el('besked').hidden = false;
    root.querySelector<HTMLButtonElement>('.v-live-head button')!.disabled = true;
    on.focus();
  }
}

const data = document.getElementById('direkte-data');
if (data) new Live(JSON.parse(data.textContent ?? '{}') as Data);
