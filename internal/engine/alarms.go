package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
)

// keptAlarms is how long an alarm that ended is kept.
const keptAlarms = 31 * 24 * time.Hour

// patience is how long a camera may be in trouble before that is an alarm: it
// may only be starting again.
const patience = time.Minute

// alarmBook is the alarms with begin and end, in memory, and on their way to
// the database.
type alarmBook struct {
	mu    sync.Mutex
	open  map[[2]string]*engineapi.Alarm
	ended []*engineapi.Alarm // of the last day
	dirty map[string]*engineapi.Alarm
	early map[[2]string]early // in trouble, not yet an alarm
}

type early struct {
	since  time.Time
	detail string
}

func (b *alarmBook) begin() {
	b.open, b.dirty, b.early = map[[2]string]*engineapi.Alarm{}, map[string]*engineapi.Alarm{}, map[[2]string]early{}
}

// grave alarms are about the law, not about a camera that is away.
func grave(key string) bool {
	switch key {
	case archive.AlarmLate, archive.AlarmUnlink, archive.AlarmErase, archive.AlarmForeign, archive.AlarmProof, archive.AlarmHoldFile,
		archive.AlarmCorrupt, "clock.jump", "lease.silent", "ledger.lost", "ledger.corrupt", "statement.stored", "sweep.failed":
		return true
	}
	return false
}

// alarm begins or ends an alarm; the same again changes nothing.
func (e *Engine) alarm(key, camera, detail string, on bool) {
	now := e.clk.Now()
	b := &e.alarms
	b.mu.Lock()
	k := [2]string{key, camera}
	a := b.open[k]
	if on == (a != nil) {
		b.mu.Unlock()
		return
	}
	if on {
		a = &engineapi.Alarm{ID: string(permit.NewID()), Key: key, Camera: camera, Since: now, Detail: clip(detail, 300), Grave: grave(key)}
		b.open[k] = a
	} else {
		delete(b.open, k)
		a.Until = now
		b.ended = append(b.ended, a)
		b.ended = slices.DeleteFunc(b.ended, func(o *engineapi.Alarm) bool { return now.Sub(o.Until) > 24*time.Hour })
	}
	b.dirty[a.ID] = a
	told := *a
	b.mu.Unlock()
	e.log.Warn("alarm", "key", key, "camera", camera, "on", on, "detail", detail)
	if e.cfg.Notify != nil {
		e.cfg.Notify(told)
	}
	e.poke()
}

func (e *Engine) archiveAlarm(key, camera, detail string, on bool) { e.alarm(key, camera, detail, on) }

// clockJumped is told by the trusted clock, which may not be asked back; the
// alarm comes from the next look at it.
func (e *Engine) clockJumped(detail string) {
	e.log.Error("the clock jumped", "detail", detail)
}

// cameraAlarm begins an alarm for a camera that should record and does not,
// after a while, and ends it when it does or need not any more.
func (e *Engine) cameraAlarm(camera string, state engineapi.State, cause engineapi.Cause) {
	b := &e.alarms
	k := [2]string{"camera.lost", camera}
	switch state {
	case engineapi.StateLost, engineapi.StateRefused, engineapi.StateDisk, engineapi.StateNoConfig:
		b.mu.Lock()
		if was, ok := b.early[k]; ok {
			b.early[k] = early{was.since, string(cause)}
		} else {
			b.early[k] = early{e.clk.Now(), string(cause)}
		}
		b.mu.Unlock()
	case engineapi.StateConnecting:
		// Dialling again is no end of it.
	default:
		b.mu.Lock()
		delete(b.early, k)
		b.mu.Unlock()
		e.alarm(k[0], camera, "", false)
	}
}

// ripen makes alarms of trouble that lasts.
func (e *Engine) ripen(now time.Time) {
	b := &e.alarms
	b.mu.Lock()
	ripe := map[[2]string]string{}
	for k, v := range b.early {
		if now.Sub(v.since) >= patience {
			ripe[k] = v.detail
		}
	}
	b.mu.Unlock()
	for k, detail := range ripe {
		e.alarm(k[0], k[1], detail, true)
	}
}

// list is the open alarms and those that ended within a day, grave and open
// ones first.
func (b *alarmBook) list() []engineapi.Alarm {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]engineapi.Alarm, 0, len(b.open)+len(b.ended))
	for _, a := range b.open {
		out = append(out, *a)
	}
	for _, a := range b.ended {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(x, y engineapi.Alarm) int {
		if x.Until.IsZero() != y.Until.IsZero() {
			if x.Until.IsZero() {
				return -1
			}
			return 1
		}
		if x.Grave != y.Grave {
			if x.Grave {
				return -1
			}
			return 1
		}
		return cmp.Or(y.Since.Compare(x.Since), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// save enters what changed; called with the journals.
func (b *alarmBook) save(ctx context.Context, e *Engine) error {
	b.mu.Lock()
	var changed []engineapi.Alarm
	for _, a := range b.dirty {
		changed = append(changed, *a)
	}
	b.mu.Unlock()
	if len(changed) == 0 {
		return nil
	}
	err := e.write(ctx, func(tx *db.Tx) error {
		for _, a := range changed {
			if _, err := tx.Exec(ctx, `INSERT INTO engine_alarm (id, name, camera, since_us, until_us, detail, grave) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET until_us = excluded.until_us`,
				a.ID, a.Key, a.Camera, db.Micros(a.Since), microsOrZero(a.Until), a.Detail, boolean(a.Grave)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "DELETE FROM engine_alarm WHERE until_us > 0 AND until_us < ?", db.Micros(e.clk.Now().Add(-keptAlarms)))
		return err
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range changed {
		if d := b.dirty[a.ID]; d != nil && d.Until.Equal(a.Until) {
			delete(b.dirty, a.ID)
		}
	}
	return nil
}

// endStale ends in the database what the last run left open: what still is so
// has been raised anew.
func (e *Engine) endStale(ctx context.Context) error {
	return e.write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE engine_alarm SET until_us = ? WHERE until_us = 0 AND since_us < ?", db.Micros(e.started), db.Micros(e.started))
		return err
	})
}

type alarmRow struct {
	ID, Name, Camera, Detail string
	SinceUS                  int64 `db:"since_us"`
	UntilUS                  int64 `db:"until_us"`
	Grave                    int64
}

// Alarms lists the alarms that stood at some time of the interval, newest first.
func (e *Engine) Alarms(ctx context.Context, from, to time.Time) ([]engineapi.Alarm, error) {
	if err := e.migrate(ctx); err != nil {
		return nil, err
	}
	out := []engineapi.Alarm{}
	seen := map[string]bool{}
	for _, a := range e.alarms.list() {
		if a.Since.Before(to) && (a.Until.IsZero() || a.Until.After(from)) {
			out = append(out, a)
			seen[a.ID] = true
		}
	}
	err := e.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[alarmRow](ctx, tx, `SELECT id, name, camera, detail, since_us, until_us, grave FROM engine_alarm
			WHERE since_us < ? AND (until_us = 0 OR until_us > ?)`, db.Micros(to), db.Micros(from))
		for _, r := range rows {
			if seen[r.ID] {
				continue
			}
			a := engineapi.Alarm{ID: r.ID, Key: r.Name, Camera: r.Camera, Detail: r.Detail, Since: db.Time(r.SinceUS), Grave: r.Grave != 0}
			if r.UntilUS > 0 {
				a.Until = db.Time(r.UntilUS)
			}
			out = append(out, a)
		}
		return err
	})
	slices.SortFunc(out, func(x, y engineapi.Alarm) int { return y.Since.Compare(x.Since) })
	return out, err
}

func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
