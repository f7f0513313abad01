package archive

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// journalKept is how long the archive's journal is kept: longer than footage
// lives without a hold, and than a backup of the database may be old. It is
// what keeps a restored database from bringing back what was deleted.
const journalKept = 45 * 24 * time.Hour

// op is one record of the journal: what was decided on the disk and belongs
// into the database. A database names the last one that it has.
type op struct {
	Seq    int64        `json:"seq"`
	At     int64        `json:"at"`
	Op     string       `json:"op"`
	Camera string       `json:"camera,omitempty"`
	Hour   int64        `json:"hour,omitempty"`
	Class  permit.Class `json:"class,omitempty"`
	Rule   string       `json:"rule,omitempty"`
	Away   bool         `json:"away,omitempty"` // its intent is not in the ledger yet
	Files  []string     `json:"files,omitempty"`
	State  string       `json:"state,omitempty"`
	Cause  string       `json:"cause,omitempty"`
	Offset int64        `json:"offset,omitempty"`

	failed map[string]error // by file, of a deletion that was tried in this run
	tried  bool
}

// Kinds of an op.
const (
	opDelete = "delete" // Files of one camera, hour and class are condemned
	opErase  = "erase"  // a period's key is to be erased
	opNote   = "note"
	opClock  = "clock"
)

// journal is a folder of [durable.Journal], one for each UTC day, beside the
// footage and outside every database.
type journal struct {
	fs  durable.FS
	dir string

	mu      sync.Mutex
	file    *durable.Journal
	day     string
	seq     int64
	entered int64 // the database has all up to here
	loaded  bool  // tail holds all that is not entered
	tail    []*op
}

const (
	journalSuffix = ".journal"
	reserveName   = "reserve"
	reserveSize   = 256 << 10
)

func openJournal(fs durable.FS, dir string, now int64) (j *journal, err error) {
	defer fault.Wrap(&err, "journal(%s)", dir)
	if err := fs.MkdirAll(dir, 0o700); err != nil && !fault.Is(err, fault.Exhausted) {
		return nil, err
	}
	j = &journal{fs: fs, dir: dir}
	days, err := j.days()
	if err != nil {
		return nil, err
	}
	for len(days) > 0 && days[0] < segment.Day(now-journalKept.Microseconds()) {
		if err := fs.Remove(filepath.Join(dir, days[0]+journalSuffix)); err != nil {
			return nil, err
		}
		days = days[1:]
	}
	for _, day := range slices.Backward(days) {
		ops, err := j.read(day)
		if err != nil {
			return nil, err
		}
		if n := len(ops); n > 0 {
			j.seq = ops[n-1].Seq
			break
		}
	}
	j.reserve()
	return j, nil
}

func (j *journal) days() ([]string, error) {
	entries, err := j.fs.ReadDir(j.dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if day, ok := strings.CutSuffix(e.Name(), journalSuffix); ok && len(day) == 8 {
			out = append(out, day)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (j *journal) read(day string) (ops []*op, err error) {
	file, err := durable.OpenJournal(j.fs, filepath.Join(j.dir, day+journalSuffix))
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	err = file.Replay(func(rec []byte) error {
		o := new(op)
		if err := json.Unmarshal(rec, o); err != nil {
			return fault.As(fault.Corrupt, "journal.corrupt", err)
		}
		ops = append(ops, o)
		return nil
	})
	return ops, err
}

// reserve keeps some room on the disk, so that a full one does not keep a
// deletion, which would free it, from being written down.
func (j *journal) reserve() {
	name := filepath.Join(j.dir, reserveName)
	if info, err := j.fs.Stat(name); err == nil && info.Size() >= reserveSize {
		return
	}
	file, err := j.fs.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return // best effort, tried again with the next record
	}
	_, err = file.Write(make([]byte, reserveSize))
	if e := errors.Join(err, file.Close()); e != nil {
		_ = j.fs.Remove(name) // a part of it helps nobody
	}
}

// add writes ops down; they are durable when it returns nil. Whatever it
// returns, they wait in memory for the database.
func (j *journal) add(ops ...*op) error {
	if len(ops) == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	recs := make([][]byte, len(ops))
	for i, o := range ops {
		// Numbers follow the trusted clock, so that they rise even past one that
		// a failed write has used and the database has seen.
		j.seq = max(j.seq+1, o.At)
		o.Seq = j.seq
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		recs[i] = b
	}
	if j.loaded {
		j.tail = append(j.tail, ops...)
	}
	err := j.write(segment.Day(ops[0].At), recs)
	if fault.Is(err, fault.Exhausted) {
		if j.fs.Remove(filepath.Join(j.dir, reserveName)) == nil {
			err = j.write(segment.Day(ops[0].At), recs)
		}
	} else if err == nil {
		j.reserve()
	}
	return err
}

func (j *journal) write(day string, recs [][]byte) (err error) {
	if j.file == nil || day > j.day {
		if j.file != nil {
			_ = j.file.Close() // every append was durable
			j.file = nil
		}
		if j.file, err = durable.OpenJournal(j.fs, filepath.Join(j.dir, day+journalSuffix)); err != nil {
			j.file = nil
			return err
		}
		j.day = day
	}
	return j.file.AppendAll(recs)
}

// load reads what a database that has all up to entered does not have.
func (j *journal) load(entered int64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.loaded && j.entered == entered {
		return nil
	}
	unwritten := j.tail
	days, err := j.days()
	if err != nil {
		return err
	}
	var tail []*op
	for _, day := range slices.Backward(days) {
		ops, err := j.read(day)
		if err != nil {
			return err
		}
		tail = append(ops, tail...)
		if len(ops) > 0 && ops[0].Seq <= entered {
			break
		}
	}
	for _, o := range unwritten {
		if !slices.ContainsFunc(tail, func(t *op) bool { return t.Seq == o.Seq }) {
			tail = append(tail, o)
		}
	}
	slices.SortStableFunc(tail, func(x, y *op) int { return cmp.Compare(x.Seq, y.Seq) })
	j.tail = slices.DeleteFunc(tail, func(o *op) bool { return o.Seq <= entered })
	j.entered, j.loaded = entered, true
	// A database that knows more than the journal belongs to a journal that
	// was lost: numbers go on from its own.
	j.seq = max(j.seq, entered)
	return nil
}

// waiting is the oldest ops that are not entered, at most n.
func (j *journal) waiting(n int) []*op {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.tail[:min(n, len(j.tail))])
}

// entered says that the database has the oldest n.
func (j *journal) drop(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entered = j.tail[n-1].Seq
	j.tail = slices.Clone(j.tail[n:])
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		_ = j.file.Close() // every append was durable
		j.file = nil
	}
}
