// Just enough ISO BMFF to know when each picture of a fragment is shown: exact
// frame steps need exact times.

interface Box {
  type: string;
  view: DataView;
}

export interface InitInfo {
  /** Ticks a second of the picture track, and its id. */
  track: number;
  timescale: number;
  duration: number; // default duration of a sample in ticks
}

export interface Shown {
  /** Seconds on the segment's own time line. */
  at: number;
  duration: number;
}

function* boxes(view: DataView): Generator<Box> {
  let at = 0;
  while (at + 8 <= view.byteLength) {
    let size = view.getUint32(at);
    const type = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5), view.getUint8(at + 6), view.getUint8(at + 7));
    let head = 8;
    if (size === 1) {
      size = Number(view.getBigUint64(at + 8));
      head = 16;
    } else if (size === 0) {
      size = view.byteLength - at;
    }
    if (size < head || at + size > view.byteLength) return;
    yield { type, view: new DataView(view.buffer, view.byteOffset + at + head, size - head) };
    at += size;
  }
}

function find(view: DataView, ...path: string[]): DataView | null {
  let here: DataView | null = view;
  for (const type of path) {
    let next: DataView | null = null;
    for (const b of boxes(here)) {
      if (b.type === type) {
        next = b.view;
        break;
      }
    }
    if (!next) return null;
    here = next;
  }
  return here;
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** Reads the picture track of an initialisation section. */
export function readInit(data: Uint8Array): InitInfo {
  const moov = find(viewOf(data), 'moov');
  if (!moov) throw new Error('no moov box');
  for (const b of boxes(moov)) {
    if (b.type !== 'trak') continue;
    const handler = find(b.view, 'mdia', 'hdlr');
    if (!handler || handler.getUint32(8) !== 0x76696465) continue; // 'vide'
    const header = find(b.view, 'tkhd')!;
    const track = header.getUint32(header.getUint8(0) === 1 ? 20 : 12);
    const media = find(b.view, 'mdia', 'mdhd')!;
    const timescale = media.getUint32(media.getUint8(0) === 1 ? 20 : 12);
    return { track, timescale, duration: defaultDuration(moov, track) };
  }
  throw new Error('no picture track');
}

function defaultDuration(moov: DataView, track: number): number {
  const extends_ = find(moov, 'mvex');
  if (!extends_) return 0;
  for (const b of boxes(extends_)) {
    if (b.type === 'trex' && b.view.getUint32(4) === track) return b.view.getUint32(12);
  }
  return 0;
}

/** Lists when the pictures of a fragment are shown, in the order of showing. */
export function shown(data: Uint8Array, init: InitInfo): Shown[] {
  const out: Shown[] = [];
  for (const moof of boxes(viewOf(data))) {
    if (moof.type !== 'moof') continue;
    for (const traf of boxes(moof.view)) {
      if (traf.type === 'traf') readTrack(traf.view, init, out);
    }
  }
  return out.sort((a, b) => a.at - b.at);
}

function readTrack(traf: DataView, init: InitInfo, out: Shown[]): void {
  const head = find(traf, 'tfhd');
  if (!head || head.getUint32(4) !== init.track) return;
  const flags = head.getUint32(0) & 0xffffff;
  let at = 8;
  if (flags & 0x1) at += 8;
  if (flags & 0x2) at += 4;
  const duration = flags & 0x8 ? head.getUint32(at) : init.duration;
  const decode = find(traf, 'tfdt');
  let time = decode ? (decode.getUint8(0) === 1 ? Number(decode.getBigUint64(4)) : decode.getUint32(4)) : 0;
  for (const run of boxes(traf)) {
    if (run.type === 'trun') time = readRun(run.view, time, duration, init.timescale, out);
  }
}

function readRun(run: DataView, time: number, preset: number, timescale: number, out: Shown[]): number {
  const version = run.getUint8(0);
  const flags = run.getUint32(0) & 0xffffff;
  const count = run.getUint32(4);
  let at = 8;
  if (flags & 0x1) at += 4;
  if (flags & 0x4) at += 4;
  for (let i = 0; i < count; i++) {
    let duration = preset;
    if (flags & 0x100) {
      duration = run.getUint32(at);
      at += 4;
    }
    if (flags & 0x200) at += 4;
    if (flags & 0x400) at += 4;
    let offset = 0;
    if (flags & 0x800) {
      offset = version === 0 ? run.getUint32(at) : run.getInt32(at);
      at += 4;
    }
    out.push({ at: (time + offset) / timescale, duration: duration / timescale });
    time += duration;
  }
  return time;
}
