import assert from 'node:assert/strict';
import test from 'node:test';

import { at, day, deletedAt, deletionEdge, follow, hour, merged, minute, nextRecorded, pan, readCoverage, readMotion, second, ticks, united, within, zoom, type Coverage } from './model';

const t0 = Date.parse('2026-11-21T12:00:00Z');
const cover: Coverage = {
  from: t0, to: t0 + 4 * hour,
  stretches: [
    { from: t0, to: t0 + hour, kind: 'off', cause: 'permit.outside', held: false },
    { from: t0 + hour, to: t0 + 2 * hour, kind: 'recorded', cause: '', held: true, delete: t0 + 15 * day },
    { from: t0 + 2 * hour, to: t0 + 2 * hour + minute, kind: 'gap', cause: 'camera.auth', held: false },
    { from: t0 + 2 * hour + minute, to: t0 + 4 * hour, kind: 'recorded', cause: '', held: false, delete: t0 + 16 * day },
  ],
};

test('zoom keeps the place under the hand, and has limits', () => {
  const w = { from: t0, to: t0 + hour };
  const anchor = t0 + 0.25 * hour;
  for (const factor of [0.5, 2, 0.1, 7]) {
    const z = zoom(w, factor, anchor);
    assert.ok(Math.abs((anchor - z.from) / (z.to - z.from) - 0.25) < 1e-9);
  }
  assert.equal(zoom(w, 1e-9, anchor).to - zoom(w, 1e-9, anchor).from, minute);
  const far = zoom(w, 1e9, anchor);
  assert.equal(far.to - far.from, 31 * day);
});

test('moving stays within bounds and follows no more than needed', () => {
  const w = { from: t0, to: t0 + hour };
  assert.deepEqual(pan(w, 0.5), { from: t0 + hour / 2, to: t0 + 1.5 * hour });
  assert.deepEqual(within({ from: t0 - hour, to: t0 }, t0, t0 + day), { from: t0, to: t0 + hour });
  assert.equal(follow(w, t0 + minute), w);
  const on = follow(w, t0 + 2 * hour);
  assert.ok(on.from < t0 + 2 * hour && on.to > t0 + 2 * hour && on.to - on.from === hour);
});

test('what there is at a moment', () => {
  assert.equal(at(cover, t0)?.kind, 'off');
  assert.equal(at(cover, t0 + hour)?.kind, 'recorded');
  assert.equal(at(cover, t0 + 2 * hour)?.cause, 'camera.auth');
  assert.equal(at(cover, t0 + 4 * hour), undefined);
  assert.equal(at(cover, t0 - 1), undefined);
});

test('the next footage, and the one before', () => {
  assert.equal(nextRecorded(cover, t0), t0 + hour);
  assert.equal(nextRecorded(cover, t0 + 1.5 * hour), t0 + 1.5 * hour);
  assert.equal(nextRecorded(cover, t0 + 2 * hour), t0 + 2 * hour + minute);
  assert.ok(Number.isNaN(nextRecorded(cover, t0 + 4 * hour)));
  assert.equal(nextRecorded(cover, t0 + 2 * hour + 30 * second, true), t0 + 2 * hour - 5 * second);
  assert.ok(Number.isNaN(nextRecorded(cover, t0 + hour, true)));
});

test('deletion stands at the oldest that is not held, and moves with the footage', () => {
  assert.deepEqual(deletionEdge(cover, t0 + 15.5 * day), { at: t0 + 2 * hour + minute, due: t0 + 16 * day });
  assert.equal(deletionEdge(cover, t0 + 2 * day), null);
  assert.equal(deletedAt(cover.stretches[3]!, t0 + 3 * hour), t0 + 16 * day + 59 * minute);
  assert.ok(Number.isNaN(deletedAt(cover.stretches[0]!, t0)));
});

test('marks are at wall times, right through both clock changes', () => {
  for (const [from, hours] of [['2026-10-24T20:00:00Z', 12], ['2027-03-27T20:00:00Z', 12]] as const) {
    const a = Date.parse(from);
    const marks = ticks({ from: a, to: a + hours * hour }, 1200, 'da');
    assert.ok(marks.length >= 8, `${marks.length} marks`);
    for (const m of marks) assert.match(m.label, /\.00$|\d\. \w+/, m.label);
    for (let i = 1; i < marks.length; i++) assert.ok(marks[i]!.at > marks[i - 1]!.at);
  }
});

test('marks have room at every width of time', () => {
  for (const span of [minute, 10 * minute, hour, 8 * hour, day, 7 * day, 31 * day]) {
    const marks = ticks({ from: t0, to: t0 + span }, 1200, 'en');
    assert.ok(marks.length >= 2 && marks.length <= 16, `${marks.length} marks over ${span / hour} h`);
  }
});

test('neighbours alike are one row of the list', () => {
  const c = readCoverage({
    from: '2026-11-21T12:00:00Z', to: '2026-11-21T14:00:00Z',
    stretches: [
      { from: '2026-11-21T12:00:00Z', to: '2026-11-21T13:00:00Z', kind: 'recorded', cause: '', held: false, delete: '2026-12-05T12:00:00Z' },
      { from: '2026-11-21T13:00:00Z', to: '2026-11-21T13:30:00Z', kind: 'recorded', cause: '', held: false },
      { from: '2026-11-21T13:30:00Z', to: '2026-11-21T14:00:00Z', kind: 'recorded', cause: '', held: true },
    ],
  });
  const rows = merged(c, c.from, c.to);
  assert.equal(rows.length, 2);
  assert.equal(rows[0]!.to, Date.parse('2026-11-21T13:30:00Z'));
  assert.deepEqual(readCoverage({ from: '2026-11-21T12:00:00Z', to: '2026-11-21T12:00:00Z', stretches: null }).stretches, []);
});

test('several cameras together are recorded where any is', () => {
  const other: Coverage = {
    from: t0, to: t0 + 4 * hour,
    stretches: [
      { from: t0, to: t0 + 90 * minute, kind: 'gap', cause: 'camera.unreachable', held: false },
      { from: t0 + 90 * minute, to: t0 + 4 * hour, kind: 'recorded', cause: '', held: false },
    ],
  };
  const both = united([cover, other]);
  assert.deepEqual(both.stretches.map((s) => [s.kind, (s.from - t0) / minute, (s.to - t0) / minute]), [
    ['gap', 0, 60], ['recorded', 60, 120], ['recorded', 120, 240],
  ]);
  assert.equal(both.stretches[0]!.cause, 'camera.unreachable');
  assert.equal(both.stretches[1]!.held, true);
  assert.equal(united([cover]), cover);
  assert.deepEqual(united([]).stretches, []);
});

test('motion is read as the engine tells it', () => {
  const m = readMotion({ looked: [{ from: '2026-11-21T12:00:00Z', to: '2026-11-21T13:00:00Z' }], marks: [{ from: '2026-11-21T12:10:00Z', to: '2026-11-21T12:10:30Z', share: 0.25 }], done: false });
  assert.deepEqual(m.looked, [{ from: t0, to: t0 + hour }]);
  assert.equal(m.marks[0]!.share, 0.25);
  assert.deepEqual(readMotion({ looked: null, marks: null, done: true }), { looked: [], marks: [], done: true });
});
