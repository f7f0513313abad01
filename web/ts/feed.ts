// Brings footage into a MediaSource: asks for it piece by piece, appends it
// where it belongs in time, keeps a bounded stretch of it, and remembers what
// is shown when and where nothing is.

import { readInit, shown, type InitInfo, type Shown } from './boxes';
import { frames, type Frame } from './frames';
import { TimeMap } from './times';

export interface Gap {
  from: number;
  to: number;
  cause: string;
}

export interface FeedOptions {
  video: HTMLVideoElement;
  address(q: { from: number; to: number; keys: boolean; h264: boolean }): string;
  /** Where footage may be asked for. */
  bounds(): { from: number; to: number };
  /** The moment that is shown or wanted, for what is fetched beforehand; without it, what the video is at. */
  place?(): number;
  /** For how many milliseconds a stream that nobody reads is held open. */
  hold?(): number;
  /** Something new is there: pictures, a gap or the end. */
  grown(): void;
  /** The engine or the portal ended it. Key into the texts. */
  cut(cause: string, words?: string): void;
  /** That it ends is told from elsewhere too, and either may come first: no word of it to the console. */
  told?: boolean;
  /** What is shown is not the stored picture. */
  remark?(r: { transcoded: boolean; masked: boolean; sparse: boolean; codec: string }): void;
}

const ahead = 20; // seconds of the player's time that are fetched beforehand
const behind = 40; // seconds that are kept, for stepping back
const piece = 600_000; // asked for in one request; each is an entry in the engine's ledger
const keyPiece = 3600_000;
const holdOn = 15_000; // a stream that nobody reads for so long is let go

/** A picture that is here: when it is shown, in the player's seconds, and when it was taken. */
export interface Taken extends Shown {
  wall: number;
}

export class Feed {
  readonly map = new TimeMap();
  gaps: Gap[] = [];
  /** In the order of showing. */
  times: Taken[] = [];
  /** Wall time from which on nothing is missing, up to until. */
  from = NaN;
  /** Wall time up to which there is footage or a known gap. */
  until = 0;
  /** All that the bounds hold has been fetched. */
  done = false;
  keys = false;
  /** There was no room to make every picture anew: key frames alone came. */
  sparse = false;
  /** Seconds of the wall that one second of the player stands for (keys only). */
  pace = 1;
  private h264 = false;
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private run = 0;
  private abort = new AbortController();
  private origin = 0;
  private wanted = 0; // the player's time that is gone to
  private init: InitInfo | null = null;
  private mime = '';
  private nextKey = 0;
  private lastKey: { media: number; duration: number; wall: number } | null = null;

  constructor(private readonly o: FeedOptions) {}

  /** Throws all away and begins at t. */
  async start(t: number, keys: boolean): Promise<void> {
    const run = ++this.run;
    this.abort.abort();
    this.abort = new AbortController();
    this.keys = keys;
    this.done = this.sparse = false;
    this.gaps = [];
    this.times = [];
    this.map.clear();
    this.origin = t - 3600_000; // so that what begins before t stays above zero
    this.wanted = keys ? 0 : 3600;
    this.from = this.until = t;
    this.nextKey = 0;
    this.lastKey = null;
    this.init = null;
    await this.attach();
    if (run !== this.run) return;
    void this.fill(run, this.abort.signal);
  }

  /** Ends all fetching and blanks the picture. */
  clear(): void {
    this.run++;
    this.abort.abort();
    this.times = [];
    this.from = NaN;
    this.map.clear();
    this.detach();
  }

  /** Which of the pictures is the last that was taken at t or before; -1: none. */
  index(t: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.times[mid]!.wall <= t + 1) low = mid + 1;
      else high = mid;
    }
    return low - 1;
  }

  /** When the picture that the player shows at m was taken, or NaN. */
  taken(m: number): number {
    let best: Taken | undefined;
    for (let i = this.times.length - 1; i >= 0 && !best; i--) if (this.times[i]!.at <= m + 1e-3) best = this.times[i];
    return best?.wall ?? NaN;
  }

  /** Where in the player's time t is, when the pictures run (not for keys). */
  media(t: number): number {
    return (t - this.origin) / 1000;
  }

  gapAt(t: number): Gap | undefined {
    return this.gaps.find((g) => t >= g.from && t < g.to);
  }

  buffered(m: number): boolean {
    return this.rangeEnd(m) !== null;
  }

  /** The end of the buffered range around m. */
  rangeEnd(m: number): number | null {
    const b = this.o.video.buffered;
    for (let i = 0; i < b.length; i++) if (m >= b.start(i) - 0.02 && m < b.end(i)) return b.end(i);
    return null;
  }

  /** The beginning of the next buffered range after m. */
  nextRange(m: number): number | null {
    const b = this.o.video.buffered;
    for (let i = 0; i < b.length; i++) if (b.start(i) > m) return b.start(i);
    return null;
  }

  private detach(): void {
    const v = this.o.video;
    if (v.src) URL.revokeObjectURL(v.src);
    v.removeAttribute('src');
    v.load();
    this.source = null;
    this.buffer = null;
    this.mime = '';
  }

  private async attach(): Promise<void> {
    this.detach();
    const source = new MediaSource();
    this.source = source;
    this.o.video.src = URL.createObjectURL(source);
    await new Promise((ok) => source.addEventListener('sourceopen', ok, { once: true }));
  }

  private async fill(run: number, signal: AbortSignal): Promise<void> {
    try {
      while (run === this.run && this.until < this.o.bounds().to) {
        if (!(await this.room(run, Infinity, ahead / 2))) return;
        await this.request(run, signal);
      }
      if (run !== this.run) return;
      this.leave(Infinity);
      this.done = true;
      this.o.grown();
    } catch (e) {
      if (run !== this.run || signal.aborted) return;
      if (!this.o.told) console.warn('feed', e);
      this.o.cut('stream.broken');
    }
  }

  private async request(run: number, signal: AbortSignal): Promise<void> {
    const from = this.until;
    const to = Math.min(this.o.bounds().to, from + (this.keys ? keyPiece : piece));
    const r = await fetch(this.o.address({ from, to, keys: this.keys, h264: this.h264 }), { signal, headers: { Accept: 'application/vnd.vidne.fragments, application/problem+json' } });
    if (run !== this.run) return;
    if (!r.ok || !r.body) {
      const p = (await r.json().catch(() => ({}))) as { key?: string; text?: string };
      if (run !== this.run) return;
      if (p.key === 'mask.transcode' && !this.h264) { // it is shown with its cover painted, or not at all
        this.h264 = true;
        return;
      }
      this.run++;
      this.o.cut(p.key ?? 'stream.broken', p.text);
      return;
    }
    for await (const f of frames(r.body)) {
      if (run !== this.run) return;
      if (f.kind === 'fragment' && !(await this.room(run, this.o.hold?.() ?? holdOn))) return; // asked for again when there is room
      if (run !== this.run) return;
      if (!(await this.take(f, run))) return;
    }
    this.until = Math.max(this.until, to);
  }

  /**
   * Takes one frame; false when the stream must be asked for anew, or when
   * another place was gone to meanwhile: after every wait, what is here may
   * belong to that.
   */
  private async take(f: Frame, run: number): Promise<boolean> {
    switch (f.kind) {
      case 'init':
        return (await this.begin(f)) && run === this.run;
      case 'fragment':
        await this.append(f, run);
        if (run !== this.run) return false;
        break;
      case 'gap': {
        const gap = { from: Date.parse(f.start!), to: Date.parse(f.end!), cause: f.cause ?? '' };
        if (gap.to > gap.from) this.gaps.push(gap);
        this.until = Math.max(this.until, gap.to);
        break;
      }
      case 'end':
        if (f.cause) {
          this.run++;
          this.o.cut(f.cause);
        }
    }
    this.o.grown();
    return true;
  }

  private async begin(f: Frame): Promise<boolean> {
    const mime = `video/mp4; codecs="${f.codec}"`;
    if (!MediaSource.isTypeSupported(mime) && !this.h264) {
      this.h264 = true; // this browser cannot show it: the engine turns it into H.264
      return false;
    }
    this.init = readInit(f.data);
    if (!this.buffer) this.buffer = this.source!.addSourceBuffer(mime);
    else if (mime !== this.mime) this.buffer.changeType(mime);
    this.mime = mime;
    this.sparse = f.sparse ?? false;
    this.o.remark?.({ transcoded: f.transcoded ?? false, masked: f.masked ?? false, sparse: this.sparse, codec: f.codec ?? '' });
    if (!this.keys && f.base) this.buffer.timestampOffset = (Date.parse(f.base) - this.origin) / 1000;
    await this.write(f.data);
    return true;
  }

  private async append(f: Frame, run: number): Promise<void> {
    const start = Date.parse(f.start!);
    const end = Date.parse(f.end!);
    if (!this.init || !this.buffer) return;
    // What is asked for anew begins at the key frame before it: pictures that
    // are here already are appended again, since nothing after them decodes
    // without them. A key frame that stands by itself is only placed once.
    if (this.keys && end <= this.until - 500 && this.times.length > 0) return;
    const pictures = shown(f.data, this.init);
    if (pictures.length === 0) return;
    if (this.keys) this.placeKey(pictures[0]!, start);
    const by = this.buffer.timestampOffset;
    await this.write(f.data);
    if (run !== this.run) return;
    if (!this.keys) {
      const last = pictures.at(-1)!;
      this.map.add({ media: pictures[0]!.at + by, mediaEnd: last.at + last.duration + by, wall: this.origin + (pictures[0]!.at + by) * 1000, wallEnd: this.origin + (last.at + last.duration + by) * 1000 });
    }
    const known = this.times.at(-1)?.at ?? -1;
    for (const p of this.keys ? pictures.slice(0, 1) : pictures) {
      if (p.at + by > known + 1e-6) this.times.push({ at: p.at + by, duration: p.duration || 0.1, wall: this.keys ? start : this.origin + (p.at + by) * 1000 });
    }
    this.until = Math.max(this.until, end);
    const b = this.o.video.buffered;
    if (b.length > 1) this.leave(b.end(b.length - 1));
    await this.trim();
  }

  /**
   * Leaves out what the browser did: after a hole it takes no picture until the
   * next key frame, and what lies before something that it has will never come.
   */
  private leave(before: number): void {
    if (this.keys) return;
    this.times = this.times.filter((t) => t.at >= before || this.buffered(t.at + t.duration / 2));
  }

  /** Key frames stand side by side; how much of the wall each covers shows when the next comes. */
  private placeKey(p: Shown, wall: number): void {
    if (this.lastKey && wall > this.lastKey.wall) {
      this.map.add({ media: this.lastKey.media, mediaEnd: this.lastKey.media + this.lastKey.duration, wall: this.lastKey.wall, wallEnd: wall });
      this.pace = (wall - this.lastKey.wall) / 1000 / this.lastKey.duration;
    }
    const duration = p.duration || 0.1;
    this.buffer!.timestampOffset = this.nextKey - p.at;
    this.lastKey = { media: this.nextKey, duration, wall };
    this.nextKey += duration;
  }

  /** Waits until more is wanted; false when it took too long or all is over. */
  private async room(run: number, patience: number, most = ahead): Promise<boolean> {
    const begun = performance.now();
    const v = this.o.video;
    while (run === this.run) {
      const last = this.times.at(-1);
      if (!last || last.at - this.reading() < most * Math.max(1, this.keys ? 1 : v.playbackRate)) return true;
      if (performance.now() - begun >= patience) return false;
      await new Promise<void>((ok) => {
        const timer = setTimeout(ok, 250);
        v.addEventListener('timeupdate', () => { clearTimeout(timer); ok(); }, { once: true });
      });
    }
    return false;
  }

  /** Where in the player's time the reader is. */
  private reading(): number {
    const t = this.o.place?.() ?? NaN;
    if (Number.isNaN(t)) return Math.max(this.wanted, this.o.video.currentTime);
    return this.keys ? (this.times[Math.max(0, this.index(t))]?.at ?? 0) : this.media(t);
  }

  private async write(data: Uint8Array<ArrayBuffer>): Promise<void> {
    const b = this.buffer!;
    try {
      b.appendBuffer(data);
    } catch (e) {
      if (!(e instanceof DOMException) || e.name !== 'QuotaExceededError') throw e;
      await this.drop(Math.max(0, this.o.video.currentTime - 5));
      b.appendBuffer(data);
    }
    await updated(b);
  }

  private async trim(): Promise<void> {
    const edge = this.o.video.currentTime - behind;
    const first = this.times[0];
    if (!first || first.at > edge - 20) return;
    await this.drop(edge);
  }

  private async drop(edge: number): Promise<void> {
    this.times = this.times.filter((t) => t.at >= edge);
    this.from = this.times[0]?.wall ?? this.until;
    await this.remove(0, edge);
  }

  private async remove(from: number, to: number): Promise<void> {
    if (to <= from || !this.buffer) return;
    this.buffer.remove(from, to);
    await updated(this.buffer);
  }
}

function updated(b: SourceBuffer): Promise<void> {
  if (!b.updating) return Promise.resolve();
  return new Promise((ok, fail) => {
    b.addEventListener('updateend', () => ok(), { once: true });
    b.addEventListener('error', () => fail(new Error('the browser cannot read this footage')), { once: true });
  });
}
