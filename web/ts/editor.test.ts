import assert from 'node:assert/strict';
import test from 'node:test';

import { at, can, correct, covered, first, grid, last, lines, names, seconds, type Correction, type Findings } from './editor';

const found = (): Findings => ({
  width: 640, height: 360, rate: 15,
  chunks: [{ start: 0, times: Array.from({ length: 20 }, (_, i) => i * 6000) }, { start: 120_000, times: Array.from({ length: 20 }, (_, i) => i * 6000) }],
  fragments: [
    { id: 'p1', keys: [{ frame: 0, x: 1000, y: 1000, w: 500, h: 2000 }, { frame: 10, x: 2000, y: 1000, w: 500, h: 2000 }] },
    { id: 'p2', keys: [{ frame: 15, x: 2500, y: 1000, w: 500, h: 2000 }, { frame: 30, x: 4000, y: 1000, w: 500, h: 2000 }] },
  ],
});

test('a box moves evenly between two keys', () => {
  const [a] = correct(found(), []);
  assert.deepEqual(at(a!, 5), { x: 1500, y: 1000, w: 500, h: 2000 });
  assert.equal(at(a!, 11), null);
  assert.equal(seconds(found())[20], 120_000 / 90_000);
});

test('what is split can be joined, and a mixed verdict is none', () => {
  const list: Correction[] = [{ act: 'judge', fragment: 'p1', verdict: 'kept' }, { act: 'split', fragment: 'p1', frame: 6 }];
  let all = correct(found(), list);
  assert.deepEqual(all.map((f) => [f.id, first(f), last(f), f.verdict ?? '']), [['p1', 0, 5, 'kept'], ['p1/6', 6, 10, 'kept'], ['p2', 15, 30, '']]);
  all = correct(found(), [...list, { act: 'join', fragment: 'p1/6', with: 'p2' }]);
  assert.deepEqual(all.map((f) => [f.id, f.verdict ?? '']), [['p1', 'kept'], ['p1/6', '']]);
  assert.deepEqual([...names(found(), all).values()], ['1', '1.2']);
});

test('as few lines as can be, and none has two at once', () => {
  const span = (id: string, from: number, to: number) => ({ id, keys: [from, to].map((frame) => ({ frame, x: 0, y: 0, w: 1, h: 1 })) });
  const all = [span('a', 0, 9), span('b', 0, 30), span('c', 10, 12), span('d', 11, 40), span('e', 32, 33)];
  assert.deepEqual(lines(all, 1), [0, 1, 2, 0, 1]);
  assert.deepEqual(lines(all, 0), [0, 1, 0, 2, 0]);
  assert.deepEqual(lines([], 1), []);
});

test('what cannot be done is said beforehand', () => {
  const f = found();
  assert.ok(!can(f, [], { act: 'split', fragment: 'p1', frame: 0 }));
  assert.ok(!can(f, [], { act: 'join', fragment: 'p2', with: 'p1' }));
  assert.ok(!can(f, [], { act: 'clear', fragment: 'p1', frame: 3 }));
  assert.ok(!can(f, [], { act: 'draw', fragment: 'p1', frame: 0, to: 3, box: { x: 0, y: 0, w: 1, h: 1 } }));
  assert.ok(can(f, [], { act: 'move', fragment: 'p1', frame: 39, box: { x: 0, y: 0, w: 1, h: 1 } }));
});

test('whoever is not kept covers, also over the one who is', () => {
  const p = { findings: found(), revision: 0 };
  const g = grid(640, 360);
  const one = correct(p.findings, []);
  const count = (c: Uint8Array): number => c.reduce((n, v) => n + v, 0);
  assert.ok(count(covered(p, one, null, 5)) > 0);
  const kept = correct(p.findings, [{ act: 'judge', fragment: 'p1', verdict: 'kept' }]);
  assert.equal(count(covered(p, kept, null, 5)), 0);
  const over = correct(p.findings, [{ act: 'judge', fragment: 'p1', verdict: 'kept' }, { act: 'draw', fragment: 'h1', frame: 0, to: 20, box: { x: 1400, y: 1000, w: 500, h: 500 } }]);
  assert.ok(count(covered(p, over, null, 5)) > 0);
  const blind = { findings: { ...p.findings, blind: [{ from: 3, to: 6, why: 'moved' }] }, revision: 0 };
  assert.equal(count(covered(blind, kept, null, 5)), g.w * g.h);
});
