package cases

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
)

// kleNumber is a case number by the municipalities' classification: KLE
// subject, facet, running number and year, "82.16.05-Ø54-5-18".
var kleNumber = regexp.MustCompile(`^\d{2}\.\d{2}\.\d{2}-[A-ZÆØÅ]\d{2}-\d+-\d{2}$`)

// Direction is which way a document went, seen from the controller.
type direction string

const (
	incoming direction = "incoming" // somebody gave it to the case
	internal direction = "internal" // made within the case
	outgoing direction = "outgoing" // a decision, told to the applicant
)

// sidecar is what stands beside each document of the package: what a case
// system asks when it takes a document in.
type sidecar struct {
	File       string    `json:"file"`
	Title      string    `json:"title"`
	Kind       string    `json:"kind"`
	Case       string    `json:"case"`
	CaseNumber string    `json:"caseNumber,omitempty"` // by KLE
	Reference  string    `json:"reference,omitempty"`  // another number that was given
	Controller string    `json:"controller"`
	Date       string    `json:"documentDate"` // yyyy-mm-dd, in Denmark
	Direction  direction `json:"direction"`
	By         string    `json:"by,omitempty"`
	MediaType  string    `json:"mediaType"`
	Size       int64     `json:"size"`
	SHA256     string    `json:"sha256"`
}

// manifest ends the package and names all of it.
type manifest struct {
	Format     string    `json:"format"`
	Case       string    `json:"case"`
	Title      string    `json:"title"`
	CaseNumber string    `json:"caseNumber,omitempty"`
	Reference  string    `json:"reference,omitempty"`
	Controller string    `json:"controller"`
	Status     string    `json:"status"`
	Opened     time.Time `json:"opened"`
	Ended      time.Time `json:"ended,omitzero"`
	Made       time.Time `json:"made"`
	Documents  []sidecar `json:"documents"`
}

// packageFormat names the form that docs/ref/case-package.md describes.
const packageFormat = "vidne-case-package-1"

// bundle writes a package as it goes: nothing but one paper at a time is held
// in memory.
type bundle struct {
	v    *visit
	look dossier.View
	ctx  context.Context //nolint:containedctx // a package is as long as its request
	zip  *zip.Writer
	all  []sidecar
}

// casePackage is the whole case for the municipality's own case system.
// Taking it is an entry of the ledger, made before the first byte.
func (p *Screens) casePackage(v *visit, look dossier.View) error {
	c := look.Case
	journal, err := p.Cases.Journal(v.Ctx, c.Controller, c.ID, 0)
	if err != nil {
		return err
	}
	revisions, err := p.Cases.Revisions(v.Ctx, c.Controller, c.ID)
	if err != nil {
		return err
	}
	linked, err := p.Cases.DocumentsOf(v.Ctx, c.Controller, c.ID)
	if err != nil {
		return err
	}
	committee, err := p.paperOf(v, look)
	if err != nil {
		return err
	}
	var letter *paper.Paper
	if decided(c) {
		d, err := p.decision(v, look)
		if err != nil {
			return err
		}
		letter = v.letterPaper(d)
	}
	if err := v.Site.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := v.Site.Ledger.Append(v.Ctx, tx, v.Now, "case.exported", v.Entry(map[string]any{"case": c.ID, "revisions": len(revisions), "documents": len(linked), "entries": len(journal)}))
		return err
	}); err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": v.T("package.file") + "-" + c.ID + ".zip"}))
	b := &bundle{v: v, look: look, ctx: v.Ctx, zip: zip.NewWriter(v.W)}
	err = b.papers("dagbog", v.T("journal.title"), "journal", internal, v.Now, "", v.journalPaper(look, journal))
	if err == nil {
		err = b.raw("dagbog.json", v.T("journal.title"), "journal-data", internal, v.Now, "", "application/json", indented(journal))
	}
	for i := len(revisions) - 1; i >= 0 && err == nil; i-- {
		err = b.revision(revisions[i])
	}
	if err == nil {
		err = b.papers("fremstilling", v.T("committee.title"), "committee-paper", internal, v.Now, "", committee)
	}
	if err == nil && letter != nil {
		err = b.papers("afgoerelse", v.T("letter.title"), "decision", outgoing, latest(c.Decided, c.Ended), "", letter)
	}
	for i := 0; i < len(linked) && err == nil; i++ {
		err = b.document(p.Documents, i+1, linked[i])
	}
	if err == nil {
		err = b.end()
	}
	if err != nil {
		// Half a package must not pass for a whole one.
		v.Site.Log.Error("a case's package was broken off", "case", c.ID, "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// numbers is the case's number in the field where it belongs.
func numbers(c casework.Case) (kle, reference string) {
	if kleNumber.MatchString(c.Number) {
		return c.Number, ""
	}
	return "", c.Number
}

// put writes one file and its sidecar.
func (b *bundle) put(name, title, kind string, dir direction, at time.Time, by, media string, want string, from io.Reader) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), from)
	if err != nil {
		return err
	}
	c := b.look.Case
	s := sidecar{File: name, Title: title, Kind: kind, Case: c.ID, Controller: b.v.Controller.Name, Date: at.In(zoneOf()).Format(time.DateOnly), Direction: dir, By: by,
		MediaType: media, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}
	s.CaseNumber, s.Reference = numbers(c)
	if want != "" && want != s.SHA256 {
		return fault.New(fault.Corrupt, "document.corrupt", "%s is %s, not %s", name, s.SHA256, want)
	}
	b.all = append(b.all, s)
	return b.plain(name+".meta.json", at, indented(s))
}

func (b *bundle) plain(name string, at time.Time, data []byte) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func (b *bundle) raw(name, title, kind string, dir direction, at time.Time, by, media string, data []byte) error {
	return b.put(name, title, kind, dir, at, by, media, "", bytes.NewReader(data))
}

// papers writes one paper as page and as PDF.
func (b *bundle) papers(name, title, kind string, dir direction, at time.Time, by string, doc *paper.Paper) error {
	var buf bytes.Buffer
	if err := doc.HTML(&buf); err != nil {
		return err
	}
	if err := b.raw(name+".html", title, kind, dir, at, by, "text/html; charset=utf-8", buf.Bytes()); err != nil {
		return err
	}
	buf.Reset()
	if err := writePDF(doc, &buf); err != nil {
		return err
	}
	return b.raw(name+".pdf", title, kind, dir, at, by, "application/pdf", buf.Bytes())
}

// revision writes an application as it was sent: for people, and as data.
func (b *bundle) revision(r dossier.Revision) error {
	name := fmt.Sprintf("ansoegning/udgave-%03d", r.Revision)
	title := b.v.T("package.revision", r.Revision)
	if err := b.papers(name, title, "application", incoming, r.Made, r.Name, b.v.revisionPaper(b.look, r)); err != nil {
		return err
	}
	return b.raw(name+".json", title, "application-data", incoming, r.Made, r.Name, "application/json", indented(r))
}

// document copies one annex or piece of evidence, straight from its file.
func (b *bundle) document(room *document.Room, n int, l dossier.Linked) error {
	d, content, err := room.Read(b.ctx, b.look.Case.Controller, l.Document)
	if fault.Is(err, fault.NotFound) {
		return nil // taken off before it was sent, and removed for good
	}
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	title := d.Name
	if k, ok := b.look.Process.Annex(l.Kind); ok {
		title = b.v.text(k.Title) + ": " + d.Name
	}
	return b.put(fmt.Sprintf("bilag/%03d-%s", n, document.SafeName(d.Name, d.Type)), title, l.Use, incoming, d.Added, "", d.Type.ContentType(), d.SHA256, content)
}

// end writes the manifest, which tells a whole package from a broken one.
func (b *bundle) end() error {
	c := b.look.Case
	m := manifest{Format: packageFormat, Case: c.ID, Title: c.Title, Controller: b.v.Controller.Name, Status: string(c.Status), Opened: c.Opened, Ended: c.Ended, Made: b.v.Now, Documents: b.all}
	m.CaseNumber, m.Reference = numbers(c)
	if err := b.plain("manifest.json", b.v.Now, indented(m)); err != nil {
		return err
	}
	return b.zip.Close()
}

// indented is a value as JSON for people and programs. Only types of ours come
// here, and they all have a JSON form.
func indented(v any) []byte {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return []byte("null\n")
	}
	return append(data, '\n')
}
