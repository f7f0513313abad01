// The timeline as a table: the same, for whoever does not see it.

import { deletedAt, merged, type Coverage, type Motion, type Window as Span } from '../../ts/model';
import { clock, dateTime, span } from '../../ts/times';
import { el, say, type Bookmark, type Camera, type Data } from './data';

const most = 400; // rows; a closer look at the timeline shows the rest

interface Row extends Span { camera: string; what: string; deleted: string }

export function list(d: Data, w: Span, covers: Map<string, Coverage>, motions: Map<string, Motion>, marks: Bookmark[]): void {
  const rows: Row[] = [];
  for (const c of d.cameras) rows.push(...ofCamera(d, c, w, covers.get(c.id), motions.get(c.id)));
  const names = new Map(d.cameras.map((c) => [c.id, c.name]));
  for (const b of marks) {
    if (b.to < w.from || b.from > w.to) continue;
    rows.push({ from: b.from, to: b.to, camera: b.cameras.map((id) => names.get(id) ?? id).join(', '), what: `${say(d, 'mark.one')}: ${b.words || say(d, 'mark.unnamed')}`, deleted: '–' });
  }
  rows.sort((a, b) => a.from - b.from);
  el('liste-mange').hidden = rows.length <= most;
  const heads = [...document.querySelectorAll('#liste-tabel th')].map((h) => h.textContent ?? '');
  el('liste-tabel').querySelector('tbody')!.replaceChildren(...rows.slice(0, most).map((r) => {
    const row = document.createElement('tr');
    const cells = [r.camera, dateTime(r.from, d.lang), clock(r.to, d.lang), r.to > r.from ? span(r.to - r.from, d.lang) : '–', r.what, r.deleted];
    row.append(...cells.map((text, i) => {
      const cell = document.createElement('td');
      cell.textContent = text;
      cell.dataset['title'] = heads[i] ?? '';
      return cell;
    }));
    return row;
  }));
}

function ofCamera(d: Data, c: Camera, w: Span, cover?: Coverage, motion?: Motion): Row[] {
  const rows: Row[] = [];
  for (const s of cover ? merged(cover, w.from, w.to) : []) {
    const due = deletedAt(s, s.from);
    const what = s.kind === 'recorded' ? d.kinds['recorded']! : `${d.kinds[s.kind] ?? s.kind}: ${d.causes[s.cause] ?? s.cause}`;
    rows.push({ from: s.from, to: s.to, camera: c.name, what: s.held ? `${what}, ${say(d, 'held')}` : what, deleted: s.held ? say(d, 'held') : Number.isNaN(due) ? '–' : dateTime(due, d.lang, false) });
  }
  for (const m of motion?.marks ?? []) {
    if (m.to > w.from && m.from < w.to) rows.push({ from: m.from, to: m.to, camera: c.name, what: say(d, 'motion.share', String(Math.max(1, Math.round(m.share * 100)))), deleted: '–' });
  }
  return rows;
}
