package clock

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// How far the trusted clock lets itself be moved by nobody's word but the
// machine's own clock.
const (
	// LargestStep is how far ahead of the monotonic clock the wall may come,
	// in all, before a second source is asked.
	LargestStep = 10 * time.Minute
	// drift is what an honest clock is allowed to go wrong, as a fraction:
	// 500 parts in a million is the most that Linux slews (adjtimex(2)).
	drift = 500e-6
	// slowest is how much the trusted clock falls behind the monotonic one
	// while it waits for a wall that was set back: it never stands still.
	slowest = 1e-3
	// saveEvery is how often the mark is saved.
	saveEvery = time.Minute
)

// earliest is before every possible installation: a first start that shows
// less has no clock at all.
var earliest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Anchor is the mark that the trusted clock leaves behind, so that a restart
// does not begin from nothing.
type Anchor struct {
	// High is the trusted time when the mark was made. Zero: never.
	High time.Time `json:"high"`
	// Boot is the kernel's id of that boot, BootMono the time since it began.
	Boot     string        `json:"boot"`
	BootMono time.Duration `json:"boot_mono"`
	// Ahead is by how much the wall, confirmed by nobody, has moved the trusted
	// clock ahead of the monotonic one; negative: behind.
	Ahead time.Duration `json:"ahead"`
	// HeldSince is since when a jump was being held; zero: none was.
	HeldSince time.Time `json:"held_since"`
}

// Keeper keeps the mark where it survives a power cut. Load returns the zero
// Anchor when there was never one. An error of Load keeps the clock from
// being made: without its mark it could be led backwards.
type Keeper interface {
	Load() (Anchor, error)
	Save(Anchor) error
}

// Booter is a clock that knows the machine's boot: an id that changes with
// each, and the time since it began, suspension included.
type Booter interface {
	// BootID is empty where the machine does not tell.
	BootID() string
	BootTime() time.Duration
}

// Trusted is the clock that the law is counted on. It follows the machine's
// wall clock as long as that is plausible:
//
//   - It never goes backwards, nor stands still. When the wall is set back it
//     goes on by the monotonic clock, a thousandth slower, until they meet.
//   - A wall that comes more than [LargestStep] ahead of the monotonic clock
//     is held: the trusted clock goes on by the monotonic one until a time
//     server steers the kernel's clock again, or two people confirm. Many
//     small steps count together.
//   - The same holds across a restart in one boot. Across a reboot the time
//     in between is unknown, and a wall more than that step ahead of the mark
//     is held likewise.
//
// The mark is saved every minute, when the clock was moved by more than a
// second, and at Close. A process that is killed in between begins where the
// mark says, so across a kill, and only then, the clock can come back behind
// what it told last, by at most what it was moved since.
type Trusted struct {
	c      Clock
	boot   Booter // nil where the boot is not known
	bootID string
	keeper Keeper
	synced func() bool
	jumped func(detail string)
	stop   chan struct{}
	done   chan struct{}
	soon   chan struct{} // the clock was moved: save the mark now

	mu       sync.Mutex
	last     time.Time     // what was told last
	lastMono time.Duration // when
	ahead    time.Duration // see Anchor
	held     bool
	since    time.Time     // trusted time when holding began
	back     bool          // the wall is far behind; said already
	off      time.Duration // wall minus trusted, when last looked
}

// NewTrusted makes a trusted clock over c. synced says whether a time server
// steers the machine's clock (see [KernelSynced]); jumped is told, from any
// goroutine, of each jump that is held and each step back of more than
// [LargestStep]. Close it, to save the mark and end the saving every minute.
func NewTrusted(c Clock, k Keeper, synced func() bool, jumped func(detail string)) (*Trusted, error) {
	mark, err := k.Load()
	if err != nil {
		return nil, fmt.Errorf("clock: the saved mark: %w", err)
	}
	t := &Trusted{c: c, keeper: k, synced: synced, jumped: jumped,
		stop: make(chan struct{}), done: make(chan struct{}), soon: make(chan struct{}, 1)}
	if b, ok := c.(Booter); ok {
		if t.bootID = b.BootID(); t.bootID != "" {
			t.boot = b
		}
	}
	t.begin(mark)
	t.Now()
	if err := t.Save(); err != nil {
		// Not fatal: a full disk must not keep footage from being recorded.
		t.tell("the clock's mark cannot be saved: " + err.Error())
	}
	go t.saving()
	return t, nil
}

// begin puts the clock where the mark says that it must be by now.
func (t *Trusted) begin(mark Anchor) {
	t.lastMono = t.elapsed()
	if mark.High.IsZero() {
		t.last = t.c.Now()
		return
	}
	t.last, t.ahead, t.since = mark.High.UTC(), mark.Ahead, mark.HeldSince.UTC()
	if t.boot != nil && mark.Boot == t.bootID && t.lastMono > mark.BootMono {
		t.last = t.last.Add(t.lastMono - mark.BootMono)
	}
}

// elapsed is monotonic time, suspension included where the clock knows it.
func (t *Trusted) elapsed() time.Duration {
	if t.boot != nil {
		return t.boot.BootTime()
	}
	return t.c.Mono()
}

// Now is the trusted time.
func (t *Trusted) Now() time.Time {
	t.mu.Lock()
	say := t.step()
	now := t.last
	t.mu.Unlock()
	t.tell(say)
	return now
}

// read reads both clocks at the same moment, as nearly as it can be had: a
// process that is stopped between the two would see a jump that was none. The
// wall comes first, so that a machine that is suspended between the two sees a
// wall that is behind, and never one that leapt.
func (t *Trusted) read() (wall time.Time, mono time.Duration) {
	for {
		before := t.c.Mono() // which asks the kernel nothing, as the time since boot does
		wall, mono = t.c.Now(), t.elapsed()
		if t.c.Mono()-before < time.Second/10 {
			return wall, mono
		}
	}
}

// step moves the clock to the present. What it returns is to be told.
func (t *Trusted) step() (say string) {
	wall, mono := t.read()
	passed := max(0, mono-t.lastMono)
	t.lastMono = mono
	byMono := t.last.Add(passed)
	lead := wall.Sub(byMono)
	t.off = lead

	// An honest pair of clocks drifts apart: forget as much.
	if forget := time.Duration(float64(passed) * drift); t.ahead > 0 {
		t.ahead = max(0, t.ahead-forget)
	} else {
		t.ahead = min(0, t.ahead+forget)
	}

	unset := byMono.Before(earliest) // the first start, on a machine without a clock
	switch {
	case lead > 0 && (unset || t.ahead+lead > LargestStep) && t.synced():
		t.accept(wall)
		return ""
	case unset || lead > 0 && t.ahead+lead > LargestStep:
		say = t.hold(byMono, wall)
		t.last = byMono
		return say
	}
	// The wall, but never slower than nearly monotonic.
	t.last = later(wall, byMono.Add(-time.Duration(float64(passed)*slowest)))
	t.ahead += t.last.Sub(byMono)
	if lead > time.Second {
		t.saveSoon()
	}
	t.held, t.since = false, time.Time{}
	if far := -lead > LargestStep; far != t.back {
		if t.back = far; far {
			say = fmt.Sprintf("the clock was set back by %v, to %s", (-lead).Round(time.Second), wall.Format(time.RFC3339))
		}
	}
	return say
}

// accept takes the wall's word. It is not before the trusted clock.
func (t *Trusted) accept(wall time.Time) {
	t.last, t.ahead, t.held, t.since, t.back, t.off = wall, 0, false, time.Time{}, false, 0
	t.saveSoon()
}

func (t *Trusted) saveSoon() {
	select {
	case t.soon <- struct{}{}:
	default: // it is about to
	}
}

// hold holds the wall, and says so the first time.
func (t *Trusted) hold(byMono, wall time.Time) string {
	t.back = false
	if t.held {
		return ""
	}
	t.held = true
	if t.since.IsZero() { // else held since before a restart
		t.since = byMono
	}
	if byMono.Before(earliest) {
		return "the machine does not know what time it is: it shows " + wall.Format(time.RFC3339)
	}
	return fmt.Sprintf("the clock jumped ahead by %v: it shows %s, by the monotonic clock it is %s",
		wall.Sub(byMono).Round(time.Second), wall.Format(time.RFC3339), byMono.Format(time.RFC3339))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (t *Trusted) tell(say string) {
	if say != "" && t.jumped != nil {
		t.jumped(say)
	}
}

// Mono is the machine's monotonic clock.
func (t *Trusted) Mono() time.Duration { return t.c.Mono() }

// NewTimer counts monotonic time.
func (t *Trusted) NewTimer(d time.Duration) Timer { return t.c.NewTimer(d) }

// State says whether a jump is held, since when by the trusted clock, and
// whether a time server steers the machine's clock.
func (t *Trusted) State() (held bool, since time.Time, synced bool) {
	t.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held, t.since, t.synced()
}

// Confirm accepts the machine's wall clock on the word of people who say that
// the time is wall. It is fault.Conflict "clock.confirm" when the machine
// shows something else by more than [LargestStep], and "clock.backwards" when
// the trusted clock is past it.
func (t *Trusted) Confirm(wall time.Time) error {
	t.mu.Lock()
	say, err := t.confirm(wall)
	t.mu.Unlock()
	t.tell(say)
	return err
}

func (t *Trusted) confirm(wall time.Time) (say string, err error) {
	shows := t.c.Now()
	if off := shows.Sub(wall).Abs(); off > LargestStep {
		return "", fault.New(fault.Conflict, "clock.confirm", "the machine shows %s, %v from what was confirmed",
			shows.Format(time.RFC3339), off)
	}
	say = t.step()
	if t.last.Sub(wall) > LargestStep {
		return say, fault.New(fault.Conflict, "clock.backwards", "the trusted clock is at %s and never goes back",
			t.last.Format(time.RFC3339))
	}
	t.accept(later(t.last, shows))
	return "", nil
}

// Off is how far the machine's wall clock is ahead of the trusted one;
// negative: behind.
func (t *Trusted) Off() time.Duration {
	t.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.off
}

// Save saves the mark now.
func (t *Trusted) Save() error {
	t.Now()
	t.mu.Lock()
	mark := Anchor{High: t.last, Boot: t.bootID, Ahead: t.ahead}
	if t.boot != nil {
		mark.BootMono = t.lastMono
	}
	if t.held {
		mark.HeldSince = t.since
	}
	t.mu.Unlock()
	return t.keeper.Save(mark)
}

func (t *Trusted) saving() {
	defer close(t.done)
	timer := t.c.NewTimer(saveEvery)
	defer timer.Stop()
	failed := false
	for {
		select {
		case <-t.stop:
			return
		case <-t.soon:
		case <-timer.C():
		}
		err := t.Save()
		if err != nil && !failed {
			t.tell("the clock's mark cannot be saved: " + err.Error())
		}
		failed = err != nil
		timer.Reset(saveEvery)
	}
}

// Close saves the mark and ends the saving. The clock goes on telling time.
func (t *Trusted) Close() error {
	t.mu.Lock()
	select {
	case <-t.stop:
		t.mu.Unlock()
		return errors.New("clock: closed twice")
	default:
	}
	close(t.stop)
	t.mu.Unlock()
	<-t.done
	return t.Save()
}
