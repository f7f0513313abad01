package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

const (
	packageForm      = "vidne-package-1"
	packageManifest  = "4-KONTROL/manifest.json"
	packageSignature = "4-KONTROL/manifest.json.p7s"
	packageStamp     = "4-KONTROL/manifest.json.tsr"
	packageSums      = "4-KONTROL/SHA256SUMS"
	packageEvents    = "3-PAPIRER/haendelser.csv"
	maxSmall         = 16 << 20
	maxList          = 256 << 20
)

// PackageOptions are what a package is compared with, all from elsewhere than
// the package.
type PackageOptions struct {
	Certificates []Certificate // of the sender
	Keys         []Key         // of the logs
	Stamps       []Certificate // of the time stamping service; none: a stamp is not checked, and the report says so
	Journal      string        // that the package must be of, if not empty
}

// Package checks an evidence package that was unpacked into a folder.
func Package(dir fs.FS, o PackageOptions) (*Report, error) {
	p := &pack{Report: &Report{What: "package"}, o: o, open: func(name string) (io.ReadCloser, error) { return dir.Open(name) }}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return unreadable(err)
		case d.IsDir():
			return nil
		case !d.Type().IsRegular() || !safeName(name):
			p.wrong("package.foreign", plainText(name))
			return nil
		case !strings.Contains(name, "/") && (strings.HasSuffix(name, ".pem") || strings.HasSuffix(name, "-noegle.txt")):
			return nil // what the reader put beside to check with; it is in no part
		}
		p.names = append(p.names, name)
		if len(p.names) > maxFiles {
			return otherKind("more than %d files", maxFiles)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p.check()
}

// Envelope checks an evidence package as it was handed over: its envelope, a
// ZIP of size bytes, and what is in it.
func Envelope(in io.ReaderAt, size int64, pass string, o PackageOptions) (*Report, error) {
	p := &pack{Report: &Report{What: "package"}, o: o}
	e, ok, err := openEnvelope(p.Report, in, size, pass)
	if errors.Is(err, errCut) {
		p.wrong("envelope.form", size)
		return p.Report, nil
	}
	if err != nil || !ok {
		return p.Report, err
	}
	at := map[string]sealed{}
	for _, f := range e.files {
		p.names = append(p.names, f.name)
		at[f.name] = f
	}
	p.open = func(name string) (io.ReadCloser, error) {
		f, ok := at[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		r, err := e.open(f)
		return io.NopCloser(r), err
	}
	if len(e.files) > 0 {
		if _, err := e.open(e.files[0]); errors.Is(err, errPassphrase) {
			p.wrong("envelope.passphrase")
			return p.Report, nil
		}
	}
	return p.check()
}

// pack is one package being checked.
type pack struct {
	*Report
	o     PackageOptions
	names []string
	open  func(name string) (io.ReadCloser, error)
	m     packManifest
	raw   []byte
	sums  map[string]string // of every file, as it is
	sizes map[string]int64
	parts map[string]film // what the originals hold
	seals map[string]logged
}

// logged is what a log says of a segment, and where.
type logged struct {
	Sealed
	origin string
	index  uint64
}

// read takes a file whole; what cannot be read is a fault.
func (p *pack) read(name string, most int64) ([]byte, bool) {
	f, err := p.open(name)
	if err != nil {
		p.wrong("package.missing", plainText(name))
		return nil, false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil || int64(len(b)) > most {
		p.wrong("package.unreadable", plainText(name))
		return nil, false
	}
	return b, true
}

func (p *pack) check() (*Report, error) {
	if !slices.Contains(p.names, packageManifest) {
		return nil, otherKind("no %s", packageManifest)
	}
	signed, ok := p.signature()
	if !ok {
		return p.Report, nil
	}
	p.fact("package.what", plainText(p.m.ID), plainText(p.m.Controller.Name), plainText(p.m.Made.UTC), plainText(strings.Join(p.m.Journals, ", ")))
	if p.o.Journal != "" && !slices.Contains(p.m.Journals, p.o.Journal) {
		p.wrong("package.journal", plainText(strings.Join(p.m.Journals, ", ")), plainText(p.o.Journal))
	}
	p.stamp(signed)
	if !p.hashes() {
		return p.Report, nil
	}
	p.list()
	p.logs()
	p.films()
	p.events()
	for _, o := range p.m.Originals {
		for _, c := range o.Copies {
			if roles := slices.IndexFunc(p.m.Files, func(f packFile) bool { return f.Name == c && f.Role == "derived" }); roles < 0 {
				p.wrong("package.role", plainText(c))
			}
		}
	}
	if p.OK() {
		originals := 0
		for _, o := range p.m.Originals {
			if o.File != "" {
				originals++
			}
		}
		p.fact("package.files", len(p.names), originals)
	}
	return p.Report, nil
}

// signature checks the manifest against the certificates given. Nothing else
// is looked at before: what is not signed says nothing.
func (p *pack) signature() (s signature, ok bool) {
	if p.raw, ok = p.read(packageManifest, maxSmall); !ok {
		return s, false
	}
	der, ok := p.read(packageSignature, maxSmall)
	if !ok {
		return s, false
	}
	if s, ok = openCMS(der, cmsDetached, p.raw); !ok {
		p.wrong("package.signature")
		return s, false
	}
	number := s.cert.fingerprint()
	if !s.believed(p.o.Certificates, s.at, useMail) {
		p.wrong("package.stranger", number)
		return s, false
	}
	d := json.NewDecoder(bytes.NewReader(p.raw))
	d.DisallowUnknownFields()
	if d.Decode(&p.m) != nil || d.More() || p.m.Form != packageForm || p.m.Signature.Fingerprint != number || !p.m.times() {
		p.wrong("package.manifest")
		return s, false
	}
	p.fact("package.signed", plainText(s.cert.name), number)
	return s, true
}

func (p *pack) stamp(signed signature) {
	if p.m.Timestamp.File == "" {
		p.fact("package.no-stamp", plainText(p.m.Timestamp.Missing))
		return
	}
	der, ok := p.read(packageStamp, maxSmall)
	if !ok {
		return
	}
	s, at, ok := openStamp(der, p.raw)
	switch {
	case !ok || p.m.Timestamp.File != packageStamp:
		p.wrong("package.stamp")
	case at.Before(signed.at.Add(-time.Hour)):
		p.wrong("package.stamp-early", moment(at.UnixMicro()), moment(signed.at.UnixMicro()))
	case len(p.o.Stamps) == 0:
		p.fact("package.stamp-unchecked", moment(at.UnixMicro()))
	case !s.believed(p.o.Stamps, at, useStamp):
		p.wrong("package.stamp-stranger", s.cert.fingerprint())
	default:
		p.fact("package.stamped", moment(at.UnixMicro()))
	}
}

// hashes reads every file once: its hash, and what the originals hold.
func (p *pack) hashes() bool {
	p.sums, p.sizes, p.parts = map[string]string{}, map[string]int64{}, map[string]film{}
	for _, name := range p.names {
		f, err := p.open(name)
		if err != nil {
			p.wrong("package.unreadable", plainText(name))
			continue
		}
		h := sha256.New()
		c := &counter{}
		in := io.TeeReader(f, io.MultiWriter(h, c))
		if strings.HasPrefix(name, "2-ORIGINAL/") && strings.HasSuffix(name, ".mp4") {
			// A film that cannot be read is found when it is compared.
			got, err := readFilm(in)
			if err == nil {
				p.parts[name] = got
			}
		}
		_, err = io.Copy(io.Discard, in)
		_ = f.Close() // was only read
		if err != nil {
			p.wrong("package.unreadable", plainText(name))
			continue
		}
		p.sums[name], p.sizes[name] = hex.EncodeToString(h.Sum(nil)), c.n
	}
	return p.OK()
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// list compares the files with the manifest and with SHA256SUMS.
func (p *pack) list() {
	known := map[string]bool{packageManifest: true, packageSignature: true, packageSums: true}
	if p.m.Timestamp.File != "" {
		known[packageStamp] = true
	}
	roles := map[string]string{}
	for _, f := range p.m.Files {
		switch {
		case known[f.Name]:
			p.wrong("package.manifest")
		case p.sums[f.Name] == "":
			p.wrong("package.missing", plainText(f.Name))
		case p.sums[f.Name] != f.SHA256 || p.sizes[f.Name] != f.Size:
			p.wrong("package.changed", plainText(f.Name))
		}
		known[f.Name] = true
		roles[f.Name] = f.Role
	}
	for _, name := range p.names {
		if !known[name] {
			p.wrong("package.foreign", plainText(name))
		}
	}
	for _, f := range p.m.Files {
		p.role(f, roles)
	}
	b, ok := p.read(packageSums, maxSmall)
	if !ok {
		return
	}
	told := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		sum, name, found := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !found || told[name] || name == packageSums || p.sums[name] != sum {
			p.wrong("package.sums", plainText(name))
		}
		told[name] = true
	}
	for name := range known {
		if !told[name] && name != packageSums {
			p.wrong("package.sums", plainText(name))
		}
	}
}

// role holds originals and what is derived apart.
func (p *pack) role(f packFile, roles map[string]string) {
	film := strings.HasSuffix(f.Name, ".mp4")
	switch f.Role {
	case "original":
		listed := slices.ContainsFunc(p.m.Originals, func(o packFilm) bool { return o.File == f.Name })
		if !listed || !strings.HasPrefix(f.Name, "2-ORIGINAL/") || len(f.From) > 0 || f.Tool != "" {
			p.wrong("package.role", plainText(f.Name))
		}
	case "derived":
		// A copy that is of no original is of a masked camera.
		of := f.Tool != "" && strings.HasPrefix(f.Name, "1-SE-HER/") && (len(f.From) > 0 ||
			slices.ContainsFunc(p.m.Originals, func(o packFilm) bool { return o.File == "" && slices.Contains(o.Copies, f.Name) }))
		for _, from := range f.From {
			of = of && roles[from] == "original"
		}
		if !of {
			p.wrong("package.role", plainText(f.Name))
		}
	case "samples", "paper", "control":
		if film || len(f.From) > 0 {
			p.wrong("package.role", plainText(f.Name))
		}
	default:
		p.wrong("package.role", plainText(f.Name))
	}
}
