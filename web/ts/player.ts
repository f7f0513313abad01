// The player of one camera: shows the picture of a moment, or runs in step with
// a clock that it is told. The pictures come from Feed; which moment it is, the
// conductor says.

import { Feed, type FeedOptions, type Gap, type Taken } from './feed';
import { correct } from './step';

export interface PlayerOptions {
  video: HTMLVideoElement;
  address: FeedOptions['address'];
  bounds: FeedOptions['bounds'];
  place: NonNullable<FeedOptions['place']>;
  hold: NonNullable<FeedOptions['hold']>;
  remark: NonNullable<FeedOptions['remark']>;
  /** A picture is shown that was taken at t. */
  shows(t: number): void;
  cut(cause: string, words?: string): void;
}

/** What there is of a moment: its picture, none and why, or nothing yet. */
export type Has = 'picture' | 'gap' | 'wait';

const reach = 3000; // a place so little past what is here is waited for
const backBy = 8000; // fetched before a place that is gone back to
const backByKeys = 240_000;
const soon = 1500; // before a gap ends
const edge = 0.25; // seconds before the end of what is here, where the last picture of it stands
const lead = 0.12; // seconds that going to a place takes while it plays

export class Player {
  /** When the picture on the screen was taken. */
  at = NaN;
  /** Why there are no more pictures; empty: there may be. */
  dead = '';
  /** What the server says of that; empty: nothing. */
  words = '';
  /** Seconds by which it is ahead of the clock, as last measured while it runs. */
  drift = NaN;
  private readonly feed: Feed;
  private readonly v: HTMLVideoElement;
  private frame = NaN; // the player's time of the picture on the screen
  private goal: Taken | null = null;
  private going = false;
  private stood = NaN; // the player's time at the last look while it ran

  constructor(private readonly o: PlayerOptions) {
    this.v = o.video;
    this.feed = new Feed({
      video: o.video, address: o.address, bounds: o.bounds, place: o.place, hold: o.hold, remark: o.remark,
      grown: () => undefined, // asked for by the conductor
      cut: (cause, words) => {
        this.dead = cause;
        this.words = words ?? '';
        o.cut(cause, words);
      },
    });
    const onFrame = (_: number, meta: VideoFrameCallbackMetadata): void => {
      this.painted(meta.mediaTime);
      this.v.requestVideoFrameCallback(onFrame);
    };
    this.v.requestVideoFrameCallback(onFrame);
  }

  /** Tries again after what was cut. */
  revive(): void {
    this.dead = '';
    this.clear();
  }

  has(t: number): Has {
    if (this.feed.gapAt(t)) return 'gap';
    const { times, done } = this.feed;
    if (!(t >= this.feed.from - 1)) return 'wait';
    const p = times[this.feed.index(t)];
    if (!p) return times[0] && times[0].wall - t < reach ? 'picture' : done ? 'gap' : 'wait';
    const more = times.at(-1) !== p || t < p.wall + p.duration * 1000 + 1;
    if (more) return this.feed.buffered(p.at + p.duration / 2) ? 'picture' : 'wait';
    return !done ? 'wait' : t - p.wall < reach ? 'picture' : 'gap';
  }

  /** Why there is no picture of t. */
  gap(t: number): Gap {
    return this.feed.gapAt(t) ?? { from: this.feed.times.at(-1)?.wall ?? this.o.bounds().from, to: this.o.bounds().to, cause: 'unknown' };
  }

  /** Seconds of pictures that are here after t. */
  ahead(t: number): number {
    const m = this.feed.media(t);
    const end = this.feed.rangeEnd(m);
    return this.feed.done || end === null ? Infinity : end - m;
  }

  /** Sees to it that what is at t comes: fetches, unless it is here or on its way. */
  want(t: number, keys: boolean, back: boolean): void {
    if (this.dead) return;
    const f = this.feed;
    if (f.keys === keys && t >= f.from - 1 && (f.done || t <= f.until + (keys ? 60_000 : reach))) return;
    const before = back ? (keys ? backByKeys : backBy) : 0;
    this.frame = NaN;
    this.goal = null;
    void f.start(Math.max(this.o.bounds().from, t - before), keys);
  }

  /** Shows the picture of t and stands. */
  show(t: number): void {
    this.rest();
    const { times } = this.feed;
    const p = times[Math.max(0, this.feed.index(t))];
    if (!p || this.onScreen(p) && !this.going) return;
    this.goal = p;
    if (!this.going) void this.go();
  }

  private async go(): Promise<void> {
    this.going = true;
    while (this.goal) {
      const p = this.goal;
      const seeked = new Promise((ok) => this.v.addEventListener('seeked', ok, { once: true }));
      const painted = new Promise((ok) => this.v.requestVideoFrameCallback(ok));
      this.v.currentTime = p.at + p.duration / 2;
      await Promise.race([seeked, late(1500)]);
      await Promise.race([painted, late(250)]); // the same picture is not painted again
      if (this.goal === p) this.goal = null;
      if (Math.abs(this.v.currentTime - p.at - p.duration / 2) < 1e-3) this.painted(p.at);
    }
    this.going = false;
  }

  /** The picture on the screen is the one of t. */
  stands(t: number): boolean {
    const p = this.feed.times[Math.max(0, this.feed.index(t))];
    return !this.going && p !== undefined && this.onScreen(p);
  }

  private onScreen(p: Taken): boolean {
    return Math.abs(p.at - this.frame) < p.duration / 2;
  }

  /** Runs with a clock that is at t and goes at rate. */
  follow(t: number, rate: number): void {
    const m = this.feed.media(t);
    if (this.goal || this.going) return;
    if (!this.feed.buffered(m)) { // a short hole: the picture before it stays
      this.rest();
      return;
    }
    this.drift = this.v.currentTime - m;
    const c = correct(this.drift, rate);
    const over = this.held();
    if (over !== null) this.v.currentTime = Math.max(over, m + lead * rate);
    else if (c.go && !this.v.seeking) this.v.currentTime = m + (this.v.paused ? 0 : lead * rate);
    if (Math.abs(this.v.playbackRate - c.rate) > 0.004) this.v.playbackRate = Math.min(16, Math.max(0.0625, c.rate));
    if (this.v.paused) void this.v.play().catch(() => undefined);
  }

  /**
   * Where what is here goes on, when the browser stands at a hole in it: it
   * crosses none by itself, not even the few hundredths of a second between two
   * recordings.
   */
  private held(): number | null {
    const at = this.v.currentTime;
    const stood = at === this.stood;
    this.stood = at;
    if (!stood || this.v.paused || this.v.seeking) return null;
    const end = this.feed.rangeEnd(at);
    const next = end === null || end - at > edge ? null : this.feed.nextRange(end);
    return next !== null && next - at < reach / 1000 ? next : null;
  }

  /** Rests where there is no picture of t, and goes to the next one a little before its time: to go there then would keep it behind. */
  rejoin(t: number): void {
    this.rest();
    const next = this.feed.times[this.feed.index(t) + 1];
    if (this.dead || this.going || !next || next.wall - t > soon || this.onScreen(next) || !this.feed.buffered(next.at + next.duration / 2)) return;
    this.show(next.wall);
  }

  rest(): void {
    this.drift = this.stood = NaN;
    if (!this.v.paused) this.v.pause();
  }

  /** When the picture after (1) or before (-1) that of t was taken, or NaN when it is not here. */
  next(t: number, by: 1 | -1): number {
    const i = this.feed.index(t);
    const p = this.feed.times[i];
    if (by < 0 && p && t > p.wall + p.duration * 1000 + reach) return p.wall; // the last before a gap
    return i < 0 && by < 0 ? NaN : (this.feed.times[i + by]?.wall ?? NaN);
  }

  /** Only its key frames come: there was no room for more. */
  get sparse(): boolean {
    return this.feed.sparse;
  }

  /** Nothing more comes after what is here. */
  get done(): boolean {
    return this.feed.done;
  }

  /** Ends all fetching and blanks the picture. */
  clear(): void {
    this.goal = null;
    this.feed.clear();
    this.at = this.frame = this.drift = NaN;
  }

  private painted(mediaTime: number): void {
    const wall = this.feed.taken(mediaTime);
    if (Number.isNaN(wall)) return;
    this.frame = mediaTime;
    this.at = wall;
    this.o.shows(wall);
  }
}

function late(ms: number): Promise<void> {
  return new Promise((ok) => setTimeout(ok, ms));
}
