package fence

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/fault"
)

// looked is what is kept of a piece after the first look.
type looked struct {
	Start int64           `json:"start"`
	Times []int64         `json:"times"`
	Look  *anonymise.Look `json:"look"`
}

// empty is what is kept of the empty scene of a window.
type empty struct {
	Scene     *anonymise.Scene      `json:"scene"`
	Furniture []anonymise.Detection `json:"furniture"`
}

// steps is in how many the work on a piece is told.
const steps = 100

// finding is one call of Find.
type finding struct {
	a     *Anonymiser
	src   Footage
	kept  Parts
	opt   FindOptions
	shape shape
	step  int
	done  float64 // steps
}

// Find looks for people in the footage: first for who can be recognised as
// one, then for whatever differs from the empty scene. What was done before a
// crash is loaded and not done again. Footage whose picture changes its size is
// fault.Conflict, footage too short to know the empty scene fault.Invalid.
func (a *Anonymiser) Find(ctx context.Context, src Footage, kept Parts, opt FindOptions) (*anonymise.Findings, error) {
	if err := a.ready(); err != nil {
		return nil, err
	}
	release, err := a.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if n := src.Pieces(); n < 1 || n > anonymise.MaxPieces {
		return nil, fault.New(fault.Invalid, "anonymise.long", "%d pieces", n)
	}
	f := &finding{a: a, src: src, kept: kept, opt: opt}
	if f.shape, err = a.shape(ctx, src); err != nil {
		return nil, err
	}
	f.step = max(1, int(math.Round(f.shape.rate/looksASecond)))
	return f.find(ctx)
}

func (f *finding) find(ctx context.Context) (*anonymise.Findings, error) {
	n := f.src.Pieces()
	out := &anonymise.Findings{Version: anonymise.Version, Width: f.shape.w, Height: f.shape.h, Thorough: f.opt.Thorough, Reduced: !f.a.looks()}
	seen := map[int][]anonymise.Detection{}
	for i := range n {
		l, err := f.look(ctx, i)
		if err != nil {
			return nil, err
		}
		begin := out.Frames()
		for frame, people := range l.Look.Looked {
			seen[begin+frame] = people
		}
		out.Chunks = append(out.Chunks, anonymise.Chunk{Start: l.Start, Times: l.Times})
		out.Models = l.Look.Models
		f.next()
	}
	if out.Frames() > anonymise.MaxFrames {
		return nil, fault.New(fault.Invalid, "anonymise.long", "%d pictures", out.Frames())
	}
	out.Rate = anonymise.Rate(out.Chunks[0].Times)
	out.Fragments = anonymise.Fragments(seen, out.Frames(), out.Rate, float64(out.Width)/float64(out.Height))
	var moved []anonymise.Cells
	var blind []bool
	windows := (n + windowPieces - 1) / windowPieces
	for w := range windows {
		from, to := n*w/windows, n*(w+1)/windows
		e, err := f.scene(ctx, w, from, to)
		if err != nil {
			return nil, err
		}
		for _, d := range e.Furniture {
			out.Furniture = append(out.Furniture, d.Box())
		}
		for i := from; i < to; i++ {
			cells, much, err := f.differ(ctx, i, e, len(out.Chunks[i].Times))
			if err != nil {
				return nil, err
			}
			moved, blind = append(moved, cells...), append(blind, much...)
			f.next()
		}
	}
	out.SetMovement(moved, blind)
	out.Parameters = anonymise.Parameters(f.step, f.shape.small[0], f.shape.small[1])
	return out, out.Check()
}

// next tells that one more of the steps is done: two a piece.
func (f *finding) next() {
	f.done = math.Floor(f.done) + 1
	f.tell(f.done)
}

func (f *finding) tell(done float64) {
	if f.opt.Progress != nil {
		f.opt.Progress(int(done*steps), 2*f.src.Pieces()*steps)
	}
}

// within tells how far a piece of about a minute has come.
func (f *finding) within(pictures int) {
	if pictures%50 == 0 {
		f.tell(f.done + min(.95, float64(pictures)/(60*f.shape.rate)))
	}
}

func (f *finding) small() string {
	return "scale=" + strconv.Itoa(f.shape.small[0]) + ":" + strconv.Itoa(f.shape.small[1]) + ":flags=area,format=yuv420p"
}

// load gives a part that was kept, unless it cannot be read.
func (f *finding) load(ctx context.Context, name string, into any) (bool, error) {
	b, err := f.kept.Load(ctx, name)
	if err != nil || b == nil {
		return false, err
	}
	return json.Unmarshal(b, into) == nil, nil
}

func (f *finding) save(ctx context.Context, name string, part any) error {
	b, err := json.Marshal(part)
	if err != nil {
		return err
	}
	return f.kept.Save(ctx, name, b)
}

// look is the first look at a piece.
func (f *finding) look(ctx context.Context, n int) (*looked, error) {
	name := "look." + strconv.Itoa(n)
	var l looked
	if ok, err := f.load(ctx, name, &l); err != nil || ok && l.Look != nil {
		return &l, err
	}
	in, start, err := f.src.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	share := min(windowPieces, f.src.Pieces())
	per := (anonymise.Samples + share - 1) / share
	own := f.a.own("look", "-width", f.shape.small[0], "-height", f.shape.small[1], "-step", f.step, "-samples", per)
	if f.opt.Thorough {
		own.args = append(own.args, "-thorough")
	}
	if !f.a.looks() {
		own.args = append(own.args, "-none")
	}
	answer := capped{limit: mostPart}
	own.out = &answer
	list := anonymise.Times{Each: f.within}
	if err := f.a.through(ctx, decode(in, f.small(), &list), own); err != nil {
		return nil, err
	}
	l = looked{Start: start}
	if l.Times, err = f.times(&list, n); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer.b.Bytes(), &l.Look); err != nil {
		return nil, fault.As(fault.Corrupt, "anonymise.look", err)
	}
	if err := l.Look.Check(f.shape.small[0], f.shape.small[1]); err != nil {
		return nil, err
	}
	if l.Look.Frames != len(l.Times) {
		return nil, fault.New(fault.Corrupt, "anonymise.look", "%d pictures, %d times", l.Look.Frames, len(l.Times))
	}
	return &l, f.save(ctx, name, l)
}

// times are those of a piece, if its pictures are like the first's.
func (f *finding) times(list *anonymise.Times, n int) ([]int64, error) {
	times, err := list.All()
	if err == nil && (list.Width != f.shape.w || list.Height != f.shape.h) {
		err = fault.New(fault.Conflict, "anonymise.changed", "the picture is %d × %d from piece %d on, and was %d × %d", list.Width, list.Height, n, f.shape.w, f.shape.h)
	}
	return times, err
}

// scene makes the empty scene of a window of pieces.
func (f *finding) scene(ctx context.Context, window, from, to int) (*empty, error) {
	name := "scene." + strconv.Itoa(window)
	var e empty
	if ok, err := f.load(ctx, name, &e); err != nil || ok && e.Scene != nil {
		return &e, err
	}
	var samples bytes.Buffer
	all := 0
	for i := from; i < to; i++ {
		l, err := f.look(ctx, i) // kept
		if err != nil {
			return nil, err
		}
		for _, s := range l.Look.Samples {
			if err := json.NewEncoder(&samples).Encode(s); err != nil {
				return nil, err
			}
			all++
		}
	}
	if all < anonymise.FewestSamples {
		return nil, fault.New(fault.Invalid, "anonymise.short", "%d samples: take more of the footage around it", all)
	}
	own := f.a.own("scene", "-width", f.shape.small[0], "-height", f.shape.small[1])
	if !f.a.looks() {
		own.args = append(own.args, "-none")
	}
	answer := capped{limit: mostPart}
	own.in, own.out = []io.ReadCloser{io.NopCloser(&samples)}, &answer
	if err := f.a.fence.run(ctx, own); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer.b.Bytes(), &e); err != nil || e.Scene == nil {
		return nil, fault.New(fault.Corrupt, "anonymise.scene", "no scene: %v", err)
	}
	if err := e.Scene.Check(); err != nil {
		return nil, err
	}
	return &e, f.save(ctx, name, e)
}

// differ tells what differs from the empty scene in each picture of a piece,
// and in which pictures it is too much to be people.
func (f *finding) differ(ctx context.Context, n int, e *empty, frames int) (cells []anonymise.Cells, much []bool, err error) {
	name := "moved." + strconv.Itoa(n)
	b, err := f.kept.Load(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	size := 1 + len(anonymise.NewGrid(f.shape.w, f.shape.h).None())
	if len(b) != frames*size {
		if b, err = f.watch(ctx, n, e); err != nil {
			return nil, nil, err
		}
		if len(b) != frames*size {
			return nil, nil, fault.New(fault.Corrupt, "anonymise.moved", "%d bytes for %d pictures", len(b), frames)
		}
		if err := f.kept.Save(ctx, name, b); err != nil {
			return nil, nil, err
		}
	}
	for ; len(b) > 0; b = b[size:] {
		much, cells = append(much, b[0] != 0), append(cells, anonymise.Cells(b[1:size]))
	}
	return cells, much, nil
}

// watch is the second look at a piece.
func (f *finding) watch(ctx context.Context, n int, e *empty) ([]byte, error) {
	in, _, err := f.src.Open(ctx, n)
	if err != nil {
		return nil, err
	}
	scene, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	own := f.a.own("differ", "-width", f.shape.small[0], "-height", f.shape.small[1], "-grid-width", f.shape.w, "-grid-height", f.shape.h)
	answer := capped{limit: mostPart}
	own.in, own.out = []io.ReadCloser{io.NopCloser(bytes.NewReader(scene))}, &answer
	list := anonymise.Times{Each: f.within}
	if err := f.a.through(ctx, decode(in, f.small(), &list), own); err != nil {
		return nil, fmt.Errorf("second look at piece %d: %w", n, err)
	}
	return answer.b.Bytes(), nil
}
