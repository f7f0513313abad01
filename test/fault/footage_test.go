package fault_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/keys"
)

// saysNumber is what each picture of a test camera carries.
var saysNumber = regexp.MustCompile(`vidne test camervidne (\d+) `)

// pictures reads the numbers of all pictures of a camera that lie in an
// engine's folder, past the engine, its index and its recovery: file by file,
// every byte checked.
func (r *rig) pictures(c camera) []int64 {
	r.t.Helper()
	master, err := keys.MasterFromFile(filepath.Join(filepath.Dir(r.conf), "master.key"))
	must(r.t, err)
	store, err := keys.Open(durable.OS(), filepath.Join(r.dir, "keys"), master)
	must(r.t, err)
	defer store.Close()
	var out []int64
	days, err := filepath.Glob(filepath.Join(r.dir, "archive", c.name, "*", "*"))
	must(r.t, err)
	for _, name := range days {
		switch {
		case strings.HasSuffix(name, ".vseg"):
			out = append(out, numbersIn(r.t, name, store)...)
		default:
			r.t.Errorf("%s is left after the engine ended", name)
		}
	}
	slices.Sort(out)
	return out
}

func numbersIn(t *testing.T, name string, store *keys.Store) (out []int64) {
	t.Helper()
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	var open *segment.Opener
	c, err := segment.Check(f, info.Size(), func(h *segment.Header) (*segment.Opener, error) {
		kek, err := store.Lookup(keys.Period{Camera: h.Camera, Hour: h.Hour, Class: h.Class})
		if err != nil {
			return nil, err
		}
		dek, err := keys.Unwrap(kek, h.Wrapped[:], h.WrapAAD())
		if err != nil {
			return nil, err
		}
		open, err = segment.NewOpener(h, dek)
		return open, err
	})
	if err != nil {
		t.Errorf("%s cannot be read: %v", name, err)
		return nil
	}
	for _, e := range c.Footer.Table {
		plain, err := open.Read(f, e, nil)
		must(t, err)
		for _, m := range saysNumber.FindAllSubmatch(plain, -1) {
			n, err := strconv.ParseInt(string(m[1]), 10, 64)
			must(t, err)
			out = append(out, n)
		}
	}
	return out
}

// life is one run of an engine, from its start to its end.
type life struct {
	from, to time.Time
	killed   bool
	cut      map[string]bool // cameras that were stopped in it: not judged
}

// slack is for a machine that is busy with the test itself.
const slack = 700 * time.Millisecond

// again is within what recording goes on after a start. Five engines share a
// machine that others may use as well, so one run in twenty may be late, and
// none three times that; runs under a tracer are not timed at all.
const again = 5 * time.Second

// judge compares what was recorded of a camera with what it sent, life by life:
// recording begins within five seconds of the start, has no hole, and a kill
// loses at most two seconds and one interval of key frames.
func (r *rig) judge(c camera, lives []life) {
	r.t.Helper()
	have := r.pictures(c)
	at := map[int64]time.Time{}
	var first int64 = -1
	for _, s := range c.Log() {
		at[s.Number] = s.Time
		if first < 0 {
			first = s.Number
		}
	}
	if len(slices.Compact(slices.Clone(have))) != len(have) {
		r.t.Errorf("%s: a picture was recorded twice", c.name)
	}
	lost := 2*time.Second + c.gop + slack
	recorded, late, worst, slowest := 0, 0, time.Duration(0), time.Duration(0)
	for i, l := range lives {
		if l.cut[c.name] {
			continue
		}
		var in []int64
		for _, n := range have {
			if t, ok := at[n]; ok && t.After(l.from) && t.Before(l.to) {
				in = append(in, n)
			}
		}
		if len(in) == 0 {
			if l.to.Sub(l.from) > 5*time.Second+lost {
				r.t.Errorf("%s: run %d of %v recorded nothing", c.name, i, l.to.Sub(l.from))
			}
			continue
		}
		recorded++
		began := at[in[0]].Sub(l.from)
		slowest = max(slowest, began)
		if began > again+slack {
			late++
			r.t.Logf("%s: run %d recorded again only after %v", c.name, i, began)
		}
		if want := in[len(in)-1] - in[0] + 1; int64(len(in)) != want {
			r.t.Errorf("%s: run %d has %d of %d pictures", c.name, i, len(in), want)
		}
		gone := l.to.Sub(at[in[len(in)-1]])
		worst = max(worst, gone)
		if gone > lost {
			r.t.Errorf("%s: run %d lost %v before its end (killed: %v)", c.name, i, gone, l.killed)
		}
	}
	r.t.Logf("%s: %d pictures in %d of %d runs; at worst %v were lost, and it began after %v", c.name, len(have), recorded, len(lives),
		worst.Round(time.Millisecond), slowest.Round(time.Millisecond))
	if len(have) == 0 {
		r.t.Errorf("%s: nothing was recorded at all", c.name)
	}
	if !r.traced && (late*20 > recorded || slowest > 3*again) {
		r.t.Errorf("%s: %d of %d runs recorded again only after more than %v, the slowest after %v", c.name, late, recorded, again, slowest)
	}
}
