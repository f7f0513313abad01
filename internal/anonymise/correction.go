package anonymise

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Act is what a correction does.
type Act string

// The acts. Fragment names whom they are about.
const (
	Judge Act = "judge" // Verdict
	Draw  Act = "draw"  // a new fragment Fragment from Frame to To (the last picture), standing at Box
	Move  Act = "move"  // the person is at Box in picture Frame, which may lie before or after the fragment
	Clear Act = "clear" // the key in picture Frame is taken away; the last one cannot be
	Split Act = "split" // from picture Frame on it is another: the rest becomes the fragment [SplitID]
	Join  Act = "join"  // the fragment With goes on where this ends, and becomes one with it
)

// maxCorrections bounds the work of one copy.
const maxCorrections = 100_000

// Correction is one thing that a person changed. The list is the work: it is
// saved as it grows, and undone by taking away its last.
type Correction struct {
	Act      Act     `json:"act"`
	Fragment string  `json:"fragment"`
	With     string  `json:"with,omitempty"`
	Frame    int     `json:"frame,omitempty"`
	To       int     `json:"to,omitempty"`
	Box      *Box    `json:"box,omitempty"`
	Verdict  Verdict `json:"verdict,omitempty"`
	// By and At say who did it and when; nothing here reads them.
	By string    `json:"by,omitempty"`
	At time.Time `json:"at,omitzero"`
}

// SplitID names what comes of a fragment from a picture on.
func SplitID(fragment string, frame int) string { return fragment + "/" + strconv.Itoa(frame) }

// Fragments are the findings' with every correction carried out, by when they
// begin. A correction that cannot be is fault.Invalid.
func (p *Project) Fragments() ([]Fragment, error) {
	if len(p.Corrections) > maxCorrections {
		return nil, fault.New(fault.Invalid, "anonymise.corrections", "%d corrections", len(p.Corrections))
	}
	b := bench{frames: p.Findings.Frames(), all: map[string]*Fragment{}}
	for _, f := range p.Findings.Fragments {
		f.Keys = slices.Clone(f.Keys)
		b.all[f.ID] = &f
	}
	for i, c := range p.Corrections {
		if err := b.correct(c); err != nil {
			return nil, fault.New(fault.Invalid, "anonymise.correction", "correction %d (%s of %q): %v", i, c.Act, c.Fragment, err)
		}
	}
	out := make([]Fragment, 0, len(b.all))
	for _, f := range b.all {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Fragment) int { return cmp.Or(a.From()-b.From(), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// bench is where corrections are carried out.
type bench struct {
	frames int
	all    map[string]*Fragment
}

func refused(what string) error { return fault.New(fault.Invalid, "anonymise.correction", "%s", what) }

func (b *bench) correct(c Correction) error {
	if c.Frame < 0 || c.Frame >= b.frames {
		return refused("no such picture")
	}
	if (c.Act == Draw || c.Act == Move) && (c.Box == nil || !c.Box.sane()) {
		return refused("no box")
	}
	f := b.all[c.Fragment]
	if c.Act == Draw {
		return b.draw(f, c)
	}
	if f == nil {
		return refused("no such fragment")
	}
	switch c.Act {
	case Judge:
		if !slices.Contains([]Verdict{Unconfirmed, Covered, Kept, Nobody}, c.Verdict) {
			return refused("no such verdict")
		}
		f.Verdict = c.Verdict
	case Move:
		f.set(Key{Frame: c.Frame, Box: *c.Box})
	case Clear:
		i, ok := f.find(c.Frame)
		if !ok || len(f.Keys) == 1 {
			return refused("no key there, or the last one")
		}
		f.Keys = slices.Delete(f.Keys, i, i+1)
	case Split:
		return b.split(f, c.Frame)
	case Join:
		return b.join(f, b.all[c.With])
	default:
		return refused("no such act")
	}
	return nil
}

func (f *Fragment) find(frame int) (int, bool) {
	return slices.BinarySearchFunc(f.Keys, frame, func(k Key, n int) int { return k.Frame - n })
}

func (f *Fragment) set(k Key) {
	i, ok := f.find(k.Frame)
	if ok {
		f.Keys[i] = k
		return
	}
	f.Keys = slices.Insert(f.Keys, i, k)
}

func (b *bench) draw(f *Fragment, c Correction) error {
	if f != nil || c.Fragment == "" || len(c.Fragment) > 64 {
		return refused("a new fragment needs a name of its own")
	}
	if c.To < c.Frame || c.To >= b.frames {
		return refused("it ends before it begins")
	}
	f = &Fragment{ID: c.Fragment, Hand: true, Keys: []Key{{Frame: c.Frame, Box: *c.Box}}}
	f.set(Key{Frame: c.To, Box: *c.Box})
	b.all[f.ID] = f
	return nil
}

// split leaves what is before the picture, and gives what comes from it on to
// another, whose verdict is the same: what was covered stays covered.
func (b *bench) split(f *Fragment, frame int) error {
	if frame <= f.From() || frame > f.To() {
		return refused("it is not there before and after")
	}
	id := SplitID(f.ID, frame)
	if b.all[id] != nil {
		return refused("it is split there")
	}
	here, _ := f.At(frame)
	before, _ := f.At(frame - 1)
	i, ok := f.find(frame)
	rest := slices.Clone(f.Keys[i:])
	if !ok {
		rest = slices.Insert(rest, 0, Key{Frame: frame, Box: here})
	}
	f.Keys = slices.Clip(f.Keys[:i])
	f.set(Key{Frame: frame - 1, Box: before})
	b.all[id] = &Fragment{ID: id, Hand: f.Hand, Keys: rest, Verdict: f.Verdict}
	return nil
}

// join never keeps more than was confirmed: what was not judged the same has
// to be judged anew.
func (b *bench) join(f, with *Fragment) error {
	if with == nil || with == f {
		return refused("no fragment to join with")
	}
	if with.From() <= f.To() {
		return refused("the second does not begin after the first ends")
	}
	f.Keys = append(f.Keys, with.Keys...)
	f.Hand = f.Hand || with.Hand
	if f.Verdict != with.Verdict {
		f.Verdict = Unconfirmed
	}
	delete(b.all, with.ID)
	return nil
}
