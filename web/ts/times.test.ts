import assert from 'node:assert/strict';
import test from 'node:test';

import { clock, dateTime, instant, offset, span, TimeMap, wall } from './times';

const t = Date.parse('2026-11-21T13:02:03Z');

test('times as people read them', () => {
  assert.equal(dateTime(t, 'da'), '21. november 2026 kl. 14.02.03');
  assert.equal(dateTime(t, 'en'), '21 November 2026 at 14:02:03');
  assert.equal(clock(Date.parse('2026-07-01T22:00:00Z'), 'da', false), '00.00');
  assert.equal(span(90_000, 'da'), '1 min. 30 s');
  assert.equal(span(3 * 86400e3, 'da'), '3 døgn');
});

test('wall times are instants and back, through both clock changes', () => {
  for (const iso of ['2026-11-21T13:02:03Z', '2026-07-01T22:00:00Z', '2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00Z', '2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z']) {
    const at = Date.parse(iso);
    const back = instant(wall(at));
    // A wall time that comes twice is its first reading.
    assert.ok(back === at || (iso === '2026-10-25T01:30:00Z' && back === at - 3600e3), `${iso} came back as ${new Date(back).toISOString()}`);
  }
  assert.equal(offset(t), 3600e3);
  assert.ok(Number.isNaN(instant('nonsense')));
});

test('the map ties the player to the wall, across gaps', () => {
  const m = new TimeMap();
  m.add({ media: 10, mediaEnd: 12, wall: 1000, wallEnd: 3000 });
  m.add({ media: 12, mediaEnd: 14, wall: 3000, wallEnd: 5000 });
  m.add({ media: 20, mediaEnd: 22, wall: 11000, wallEnd: 13000 });
  assert.equal(m.wall(11), 2000);
  assert.equal(m.wall(13.5), 4500);
  assert.equal(m.wall(20), 11000);
  assert.equal(m.media(4000), 13);
  assert.ok(Number.isNaN(m.media(8000)));
});
