package archive

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Files of the holds folder, one of each kind for a hold. All but the last
// are signed statements exactly as they came.
const (
	fileHold    = ".hold"
	fileNotice  = ".notice"
	fileRelease = ".release"
	fileEnded   = ".ended"
)

type endedFile struct {
	At  int64  `json:"at"`
	Why string `json:"why"`
}

func (a *Archive) putHoldFile(id permit.ID, kind string, data []byte) error {
	if !segment.IsID(string(id)) {
		return fault.New(fault.Refused, "statement.form", "hold %.40q", id)
	}
	if err := a.cfg.FS.MkdirAll(a.path(holdsDir), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(a.cfg.FS, a.path(holdsDir, string(id)+kind), data, 0o600)
}

func (a *Archive) putEnded(id permit.ID, at int64, why string) error {
	b, err := json.Marshal(endedFile{at, why})
	if err != nil {
		return err
	}
	return a.putHoldFile(id, fileEnded, b)
}

// loadHolds reads the folder. A file that cannot be read or verified is an
// alarm; a hold whose own file is bad is not honoured, a bad release does not
// release.
func (a *Archive) loadHolds() error {
	entries, err := a.cfg.FS.ReadDir(a.path(holdsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	a.owed = true
	kinds := map[string][]permit.ID{}
	for _, e := range entries {
		if id, kind, ok := strings.Cut(e.Name(), "."); ok && segment.IsID(id) {
			kinds["."+kind] = append(kinds["."+kind], permit.ID(id))
		}
	}
	bad := func(id permit.ID, kind string, err error) {
		a.log.Error("a file of a hold", slog.String("file", string(id)+kind), slog.Any("err", err))
		a.alarm(AlarmHoldFile, "", string(id)+kind, true)
	}
	for _, id := range kinds[fileHold] {
		h, err := readStatement[*permit.Hold](a, id, fileHold)
		if err != nil || h.ID != id {
			bad(id, fileHold, err)
			continue
		}
		a.holds[id] = &holding{hold: *h}
	}
	for _, id := range kinds[fileNotice] {
		n, err := readStatement[*permit.Notice](a, id, fileNotice)
		if err != nil || n.Hold != id || a.holds[id] == nil {
			bad(id, fileNotice, err)
			continue
		}
		a.holds[id].notice = n
	}
	for _, id := range kinds[fileRelease] {
		r, err := readStatement[*permit.Release](a, id, fileRelease)
		if err != nil || r.Hold != id || a.holds[id] == nil {
			bad(id, fileRelease, err)
			continue
		}
		a.holds[id].ended, a.holds[id].why = r.Issued.UnixMicro(), "release"
	}
	for _, id := range kinds[fileEnded] {
		var e endedFile
		b, err := durable.ReadFile(a.cfg.FS, a.path(holdsDir, string(id)+fileEnded))
		if err == nil {
			err = json.Unmarshal(b, &e)
		}
		if err != nil || e.At <= 0 || a.holds[id] == nil {
			bad(id, fileEnded, err)
			continue
		}
		a.holds[id].ended, a.holds[id].why = e.At, e.Why
	}
	a.publishHolds()
	return nil
}

// publishHolds lets those see the holds who must not wait for a sweep.
func (a *Archive) publishHolds() {
	out := make([]holding, 0, len(a.holds))
	for _, h := range a.holds {
		out = append(out, *h)
	}
	a.heldNow.Store(&out)
}

// currentHolds is a copy of the holds, those that ended included.
func (a *Archive) currentHolds() []holding {
	if p := a.heldNow.Load(); p != nil {
		return *p
	}
	return nil
}

// readStatement reads a signed statement back as it came in.
func readStatement[T permit.Statement](a *Archive, id permit.ID, kind string) (none T, err error) {
	b, err := durable.ReadFile(a.cfg.FS, a.path(holdsDir, string(id)+kind))
	if err != nil {
		return none, err
	}
	signed, err := permit.DecodeSigned(b)
	if err != nil {
		return none, err
	}
	if a.cfg.Verify != nil {
		if err := a.cfg.Verify(signed); err != nil {
			return none, err
		}
	}
	s, err := signed.Read()
	if err != nil {
		return none, err
	}
	out, ok := s.(T)
	if !ok {
		return none, fault.New(fault.Refused, "statement.form", "a %s in the place of another kind", signed.Kind)
	}
	return out, nil
}

// heldBody is a hold in the ledger.
type heldBody struct {
	Hold      permit.ID `json:"hold"`
	Reason    string    `json:"reason,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Cameras   []string  `json:"cameras,omitempty"`
	From      int64     `json:"from,omitempty"`
	To        int64     `json:"to,omitempty"`
	Until     int64     `json:"until,omitempty"`
	Notice    permit.ID `json:"notice,omitempty"`
	Segments  int64     `json:"segments"`
	Why       string    `json:"why,omitempty"`
}

// enterHolds brings the database's holds to what the folder says, in one
// transaction. A hold that only the database knows is left in force: its file
// is missing, which is an alarm. ruling is held.
func (a *Archive) enterHolds(ctx context.Context) error {
	type row struct {
		ID, Notice string
		UntilUS    int64 `db:"until_us"`
		EndedUS    int64 `db:"ended_us"`
	}
	now := a.now()
	missing := ""
	err := a.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		missing = ""
		rows, err := db.All[row](ctx, tx, "SELECT id, notice, until_us, ended_us FROM hold")
		if err != nil {
			return err
		}
		have := map[permit.ID]row{}
		for _, r := range rows {
			have[permit.ID(r.ID)] = r
			if a.holds[permit.ID(r.ID)] == nil && r.EndedUS == 0 {
				missing = r.ID
				if r.UntilUS <= now {
					if err := a.enterEnd(ctx, tx, permit.ID(r.ID), now, "until"); err != nil {
						return err
					}
				}
			}
		}
		for _, id := range slices.Sorted(maps.Keys(a.holds)) {
			h := a.holds[id]
			r, known := have[id]
			switch {
			case !known:
				if err := a.enterHold(ctx, tx, h, now); err != nil {
					return err
				}
			case h.ended == 0 && (r.UntilUS != h.until() || r.Notice != noticeID(h)):
				if err := a.enterExtension(ctx, tx, h, now); err != nil {
					return err
				}
			}
			if h.ended != 0 && r.EndedUS == 0 {
				if err := a.enterEnd(ctx, tx, id, h.ended, h.why); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if missing != "" {
		a.alarm(AlarmHoldFile, "", missing+fileHold, true)
	}
	a.owed = false
	return nil
}

func noticeID(h *holding) string {
	if h.notice == nil {
		return ""
	}
	return string(h.notice.ID)
}

func (a *Archive) enterHold(ctx context.Context, tx *db.Tx, h *holding, now int64) error {
	from, to := h.hold.From.UnixMicro(), h.hold.To.UnixMicro()
	id := string(h.hold.ID)
	if _, err := tx.Exec(ctx, `INSERT INTO hold (id, controller, reason, reference, from_us, to_us, until_us, notice, set_us, ended_us, why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')`,
		id, h.hold.Controller, string(h.hold.Reason), h.hold.Reference, from, to, h.until(), noticeID(h), now); err != nil {
		return err
	}
	count := int64(0)
	for _, c := range slices.Compact(slices.Sorted(slices.Values(h.hold.Cameras))) {
		if _, err := tx.Exec(ctx, "INSERT INTO hold_camera (hold, camera) VALUES (?, ?)", id, c); err != nil {
			return err
		}
		rows, err := segmentRows(ctx, tx, c, from, to, true)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := insertHeld(ctx, tx, r.ID, h, r.HoldLimitUS); err != nil {
				return err
			}
			count++
		}
	}
	_, err := a.cfg.Ledger.Append(ctx, tx, segment.Time(now), "hold.set", heldBody{
		Hold: h.hold.ID, Reason: string(h.hold.Reason), Reference: h.hold.Reference, Cameras: h.hold.Cameras,
		From: from, To: to, Until: h.until(), Notice: permit.ID(noticeID(h)), Segments: count,
	})
	return err
}

func insertHeld(ctx context.Context, tx *db.Tx, id string, h *holding, limit int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO held_segment (segment, hold, until_us) VALUES (?, ?, ?)
		ON CONFLICT (segment, hold) DO UPDATE SET until_us = excluded.until_us`, id, string(h.hold.ID), h.keeps(limit))
	return err
}

func (a *Archive) enterExtension(ctx context.Context, tx *db.Tx, h *holding, now int64) error {
	id := string(h.hold.ID)
	if _, err := tx.Exec(ctx, "UPDATE hold SET until_us = ?, notice = ? WHERE id = ?", h.until(), noticeID(h), id); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE held_segment SET until_us = COALESCE((SELECT CASE WHEN hold_limit_us <> 0 AND hold_limit_us < CAST(? AS BIGINT)
			THEN hold_limit_us ELSE CAST(? AS BIGINT) END FROM segment WHERE segment.id = held_segment.segment), until_us) WHERE hold = ?`,
		h.until(), h.until(), id)
	if err != nil {
		return err
	}
	_, err = a.cfg.Ledger.Append(ctx, tx, segment.Time(now), "hold.extended", heldBody{
		Hold: h.hold.ID, Until: h.until(), Notice: permit.ID(noticeID(h)), Segments: n})
	return err
}

func (a *Archive) enterEnd(ctx context.Context, tx *db.Tx, id permit.ID, at int64, why string) error {
	if _, err := tx.Exec(ctx, "UPDATE hold SET ended_us = ?, why = ? WHERE id = ?", at, why, string(id)); err != nil {
		return err
	}
	n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM held_segment WHERE hold = ?", string(id))
	if err != nil {
		return err
	}
	_, err = a.cfg.Ledger.Append(ctx, tx, segment.Time(at), "hold.ended", heldBody{Hold: id, Segments: n, Why: why})
	return err
}
