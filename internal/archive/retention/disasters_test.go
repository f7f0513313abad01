package retention_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/keys"
)

func (w *world) attackWall(c choose) {
	w.synced = false
	d := time.Duration(c("jump", -60*24, 60*24)) * time.Hour
	if c("small", 0, 2) == 0 {
		d = time.Duration(c("minutes", -10, 10)) * time.Minute
	}
	w.say("the wall clock is set by %v", d)
	w.fake.SetWall(w.fake.Now().Add(d))
}

func (w *world) rightWall(c choose) {
	w.say("the wall clock is right")
	w.fake.SetWall(w.real())
	w.synced = c("synced", 0, 3) > 0
}

func (w *world) reboot(c choose) {
	down := time.Duration(c("minutes down", 1, 600)) * time.Minute
	w.say("rebooted, %v down", down)
	w.stop()
	w.fake.Advance(down)
	w.fake.Reboot()
	w.restart(false)
}

// cutPower cuts the power before the n-th step of something.
func (w *world) cutPower(c choose) {
	n := c("step", 0, 60)
	what := c("doing", 0, 3)
	w.say("the power is cut before step %d of %d", n, what)
	camera := w.camera(c)
	if what == 1 {
		w.advance(time.Duration(c("hours", 1, 90)) * time.Hour)
		w.check()
	}
	w.disk.CrashAfter(n)
	w.armed = true
	w.last = time.Time{}
	switch what {
	case 0:
		w.record(camera, 8*time.Second)
	case 1:
		_, err := w.a.Sweep(context.Background())
		w.say("sweep: %v", err)
	case 2:
		w.hold(c)
	case 3:
		w.release(c)
	}
	w.armed = false
	w.crash(true)
	w.restart(false)
}

// database takes a backup, restores one, or loses the database.
func (w *world) database(c choose) {
	name := filepath.Join(w.dir, "archive.db")
	w.stop()
	switch n := c("database", 0, 3); {
	case n == 0 || len(w.backup) == 0:
		to := filepath.Join(w.dir, fmt.Sprintf("backup-%d.db", len(w.backup)))
		if w.plant.oldKeys {
			b, err := durable.ReadFile(w.disk, "/keys/"+keys.FileName)
			w.must("keys", err)
			w.must("keys", os.WriteFile(to+".keys", b, 0o600))
		}
		if w.plant.oldFootage {
			w.copied[to] = map[string][]byte{}
			for _, name := range w.files() {
				b, err := durable.ReadFile(w.disk, name)
				w.must("footage", err)
				w.copied[to][name] = b
			}
		}
		w.say("database backed up: %s", filepath.Base(to))
		w.must("backup", copyFile(name, to))
		w.backup = append(w.backup, to)
	case n == 3:
		w.say("database lost")
		w.must("lose", os.Remove(name))
		w.dropped("")
	default:
		from := w.backup[c("backup", 0, len(w.backup)-1)]
		w.say("database restored: %s", filepath.Base(from))
		w.must("restore", copyFile(from, name))
		w.dropped(from)
	}
	_, _ = os.Stat(name)
	for _, rest := range []string{"-wal", "-shm"} {
		_ = os.Remove(name + rest)
	}
	w.restart(false)
}

// dropped plants the faults that a restore or a loss may bring.
func (w *world) dropped(backup string) {
	for name, b := range w.copied[backup] {
		w.must("footage", durable.WriteFile(w.disk, name, b, 0o600))
	}
	if w.plant.forgetHolds {
		w.removeAll("/archive/holds")
	}
	if w.plant.emptyWipes && backup == "" {
		for _, name := range w.files() {
			w.must("remove", w.disk.Remove(name))
		}
	}
	if w.plant.oldKeys && backup != "" {
		b, err := os.ReadFile(backup + ".keys")
		w.must("keys", err)
		w.must("keys", durable.WriteFile(w.disk, "/keys/"+keys.FileName, b, 0o600))
	}
}

func (w *world) removeAll(dir string) {
	entries, err := w.disk.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		w.must("remove", w.disk.Remove(filepath.Join(dir, e.Name())))
	}
	w.must("sync", w.disk.SyncDir(dir))
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// diskFault lets the disk fail under something.
func (w *world) diskFault(c choose) {
	camera := w.camera(c)
	what := c("fault", 0, 4)
	n := c("n", 1, 40)
	w.say("disk fault %d at %d", what, n)
	if c("later", 0, 1) == 1 {
		w.advance(time.Duration(c("hours", 1, 60)) * time.Hour)
	}
	switch what {
	case 0:
		w.faulty.FailNth(durabletest.OpAny, n, syscall.EIO)
	case 1:
		w.faulty.FailFrom(durabletest.OpAny, n, syscall.EIO)
	case 2:
		w.faulty.SetFull(true)
		if w.plant.fullDeletes {
			for _, name := range w.files() {
				w.must("remove", w.disk.Remove(name))
				break
			}
		}
	case 3:
		w.faulty.SetReadOnly(true)
	case 4:
		w.faulty.FailFrom(durabletest.OpRemove, 1, syscall.EIO)
	}
	switch c("doing", 0, 2) {
	case 0:
		w.record(camera, 8*time.Second)
	case 1:
		_, err := w.a.Sweep(context.Background())
		w.say("sweep: %v", err)
	case 2:
		w.hold(c)
	}
	w.faulty.Heal()
	w.must("settle", w.settle())
}

// together lets two sweeps, a hold and a release run at the same time.
func (w *world) together(c choose) {
	w.advance(time.Duration(c("hours", 0, 48)) * time.Hour)
	w.say("two sweeps and a hold together")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { _, _ = w.a.Sweep(context.Background()) })
	}
	w.hold(c)
	wg.Wait()
}

// withoutDatabase lets the engine run for a while with the database away.
func (w *world) withoutDatabase(c choose) {
	w.say("the database goes away")
	w.stop()
	w.restart(true)
	for range c("things", 1, 4) {
		switch c("away", 0, 2) {
		case 0:
			w.record(w.camera(c), 8*time.Second)
		case 1:
			w.pass(time.Duration(c("hours", 1, 90)) * time.Hour)
		case 2:
			w.hold(c)
		}
	}
	w.say("the database is back")
	w.stop()
	w.restart(false)
	w.must("settle", w.settle())
	for _, s := range w.later {
		if w.now().Before(s.start.Add(min(s.keep, 30*day-12*time.Hour))) {
			w.keep(s)
		}
	}
	w.later = nil
}
