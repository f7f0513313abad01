import assert from 'node:assert/strict';
import test from 'node:test';

import { Clock, correct, enlarge, shift, shownOf, spread, transform, wholePicture, type Lens } from './step';

test('the clock stands, goes at its rate, and backwards', () => {
  const c = new Clock();
  c.set(1000, 0);
  assert.equal(c.at(500), 1000);
  c.run(2, 500);
  assert.equal(c.at(1000), 2000);
  c.run(-1, 1000);
  assert.equal(c.at(1400), 1600);
  c.run(0, 1400);
  assert.equal(c.at(9000), 1600);
});

test('pictures that drift come back into step, and never by a jerk that is not needed', () => {
  for (const rate of [0.25, 0.5, 1, 2]) {
    for (const begin of [-0.5, -0.1, -0.03, 0.02, 0.1, 0.5]) {
      let drift = begin;
      let worst = 0;
      for (let ms = 0; ms < 4000; ms += 40) {
        const c = correct(drift, rate);
        assert.ok(!c.go, `it jumps at ${drift}`);
        assert.ok(Math.abs(c.rate / rate - 1) <= 0.2501, `it plays at ${c.rate}`);
        drift += (c.rate - rate) * 0.04;
        if (ms > 3600) worst = Math.max(worst, Math.abs(drift));
      }
      if (rate >= 1) assert.ok(worst < 0.02, `from ${begin} at ${rate} it still drifts by ${worst}`);
      assert.ok(Math.abs(drift) <= Math.abs(begin), 'it drifts away');
    }
  }
  assert.ok(correct(3, 1).go && correct(-3, 1).go);
  assert.equal(correct(0.005, 1).rate, 1);
});

/** Four players with clocks of their own that go wrong, as on a busy machine. */
test('four in step for ten minutes, with clocks that go wrong and stumble', () => {
  let seed = 7;
  const chance = (): number => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
  const faults = [1.001, 0.9985, 1.0004, 0.997];
  const at = faults.map(() => 0);
  let most = 0;
  for (let ms = 0; ms < 600_000; ms += 40) {
    at.forEach((t, i) => {
      const c = correct(t - ms / 1000, 1);
      const stumble = chance() < 0.002 ? 0.05 : 0; // two pictures are lost
      at[i] = (c.go ? ms / 1000 : t) + c.rate * faults[i]! * 0.04 - stumble;
    });
    if (ms > 2000) most = Math.max(most, spread(at));
  }
  assert.ok(most < 0.1, `${most * 1000} ms apart`);
});

test('every camera has its place on a page of pictures', () => {
  assert.deepEqual(shownOf(7, 4, 0), [0, 1, 2, 3]);
  assert.deepEqual(shownOf(7, 4, 5), [4, 5, 6]);
  assert.deepEqual(shownOf(3, 1, 2), [2]);
  assert.deepEqual(shownOf(9, 9, 8).length, 9);
});

test('a part of the picture is enlarged around the hand, and never beyond the edge', () => {
  const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
  const under = (l: Lens, x: number): number => l.x + (x - 0.5) / l.scale;
  const in2 = enlarge(wholePicture, 2, 0.75, 0.5);
  near(under(in2, 0.75), 0.75);
  const in4 = enlarge(in2, 2, 0.6, 0.5);
  near(under(in4, 0.6), under(in2, 0.6));
  assert.equal(enlarge(in4, 100).scale, 8);
  assert.deepEqual(enlarge(in4, 0.001), wholePicture);
  const corner = shift(enlarge(wholePicture, 4), -9, 9);
  near(corner.x, 0.125);
  near(corner.y, 0.875);
  assert.equal(transform(wholePicture), '');
  assert.match(transform(corner), /translate\(0\.000%, -300\.000%\) scale\(4\)/);
});
