package fence

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/fault"
)

// Anonymiser runs vidne-anonymise and ffmpeg, each behind its own walls, with
// nothing but a pipe between them: no picture passes through this process.
type Anonymiser struct {
	fence   *Fence
	program string // path, empty when there is none
	models  string // folder of the detector's library and networks
	room    chan struct{}
	looks   func() bool // whether the detector works
}

// Anonymiser looks for the program at the path; when it is empty beside this
// program, then where programs are found. The detector's library and networks
// are in the folder models, or in the folder anonymise beside the program. It
// never fails: [Anonymiser.Lacks] says what is missing.
func (f *Fence) Anonymiser(program, models string) *Anonymiser {
	a := &Anonymiser{fence: f, models: models, room: make(chan struct{}, 1)}
	a.looks = sync.OnceValue(a.tryDetector)
	if program == "" {
		program = "vidne-anonymise"
		if own, err := os.Executable(); err == nil {
			if beside := filepath.Join(filepath.Dir(own), program); executable(beside) {
				program = beside
			}
		}
	}
	found, err := exec.LookPath(program)
	for _, path := range []*string{&found, &a.models} { // it runs in the root folder
		if abs, absErr := filepath.Abs(*path); err == nil {
			*path, err = abs, absErr
		}
	}
	if err != nil {
		f.log.Info("vidne-anonymise not found: no anonymised copies", "path", program)
		return a
	}
	a.program = found
	if models == "" {
		a.models = filepath.Join(filepath.Dir(found), "anonymise")
	}
	return a
}

// executable reports whether there is a program at the path.
func executable(path string) bool {
	_, err := exec.LookPath(path)
	return err == nil
}

// Lacks names what is missing: without "ffmpeg" or "vidne-anonymise" no copy
// can be made, without "detector" only what moves is found.
func (a *Anonymiser) Lacks() []string {
	var lacks []string
	if !a.fence.Works() {
		lacks = append(lacks, "ffmpeg")
	}
	if a.program == "" {
		lacks = append(lacks, "vidne-anonymise")
	} else if !a.looks() {
		lacks = append(lacks, "detector")
	}
	return lacks
}

// tryDetector loads both networks once.
func (a *Anonymiser) tryDetector() bool {
	if a.ready() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := a.fence.run(ctx, a.own("models", "-thorough")); err != nil {
		a.fence.log.Warn("people in anonymised copies are found by movement alone", "error", err.Error())
		return false
	}
	return true
}

// Footage is what is made a copy of, in pieces of about a minute.
type Footage interface {
	// Pieces is how many there are.
	Pieces() int
	// Open gives piece n: fragmented MP4 with its init section, that begins with
	// a key frame. Every piece can be opened several times and gives the same
	// bytes. Start is when its time zero is, in ticks of
	// [anonymise.Clock] after the first piece's.
	Open(ctx context.Context, n int) (fmp4 io.ReadCloser, start int64, err error)
}

// Parts keeps what a job has done, so that it goes on after a crash, under
// names of letters, digits and dots. They hold pictures of people: whoever
// keeps them seals them, and removes them with the footage.
type Parts interface {
	// Load gives what was saved under the name, or nil when nothing was.
	Load(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, name string, part []byte) error
}

// FindOptions say how people are looked for.
type FindOptions struct {
	// Thorough looks with both detectors: for night, grey and close pictures; it
	// takes twice the time.
	Thorough bool
	// Progress is told how many of how many steps are done; may be nil.
	Progress func(done, total int)
}

const (
	// looksASecond is how often people are looked for.
	looksASecond = 3
	// anonymiseCPU is seconds of CPU time for one piece.
	anonymiseCPU = 2 * 3600
	// anonymiseData is memory of vidne-anonymise, which looks at small pictures:
	// half as much again as both detectors need, and little enough for a small
	// machine.
	anonymiseData = 1 << 30
	// windowPieces is how many pieces share an empty scene: about ten minutes,
	// in which light hardly changes.
	windowPieces = 10
	// mostPart bounds what one run may answer.
	mostPart = 256 << 20
)

func (a *Anonymiser) ready() error {
	if err := a.fence.ready(); err != nil {
		return err
	}
	if a.program == "" {
		return fault.New(fault.Unavailable, "anonymise.missing", "vidne-anonymise is not installed")
	}
	return nil
}

// take waits until no other copy is worked on.
func (a *Anonymiser) take(ctx context.Context) (release func(), err error) {
	select {
	case a.room <- struct{}{}:
		return func() { <-a.room }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// own is a run of vidne-anonymise.
func (a *Anonymiser) own(verb string, args ...any) job {
	j := job{program: a.program, args: []string{verb, "-models", a.models}, cpu: anonymiseCPU, data: anonymiseData, out: discard{}}
	for _, x := range args {
		j.args = append(j.args, fmt.Sprint(x))
	}
	return j
}

// decode is a run of ffmpeg that gives the pictures of a piece, raw, made by
// these filters, and their times.
func decode(fmp4 io.ReadCloser, filters string, times io.Writer) job {
	args := append(general(), "-copyts")
	args = append(args, input("2")...)
	args = append(args, "-i", "pipe:0",
		"-map", "0:v:0", "-an", "-sn", "-dn", "-vsync", "passthrough", "-vf", filters, "-f", "rawvideo", "pipe:1",
		"-map", "0:v:0", "-an", "-sn", "-dn", "-vsync", "passthrough", "-autoscale", "0", "-enc_time_base", "1:90000", "-f", "framecrc", "pipe:3")
	return job{args: args, in: []io.ReadCloser{fmp4}, second: times, cpu: anonymiseCPU}
}

// through runs two programs, the first's output the second's input. What fails
// first is the error.
func (a *Anonymiser) through(ctx context.Context, first, then job) error {
	r, w, err := os.Pipe()
	if err != nil {
		return fault.As(fault.Unavailable, "ffmpeg.start", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first.to, then.from = w, r
	var both sync.WaitGroup
	errs := [2]error{}
	for i, j := range []job{first, then} {
		both.Go(func() {
			if errs[i] = a.fence.run(ctx, j); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	both.Wait()
	return context.Cause(ctx)
}

// shape is what the footage's pictures are.
type shape struct {
	w, h  int
	rate  float64
	small [2]int // the size in which they are looked at
}

// shape looks at the first pictures.
func (a *Anonymiser) shape(ctx context.Context, src Footage) (shape, error) {
	in, _, err := src.Open(ctx, 0)
	if err != nil {
		return shape{}, err
	}
	args := append(general(), "-copyts")
	args = append(args, input("1")...)
	args = append(args, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn", "-vsync", "passthrough",
		"-enc_time_base", "1:90000", "-frames:v", "30", "-f", "framecrc", "pipe:1")
	var list anonymise.Times
	if err := a.fence.run(ctx, job{args: args, in: []io.ReadCloser{in}, out: &list, cpu: pictureCPU}); err != nil {
		return shape{}, err
	}
	times, err := list.All()
	if err != nil {
		return shape{}, err
	}
	s := shape{w: list.Width, h: list.Height, rate: anonymise.Rate(times)}
	s.small[0], s.small[1] = anonymise.WorkSize(s.w, s.h)
	return s, nil
}
