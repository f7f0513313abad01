import assert from 'node:assert/strict';
import test from 'node:test';

import { FrameParser, frames, type Frame } from './frames';

function frame(header: object, data = new Uint8Array()): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + head.length + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, head.length);
  out.set(head, 4);
  view.setUint32(4 + head.length, data.length);
  out.set(data, 8 + head.length);
  return out;
}

function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

const bytes = join(
  frame({ kind: 'init', codec: 'avc1.640028', text: 'Søren Ågård' }, new Uint8Array([1, 2, 3])),
  frame({ kind: 'fragment', start: '2026-11-21T12:00:00Z', key: true }, new Uint8Array(1000).fill(7)),
  frame({ kind: 'end' }),
);

test('frames come whole, however the bytes are cut', () => {
  for (const size of [1, 2, 3, 7, 64, 999, bytes.length]) {
    const p = new FrameParser();
    const got: Frame[] = [];
    for (let i = 0; i < bytes.length; i += size) got.push(...p.push(bytes.subarray(i, i + size)));
    assert.deepEqual(got.map((f) => [f.kind, f.data.length]), [['init', 3], ['fragment', 1000], ['end', 0]]);
    assert.equal(got[0]!.text, 'Søren Ågård');
    assert.ok(got[1]!.data.every((b) => b === 7));
    assert.ok(p.clean);
  }
});

test('a length that promises too much is refused before room is made', () => {
  assert.throws(() => new FrameParser().push(new Uint8Array([0xff, 0xff, 0xff, 0xff])));
});

test('a stream that breaks off is told apart from one that ends', async () => {
  const stream = (b: Uint8Array): ReadableStream<Uint8Array> => new ReadableStream({ start(c) { c.enqueue(b); c.close(); } });
  const kinds: string[] = [];
  for await (const f of frames(stream(bytes))) kinds.push(f.kind);
  assert.deepEqual(kinds, ['init', 'fragment', 'end']);
  await assert.rejects(async () => { for await (const _ of frames(stream(bytes.subarray(0, 900)))) void _; });
});
