import assert from 'node:assert/strict';
import test from 'node:test';

import { bar, cone, direction, inside, outline, scale, sees, share, sight, size, turn, type Drawing, type Point } from './plan';
import * as ops from './planops';

const rect = (x: number, y: number, w: number, h: number): Point[] => [{ x, y }, { x: x + w, y }, { x: x + w, y: y + h }, { x, y: y + h }];
const yard = (): Drawing => ({
  title: 'Gård', picture: '', width: 1000, height: 500, metres_per_pixel: 0.1, north: 0, cadastre: '',
  areas: [{ id: 'gaard', name: 'Skolegården', use: 'watched', kind: 'schoolyard', walled: false, corners: rect(300, 50, 400, 400) }],
  cameras: [{ camera: 'gaard-1', name: 'Gård', at: { x: 500, y: 250 }, direction: 90, angle: 90, range: 15, height: 3, masks: [] }],
});
const near = (got: number, want: number, by = 1e-6): void => assert.ok(Math.abs(got - want) <= by, `${got}, want ${want}`);

test('views have the size and place of their sector', () => {
  const d = yard();
  for (const [deg, p] of [[0, { x: 500, y: 150 }], [90, { x: 600, y: 250 }], [180, { x: 500, y: 350 }], [270, { x: 400, y: 250 }]] as const) {
    const v = { ...cone(d, d.cameras[0]!), direction: deg };
    near(size(outline(v)), (Math.PI * 150 * 150) / 4, 30);
    assert.ok(inside(p, outline(v)));
    assert.ok(!inside({ x: 1000 - p.x, y: 500 - p.y }, outline(v)));
    near(direction(v.at, p), deg);
  }
});

test('shares are those of the server', () => {
  const d = yard();
  const v = { ...cone(d, d.cameras[0]!), angle: 360 };
  near(share(v, [rect(500, 0, 500, 500)]), 0.5, 0.001);
  near(share(v, [rect(500, 0, 500, 500), rect(0, 0, 500, 500)]), 1);
  near(share(v, []), 0);
  near(sees(d, d.cameras[0]!).outside, 0);
  const beyond = ops.change(d, 'gaard-1', { at: { x: 640, y: 250 } });
  assert.ok(sees(beyond, beyond.cameras[0]!).outside > 0.3);
  const blocked = ops.addArea(d, { id: 'n', name: 'Nabo', use: 'avoided', kind: '', walled: false, corners: rect(600, 200, 50, 50) });
  assert.equal(sees(blocked, blocked.cameras[0]!).avoided[0]?.area.id, 'n');
});

test('nobody sees through walls', () => {
  const d = ops.changeArea(yard(), 'gaard', { walled: true, corners: rect(400, 200, 200, 100) });
  const v = { ...cone(d, d.cameras[0]!), angle: 360, reach: 400 };
  near(size(outline(v)), 200 * 100, 60);
  near(sight(v, 90), 100);
  near(sight({ ...v, at: { x: 400, y: 250 }, direction: 90 }, 270), 0);
});

test('cameras are placed, moved, turned and kept on the paper', () => {
  let d: Drawing = ops.place(yard(), { id: 'ny', name: 'Ny' }, { x: -40, y: 9000 });
  assert.deepEqual(ops.findCamera(d, 'ny')?.at, { x: 0, y: 500 });
  d = ops.change(d, 'ny', { direction: -90, angle: 500, range: 0, height: -1 });
  const c = ops.findCamera(d, 'ny')!;
  assert.deepEqual([c.direction, c.angle, c.range, c.height], [270, 360, 0.1, 0]);
  assert.equal(ops.takeOff(d, 'ny').cameras.length, 1);
  assert.equal(yard().cameras[0]!.direction, 90, 'what was is not touched');
  for (const v of [-720, -0.0000001, 359.9999999, 1e6]) assert.ok(turn(v) >= 0 && turn(v) < 360);
  assert.equal(ops.change(d, 'ny', { direction: 359.99 }).cameras[1]!.direction, 0);
});

test('corners are added, moved and removed, and three stay', () => {
  let d = ops.addCorner(yard(), 'gaard', 3);
  assert.deepEqual(d.areas[0]!.corners[4], { x: 300, y: 250 });
  d = ops.moveCorner(d, 'gaard', 4, { x: 10, y: 10 });
  assert.deepEqual(d.areas[0]!.corners[4], { x: 10, y: 10 });
  for (let i = 0; i < 9; i++) d = ops.removeCorner(d, 'gaard', 0);
  assert.equal(d.areas[0]!.corners.length, 3);
  d = ops.moveArea(yard(), 'gaard', -9999, 20);
  assert.deepEqual(d.areas[0]!.corners[0], { x: 0, y: 70 });
  near(size(d.areas[0]!.corners), 160_000);
  assert.equal(ops.freeID({ ...d, areas: [{ ...d.areas[0]!, id: 'omraade-1' }] }), 'omraade-2');
});

test('the scale is set by a line of known length, and a new picture keeps the places', () => {
  const d = ops.setScale(yard(), { x: 0, y: 0 }, { x: 300, y: 400 }, 25);
  near(scale(d), 0.05);
  assert.equal(ops.setScale(d, { x: 0, y: 0 }, { x: 0, y: 0 }, 25), d);
  near(scale({ ...d, metres_per_pixel: 0 }), 0.05);
  const p = ops.setPicture(d, 'doc', 2000, 500);
  assert.deepEqual([p.cameras[0]!.at, p.metres_per_pixel], [{ x: 1000, y: 250 }, 0]);
  assert.deepEqual(bar(yard(), 160), { metres: 10, px: 100 });
});

test('undo takes back a whole movement, redo brings it again', () => {
  const h = new ops.History(0);
  h.set(1, 'drag');
  h.set(2, 'drag');
  h.rest();
  h.set(3, 'drag');
  assert.ok(h.undo());
  assert.equal(h.now, 2);
  assert.ok(h.undo());
  assert.equal(h.now, 0);
  assert.ok(!h.undo());
  assert.ok(h.redo() && h.redo());
  assert.equal(h.now, 3);
  h.undo();
  h.set(9);
  assert.ok(!h.canRedo);
});

test('numbers and points are read as people type them', () => {
  assert.equal(ops.readNumber(' 12,5 '), 12.5);
  assert.equal(ops.readNumber('-3'), -3);
  for (const bad of ['', '1e9', '12,5,5', 'x', '0x10', 'Infinity']) assert.ok(Number.isNaN(ops.readNumber(bad)), bad);
  assert.equal(ops.showNumber(12.345, 'da'), '12,35');
  assert.deepEqual(ops.readPoints('1,5;2  3;4\n5;6'), [{ x: 1.5, y: 2 }, { x: 3, y: 4 }, { x: 5, y: 6 }]);
  assert.equal(ops.readPoints('1;2;3'), null);
  const p = [{ x: 10, y: 20 }];
  assert.deepEqual(ops.readPoints(ops.showPoints(p, 0.1, 'da')), [{ x: 1, y: 2 }]);
  assert.deepEqual(ops.spot({ x: -5, y: 10_001.4 }), { x: 0, y: 10_000 });
});

test('the frame zooms around a point and stays on the paper', () => {
  const d = yard();
  const f = ops.zoomFrame(ops.whole(d), 0.5, { x: 0, y: 0 }, d);
  assert.deepEqual(f, { x: 0, y: 0, width: 500, height: 250 });
  assert.deepEqual(ops.zoomFrame(f, 10, { x: 0, y: 0 }, d), ops.whole(d));
  assert.deepEqual(ops.panFrame(f, 9999, -9999, d), { x: 500, y: 0, width: 500, height: 250 });
});
