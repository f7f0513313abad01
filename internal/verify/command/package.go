package command

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/verify"
)

// packageWords are the options that only packages have.
type packageWords struct {
	certs, stamps list
	pass, journal string
	html, pdf     bool
}

func (p *packageWords) given() bool {
	return len(p.certs)+len(p.stamps) > 0 || p.pass != "" || p.journal != "" || p.html || p.pdf
}

// packages checks evidence packages: a folder that one was unpacked into, a
// folder with the envelope in it, or the envelope.
func (r *run) packages(names, keys []string, p *packageWords) {
	ks, ok := logKeys(r, keys)
	if !ok {
		return
	}
	o := verify.PackageOptions{Keys: ks, Journal: p.journal}
	if o.Certificates, ok = r.certificates(p.certs); !ok {
		return
	}
	if o.Stamps, ok = r.certificates(p.stamps); !ok {
		return
	}
	pass := ""
	if p.pass != "" {
		b, err := small(p.pass)
		if err != nil {
			r.cannot(p.pass, err)
			return
		}
		pass = strings.TrimSpace(string(b))
	}
	for _, name := range names {
		report, err := onePackage(name, pass, o)
		switch {
		case err != nil:
			r.cannot(name, err)
		case p.html:
			r.faulty = r.faulty || !report.OK()
			if err := report.HTML(r.out, name); err != nil {
				r.unread = true
			}
		case p.pdf:
			r.faulty = r.faulty || !report.OK()
			if err := report.PDF(r.out, name); err != nil {
				r.unread = true
			}
		default:
			r.tell(name, report)
		}
	}
}

func (r *run) certificates(files []string) (out []verify.Certificate, ok bool) {
	for _, f := range files {
		b, err := small(f)
		if err == nil {
			var list []verify.Certificate
			list, err = verify.ParseCertificates(b)
			out = append(out, list...)
		}
		if err != nil {
			r.cannot(f, err)
			return nil, false
		}
	}
	return out, true
}

func onePackage(name, pass string, o verify.PackageOptions) (*verify.Report, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fault.As(fault.Unavailable, "verify.read", err)
	}
	if !info.IsDir() {
		return envelope(name, "", pass, o)
	}
	if _, err := os.Stat(filepath.Join(name, "4-KONTROL")); err == nil {
		// os.DirFS follows links; whatever is not a plain file is refused by
		// the check before it is opened.
		return verify.Package(os.DirFS(name), o)
	}
	found, err := filepath.Glob(filepath.Join(name, "BEVIS-*.zip"))
	if err != nil || len(found) != 1 {
		return nil, fault.New(fault.Invalid, "verify.kind", "%d envelopes in the folder", len(found))
	}
	return envelope(found[0], found[0]+".sha256", pass, o)
}

// envelope checks a zip file, and the sum that lies beside it if there is one.
func envelope(name, beside, pass string, o verify.PackageOptions) (*verify.Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.As(fault.Unavailable, "verify.read", err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, fault.New(fault.Unavailable, "verify.read", "not a file, %v", err)
	}
	report, err := verify.Envelope(f, info.Size(), pass, o)
	if err != nil {
		return report, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, info.Size())); err != nil {
		return nil, fault.As(fault.Unavailable, "verify.read", err)
	}
	report.Facts = append(report.Facts, verify.Item{Key: "package.envelope", Args: []any{filepath.Base(name), hex.EncodeToString(h.Sum(nil))}})
	if beside == "" {
		return report, nil
	}
	want, err := small(beside)
	if err != nil {
		report.Faults = append(report.Faults, verify.Item{Key: "package.missing", Args: []any{filepath.Base(beside)}})
		return report, nil
	}
	if string(want) != fmt.Sprintf("%s  %s\n", hex.EncodeToString(h.Sum(nil)), filepath.Base(name)) {
		report.Faults = append(report.Faults, verify.Item{Key: "package.beside", Args: []any{filepath.Base(beside)}})
	}
	return report, nil
}
