// The player: where we are in the wall's time, at what speed, and what to say
// when there is no picture. The pictures come from Feed.

import { Feed, type Gap, type FeedOptions } from './feed';

export type State = 'empty' | 'loading' | 'paused' | 'playing' | 'gap' | 'end' | 'cut';

export interface PlayerOptions {
  video: HTMLVideoElement;
  address: FeedOptions['address'];
  bounds: FeedOptions['bounds'];
  remark?: NonNullable<FeedOptions['remark']>;
  /** A picture is shown that was taken at t. */
  shows(t: number): void;
  changed(state: State): void;
  gap(g: Gap): void;
  cut(cause: string, words?: string): void;
}

export const speeds = [0.25, 0.5, 1, 2, 4, 8];
const keysAbove = 4; // faster than this only key frames are fetched
const shortGap = 3000; // passed over without a word

export class Player {
  state: State = 'empty';
  speed = 1;
  /** When the picture on the screen was taken. */
  at = NaN;
  private readonly feed: Feed;
  private readonly v: HTMLVideoElement;
  private target = NaN; // where the next picture is wanted
  private before = false; // the target is "the last picture before"
  private wanted = false; // play when it can
  private work: Promise<void> = Promise.resolve();
  private frame = NaN; // the player's time of the picture on the screen
  private back = 0; // speed backwards
  private awaited: (() => void) | null = null;

  constructor(private readonly o: PlayerOptions) {
    this.v = o.video;
    this.feed = new Feed({
      video: o.video,
      address: o.address,
      bounds: o.bounds,
      grown: () => this.grown(),
      cut: (cause, words) => this.cutOff(cause, words),
      ...(o.remark ? { remark: o.remark } : {}),
    });
    const onFrame = (_: number, meta: VideoFrameCallbackMetadata): void => {
      this.picture(meta.mediaTime);
      this.v.requestVideoFrameCallback(onFrame);
    };
    this.v.requestVideoFrameCallback(onFrame);
    for (const e of ['waiting', 'timeupdate', 'stalled', 'ended']) this.v.addEventListener(e, () => this.look());
  }

  /** Goes to t; plays on if it was playing, or if told to. */
  jump(t: number, play = this.wanted): void {
    const { from, to } = this.o.bounds();
    t = Math.min(to - 1, Math.max(from, t));
    this.wanted = play;
    this.stopBack();
    const m = this.feed.map.media(t);
    const keys = this.speed > keysAbove;
    if (keys === this.feed.keys && !Number.isNaN(m) && this.feed.buffered(m)) {
      this.target = NaN;
      this.put(play ? 'playing' : 'paused');
      this.v.currentTime = m + 0.001;
      if (play) void this.v.play();
      return;
    }
    this.begin(t, keys, false);
  }

  play(): void {
    this.stopBack();
    if (this.state === 'cut' || this.state === 'empty') return;
    this.wanted = true;
    if (this.state === 'paused') {
      this.put('playing');
      void this.v.play();
      this.look();
    }
  }

  pause(): void {
    this.stopBack();
    this.wanted = false;
    this.v.pause();
    if (this.state === 'playing') this.put('paused');
  }

  toggle(): void {
    if (this.wanted || this.back) this.pause();
    else this.play();
  }

  setSpeed(s: number): void {
    const was = this.speed > keysAbove;
    this.speed = s;
    if (s > keysAbove !== was && !Number.isNaN(this.at) && this.state !== 'cut') this.begin(this.at, s > keysAbove, false);
    else this.pace();
  }

  /** One notch faster or slower. */
  faster(by: 1 | -1): void {
    const i = speeds.indexOf(this.speed);
    this.setSpeed(speeds[Math.min(speeds.length - 1, Math.max(0, i + by))]!);
  }

  /** Exactly one picture on or back. */
  step(by: 1 | -1): Promise<void> {
    this.pause();
    if (this.speed > keysAbove) {
      this.setSpeed(1);
      return this.work;
    }
    this.work = this.work.then(() => this.stepOne(by)).catch(() => undefined);
    return this.work;
  }

  /** Plays backwards at 1, 2, 4: picture by picture from what has been fetched. */
  reverse(): void {
    const next = this.back === 0 ? 1 : Math.min(4, this.back * 2);
    this.pause();
    this.back = next;
    let last = performance.now();
    const turn = async (): Promise<void> => {
      if (this.back !== next) return;
      const now = performance.now();
      const wanted = this.at - (now - last) * this.back;
      last = now;
      const m = this.feed.map.media(wanted);
      if (Number.isNaN(m) || !this.feed.buffered(m)) {
        const { from } = this.o.bounds();
        if (wanted <= from) return this.pause();
        const speed = this.back;
        this.begin(wanted, false, true);
        await this.arrival();
        this.back = speed;
        last = performance.now();
      } else {
        await this.show(m);
      }
      if (this.back === next) requestAnimationFrame(() => void turn());
    };
    requestAnimationFrame(() => void turn());
  }

  /** Ends everything and blanks the picture: stopped, expired, logged out. */
  cutOff(cause: string, words?: string): void {
    this.stopBack();
    this.wanted = false;
    this.feed.clear();
    this.at = NaN;
    this.put('cut');
    this.o.cut(cause, words);
  }

  private begin(t: number, keys: boolean, before: boolean): void {
    this.target = t;
    this.before = before;
    this.frame = NaN;
    this.put('loading');
    // Going back needs what lies before: a few seconds more than one picture.
    void this.feed.start(before ? Math.max(this.o.bounds().from, t - 8000) : t, keys);
  }

  /** Something arrived: is the wanted picture among it, or a gap in its place? */
  private grown(): void {
    if (Number.isNaN(this.target)) {
      this.look();
      return;
    }
    const t = this.target;
    const { map, times, gaps, done } = this.feed;
    let m = map.media(t);
    if (this.before) {
      const later = times.findIndex((p) => map.wall(p.at) > t - 1);
      if (later > 0) m = times[later - 1]!.at;
      else if (later === 0) m = times[0]!.at;
      else m = done && times.length > 0 ? times.at(-1)!.at : NaN;
    } else if (this.feed.keys && Number.isNaN(m) && times.length > 0) {
      m = 0;
    }
    if (!Number.isNaN(m) && this.feed.buffered(m)) {
      this.arrive(m);
      return;
    }
    const gap = gaps.find((g) => t >= g.from - 50 && t < g.to);
    const first = times[0];
    if (gap && gap.to - t > shortGap) {
      this.inGap(gap);
    } else if (first && map.wall(first.at) > t && this.feed.buffered(first.at)) {
      this.arrive(first.at); // the first picture after a short gap
    } else if (done && !first) {
      this.inGap(gap ?? { from: t, to: this.o.bounds().to, cause: 'unknown' });
    }
  }

  private arrive(m: number): void {
    this.target = NaN;
    this.before = false;
    this.put(this.wanted ? 'playing' : 'paused');
    this.v.currentTime = m + 0.001;
    this.pace();
    if (this.wanted) void this.v.play();
    this.awaited?.();
    this.awaited = null;
  }

  private arrival(): Promise<void> {
    return new Promise((ok) => {
      this.awaited = ok;
    });
  }

  private inGap(g: Gap): void {
    this.target = NaN;
    this.v.pause();
    this.put('gap');
    this.o.gap(g);
    this.awaited?.();
    this.awaited = null;
  }

  /** Looks whether play has come to a hole, a gap or the end. */
  private look(): void {
    if (this.state !== 'playing' || !this.wanted) return;
    this.pace();
    const now = this.v.currentTime;
    const end = this.feed.rangeEnd(now) ?? now;
    if (end - now > 0.15) return;
    const wall = this.feed.map.wall(Math.max(0, end - 0.002));
    const gap = this.feed.gaps.find((g) => g.to > wall && g.from < wall + 1500);
    const next = this.feed.nextRange(end - 0.01);
    if (gap && gap.to - gap.from > shortGap && !this.feed.keys) {
      this.wanted = false;
      this.at = Math.max(this.at, gap.from);
      this.inGap(gap);
    } else if (next !== null) {
      this.v.currentTime = next + 0.001;
    } else if (this.feed.done) {
      this.wanted = false;
      this.v.pause();
      this.put('end');
    }
  }

  private picture(mediaTime: number): void {
    if (this.state === 'cut' || this.state === 'empty') return;
    this.frame = mediaTime;
    const wall = this.feed.map.wall(mediaTime);
    if (Number.isNaN(wall)) return;
    this.at = wall;
    this.o.shows(wall);
  }

  private async stepOne(by: 1 | -1): Promise<void> {
    const { times, map } = this.feed;
    const i = times.findIndex((p) => Math.abs(p.at - this.frame) < p.duration / 2 + 1e-4);
    const next = i < 0 ? undefined : times[i + by];
    if (next && this.feed.buffered(next.at + next.duration / 2)) {
      await this.show(next.at + next.duration / 2);
      return;
    }
    const wall = map.wall(this.frame);
    if (Number.isNaN(wall)) return;
    if (by < 0) {
      if (wall <= this.o.bounds().from) return;
      this.begin(wall, false, true);
    } else {
      if (this.feed.done && i === times.length - 1) return;
      this.begin(wall + (times[i]?.duration ?? 0.04) * 1000 + 1, false, false);
    }
    await this.arrival();
  }

  private async show(m: number): Promise<void> {
    const seeked = new Promise((ok) => this.v.addEventListener('seeked', ok, { once: true }));
    const painted = new Promise((ok) => this.v.requestVideoFrameCallback(ok));
    this.v.currentTime = m;
    await seeked;
    await Promise.race([painted, new Promise((ok) => setTimeout(ok, 250))]); // the same picture is not painted again
  }

  private pace(): void {
    const rate = this.feed.keys ? this.speed / Math.max(0.01, this.feed.pace) : this.speed;
    const safe = Math.min(16, Math.max(0.0625, rate));
    if (Math.abs(this.v.playbackRate - safe) > 0.001) this.v.playbackRate = safe;
  }

  private stopBack(): void {
    this.back = 0;
  }

  private put(s: State): void {
    if (s === this.state) return;
    this.state = s;
    this.o.changed(s);
  }
}
