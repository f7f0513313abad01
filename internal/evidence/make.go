package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
)

// Maker makes packages in a folder.
type Maker struct {
	FS     durable.FS
	Dir    string
	Clock  clock.Clock
	Signer *Signer
	Stamps *Stamps // nil: none is configured
	Fonts  paper.Fonts
	Opener []byte // the page that opens the envelope; nil leaves it out
}

// Made is a package that stands whole in its folder.
type Made struct {
	Dir        string // Maker.Dir and the package's id
	ID         string
	SHA256     string // of the envelope
	Size       int64  // of the envelope
	Passphrase envelope.Passphrase
	Manifest   []byte
}

// unfinished ends the name of a folder that is being filled.
const unfinished = ".unfinished"

// Sweep removes what a crash left half-made. Nothing may be made meanwhile.
func (m *Maker) Sweep() (err error) {
	defer fault.Wrap(&err, "evidence.Sweep")
	list, err := m.FS.ReadDir(m.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.HasSuffix(e.Name(), unfinished) {
			if err := m.remove(filepath.Join(m.Dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Maker) remove(dir string) error {
	list, err := m.FS.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		err = errors.Join(err, m.FS.Remove(filepath.Join(dir, e.Name())))
	}
	return errors.Join(err, m.FS.Remove(dir))
}

// Make makes one package. An id that has a package is fault.Conflict
// "evidence.there". Whatever fails, nothing stays that looks like a package.
func (m *Maker) Make(ctx context.Context, o *Order, src Footage) (_ *Made, err error) {
	defer fault.Wrap(&err, "evidence.Make(%s)", o.ID)
	if err := o.check(); err != nil {
		return nil, err
	}
	final := filepath.Join(m.Dir, o.ID)
	if _, err := m.FS.Stat(final); err == nil {
		return nil, fault.New(fault.Conflict, "evidence.there", "package %s is there", o.ID)
	}
	pass, err := envelope.NewPassphrase()
	if err != nil {
		return nil, err
	}
	work := final + unfinished
	if _, err := m.FS.Stat(work); err == nil {
		return nil, fault.New(fault.Conflict, "evidence.there", "package %s is being made", o.ID)
	}
	if err := m.FS.MkdirAll(work, 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.remove(work))
		}
	}()
	p := &making{Maker: m, o: o, src: src, made: m.Clock.Now(), out: &Made{Dir: final, ID: o.ID, Passphrase: pass}}
	p.m = o.manifest(p.made)
	if err := p.seal(ctx, work); err != nil {
		return nil, err
	}
	if err := p.beside(work); err != nil {
		return nil, err
	}
	if err := m.FS.SyncDir(work); err != nil {
		return nil, err
	}
	if err := m.FS.Rename(work, final); err != nil {
		return nil, err
	}
	if err := m.FS.SyncDir(m.Dir); err != nil {
		return nil, errors.Join(err, m.FS.Rename(final, work))
	}
	return p.out, nil
}

// making is one package on its way.
type making struct {
	*Maker
	o    *Order
	src  Footage
	made time.Time
	m    *manifest
	env  *envelope.Writer
	out  *Made
	sums []envelope.Written
}

// Files beside the envelope, which is "BEVIS-<id>.zip".
const (
	FileLetter  = "LAES-FOERST.pdf"
	FileReceipt = "KVITTERING.pdf"
	FileOpener  = "AABN-BEVIS.html"
)

// envelopeName is the envelope's file name.
func envelopeName(id string) string { return "BEVIS-" + id + ".zip" }

func (p *making) seal(ctx context.Context, work string) error {
	name := filepath.Join(work, envelopeName(p.o.ID))
	f, err := p.FS.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := newSummed(f)
	p.env = envelope.New(sum, p.out.Passphrase, p.made.In(p.o.Zone))
	err = p.fill(ctx)
	if err == nil {
		err = p.env.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	p.out.SHA256, p.out.Size = sum.hex(), sum.n
	return nil
}

func (p *making) fill(ctx context.Context) error {
	for i := range p.o.Originals {
		if err := p.originals(ctx, i); err != nil {
			return err
		}
	}
	for i := range p.o.Originals {
		if err := p.viewing(ctx, i); err != nil {
			return err
		}
	}
	if err := p.look(); err != nil {
		return err
	}
	if err := p.papers(); err != nil {
		return err
	}
	return p.control(ctx)
}

func (p *making) add(role, name string, fill func(io.Writer) error) error {
	w, err := p.env.Add(name, fill)
	if err != nil {
		return err
	}
	p.sums = append(p.sums, w)
	p.m.Files = append(p.m.Files, fileOf(w, role))
	return nil
}

func (p *making) bytes(role, name string, b []byte) error {
	return p.add(role, name, func(w io.Writer) error { _, err := w.Write(b); return err })
}

// part is the name of a file of the n-th part of an original.
func part(i, n int, stem, ext string) string {
	if n > 0 {
		stem += fmt.Sprintf("-%d", n+1)
	}
	return fmt.Sprintf("2-ORIGINAL/%02d/%s.%s", i+1, stem, ext)
}

const mostParts = 99

// originals writes one camera's footage, a file for each codec or size that
// the camera had meanwhile.
func (p *making) originals(ctx context.Context, i int) error {
	a := &p.o.Originals[i]
	if a.painted() {
		return p.without(a)
	}
	from := a.From
	for n := 0; ; n++ {
		film, list := part(i, n, "original", "mp4"), part(i, n, "samples", "csv")
		samples := &bounded{most: maxSamples}
		var d Delivered
		err := p.add(roleOriginal, film, func(w io.Writer) (err error) {
			d, err = p.src.Original(ctx, a.Camera.ID, from, a.To, w, samples)
			return err
		})
		if err != nil {
			return err
		}
		if err := p.bytes(roleSamples, list, samples.Bytes()); err != nil {
			return err
		}
		last := d.Changed.IsZero()
		// What is missing at the ends is a gap as well.
		if d.From.Sub(from) > unseen {
			d.Gaps = slices.Insert(d.Gaps, 0, Stretch{From: from, To: d.From})
		}
		end := a.To
		if !last {
			end = d.Changed
		}
		if end.Sub(d.To) > unseen {
			d.Gaps = append(d.Gaps, Stretch{From: d.To, To: end})
		}
		f, err := p.o.film(a, &d, film, list)
		if err != nil {
			return err
		}
		p.m.Originals = append(p.m.Originals, f)
		if last {
			return nil
		}
		if !d.Changed.After(from) || n == mostParts {
			return fault.New(fault.Corrupt, "evidence.changes", "the stream of %s changed %d times, last at %s", a.Camera.ID, n+1, d.Changed)
		}
		from = d.Changed
	}
}

// without tells of a masked camera, of which there is no original: what was
// recorded, and what is missing of that.
func (p *making) without(a *Asked) error {
	d := Delivered{From: a.From, To: a.To}
	for _, s := range a.Segments {
		if s.To.After(a.From) {
			d.Segments = append(d.Segments, s.ID)
		}
	}
	for _, s := range a.Stretch {
		d.Gaps = append(d.Gaps, Stretch{From: s.From, To: s.To})
	}
	f, err := p.o.film(a, &d, "", "")
	p.m.Originals = append(p.m.Originals, f)
	return err
}

// unseen is a gap too short to tell: what arrival jitters, as in the coverage.
const unseen = time.Second

// viewing writes the copies to look at of one camera, a file for each codec or
// size that it had meanwhile.
func (p *making) viewing(ctx context.Context, i int) error {
	a := &p.o.Originals[i]
	if !a.Viewing {
		return nil
	}
	from := a.From
	for n := 0; ; n++ {
		name := fmt.Sprintf("1-SE-HER/%02d_kamera_%s.mp4", i+1, strings.ReplaceAll(from.In(p.o.Zone).Format("2006-01-02_150405-0700"), "+", "_plus"))
		var d Derived
		err := p.add(roleDerived, name, func(w io.Writer) (err error) {
			d, err = p.src.Viewing(ctx, a.Camera.ID, from, a.To, w)
			return err
		})
		if err != nil {
			return err
		}
		p.derived(a, name, &d)
		if d.Changed.IsZero() {
			return nil
		}
		if !d.Changed.After(from.Add(time.Second)) || n == mostParts {
			return fault.New(fault.Corrupt, "evidence.changes", "the stream of %s changed %d times, last at %s", a.Camera.ID, n+1, d.Changed)
		}
		from = d.Changed
	}
}

// derived says of the file just written what it was made from, and how.
func (p *making) derived(a *Asked, name string, d *Derived) {
	f := &p.m.Files[len(p.m.Files)-1]
	f.Tool, f.Version, f.Arguments = d.Tool, d.Version, append([]string{}, d.Arguments...)
	for i := range p.m.Originals {
		o := &p.m.Originals[i]
		if o.Camera.ID != a.Camera.ID || o.Asked != (manifestSpan{at(a.From, p.o.Zone), at(a.To, p.o.Zone)}) {
			continue
		}
		o.Copies = append(o.Copies, name)
		if o.File != "" {
			f.From = append(f.From, o.File)
		}
	}
}

// beside writes what lies next to the envelope.
func (p *making) beside(work string) error {
	var letter, receipt bytes.Buffer
	if err := errors.Join(p.letter().PDF(&letter, p.Fonts), p.receipt().PDF(&receipt, p.Fonts)); err != nil {
		return err
	}
	files := map[string][]byte{
		FileLetter:                       letter.Bytes(),
		FileReceipt:                      receipt.Bytes(),
		envelopeName(p.o.ID) + ".sha256": []byte(p.out.SHA256 + "  " + envelopeName(p.o.ID) + "\n"),
		FileOpener:                       p.Opener,
	}
	for name, b := range files {
		if b == nil {
			continue
		}
		if err := durable.WriteFile(p.FS, filepath.Join(work, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
