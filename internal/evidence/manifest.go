package evidence

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/fault"
)

// Form is the manifest's form and edition.
const Form = "vidne-package-1"

// Files of the control part that others name.
const (
	fileManifest    = "4-KONTROL/manifest.json"
	fileSignature   = "4-KONTROL/manifest.json.p7s"
	fileStamp       = "4-KONTROL/manifest.json.tsr"
	fileSums        = "4-KONTROL/SHA256SUMS"
	fileCertificate = "4-KONTROL/certifikat.pem"
	fileCheckText   = "4-KONTROL/SAADAN-KONTROLLERES.txt"
	fileCheckPage   = "4-KONTROL/SAADAN-KONTROLLERES.html"
)

// Roles of files.
const (
	roleOriginal = "original"
	roleSamples  = "samples"
	roleDerived  = "derived"
	rolePaper    = "paper"
	roleControl  = "control"
)

type moment struct {
	UTC   string `json:"utc"`
	Local string `json:"local"`
}

const (
	utcForm   = "2006-01-02T15:04:05.000000Z"
	localForm = "2006-01-02T15:04:05.000000-07:00"
)

func at(t time.Time, zone *time.Location) moment {
	return moment{t.UTC().Format(utcForm), t.In(zone).Format(localForm)}
}

type manifest struct {
	Form       string         `json:"form"`
	ID         string         `json:"id"`
	Made       moment         `json:"made"`
	Software   string         `json:"software"`
	Controller manifestName   `json:"controller"`
	Journals   []string       `json:"journals"`
	Requester  Requester      `json:"requester"`
	Approvals  []manifestYes  `json:"approvals"`
	KeptUntil  moment         `json:"kept_until"`
	Originals  []manifestFilm `json:"originals"`
	Files      []manifestFile `json:"files"`
	Logs       []manifestLog  `json:"logs"`
	Signature  manifestSign   `json:"signature"`
	Stamp      manifestStamp  `json:"timestamp"`
	Events     int            `json:"events"` // rows of haendelser.csv
}

type manifestName struct {
	Name string `json:"name"`
	CVR  string `json:"cvr"`
}

type manifestYes struct {
	What string `json:"what"`
	By   string `json:"by"`
	At   moment `json:"at"`
}

type manifestSpan struct {
	From moment `json:"from"`
	To   moment `json:"to"`
}

type manifestGap struct {
	From  moment `json:"from"`
	To    moment `json:"to"`
	Cause string `json:"cause"`
}

type manifestOffset struct {
	At     moment `json:"at"`
	Micros int64  `json:"micros"`
}

type manifestClock struct {
	Server  string           `json:"server"`
	Offsets []manifestOffset `json:"offsets"`
	Checked string           `json:"checked"`
}

type manifestSegment struct {
	Segment
	From moment `json:"from"`
	To   moment `json:"to"`
}

type manifestFilm struct {
	File     string            `json:"file"`    // empty: masked, there is no original
	Samples  string            `json:"samples"` // as File
	Copies   []string          `json:"copies"`  // to look at
	Camera   Camera            `json:"camera"`
	Mask     string            `json:"mask"`
	Asked    manifestSpan      `json:"asked"`
	Given    manifestSpan      `json:"given"`
	Codec    string            `json:"codec"`
	Width    int               `json:"width"`
	Height   int               `json:"height"`
	Pictures int64             `json:"pictures"`
	Gaps     []manifestGap     `json:"gaps"`
	Clock    manifestClock     `json:"clock"`
	Segments []manifestSegment `json:"segments"`
}

type manifestFile struct {
	Name      string   `json:"name"`
	Role      string   `json:"role"`
	From      []string `json:"from"` // of a derived file: what it was made from
	Tool      string   `json:"tool"`
	Version   string   `json:"version"`
	Arguments []string `json:"arguments"`
	Size      int64    `json:"size"`
	SHA256    string   `json:"sha256"`
}

type manifestLog struct {
	File    string   `json:"file"`
	Origin  string   `json:"origin"`
	Signers []string `json:"signers"` // origin and key hash of each signature on the checkpoint
}

type manifestSign struct {
	File        string `json:"file"`
	Certificate string `json:"certificate"`
	Fingerprint string `json:"fingerprint"`
}

type manifestStamp struct {
	File    string `json:"file"`    // empty: there is none
	Missing string `json:"missing"` // why: "not configured", "no answer"
}

func fileOf(w envelope.Written, role string) manifestFile {
	return manifestFile{Name: w.Name, Role: role, From: []string{}, Arguments: []string{}, Size: w.Size, SHA256: w.SHA256}
}

func (o *Order) manifest(made time.Time) *manifest {
	m := &manifest{
		Form: Form, ID: o.ID, Made: at(made, o.Zone), Software: o.Software, Controller: manifestName{o.Controller.Controller, o.Controller.CVR},
		Journals: append([]string{}, o.Journals...), Requester: o.Requester, Approvals: []manifestYes{}, KeptUntil: at(o.KeptUntil, o.Zone),
		Originals: []manifestFilm{}, Files: []manifestFile{}, Logs: []manifestLog{}, Events: len(o.Events),
	}
	for _, a := range o.Approvals {
		m.Approvals = append(m.Approvals, manifestYes{a.What, a.By, at(a.At, o.Zone)})
	}
	return m
}

// film describes one original. Of a gap the cause is the coverage's; one that
// the coverage does not know is "unknown", never left out.
func (o *Order) film(a *Asked, d *Delivered, file, samples string) (manifestFilm, error) {
	f := manifestFilm{
		File: file, Samples: samples, Camera: a.Camera, Mask: a.Mask, Asked: manifestSpan{at(a.From, o.Zone), at(a.To, o.Zone)},
		Given: manifestSpan{at(d.From, o.Zone), at(d.To, o.Zone)}, Codec: d.Codec, Width: d.Width, Height: d.Height, Pictures: d.Pictures,
		Copies: []string{}, Gaps: []manifestGap{}, Segments: []manifestSegment{},
		Clock: manifestClock{Server: a.Clock.Server, Offsets: []manifestOffset{}, Checked: a.Clock.Checked},
	}
	for _, g := range d.Gaps {
		f.Gaps = append(f.Gaps, manifestGap{at(g.From, o.Zone), at(g.To, o.Zone), a.cause(g)})
	}
	for _, c := range a.Clock.Offsets {
		f.Clock.Offsets = append(f.Clock.Offsets, manifestOffset{at(c.At, o.Zone), c.Offset.Microseconds()})
	}
	for _, id := range d.Segments {
		n := slices.IndexFunc(a.Segments, func(s Segment) bool { return s.ID == id })
		if n < 0 {
			return f, fault.New(fault.Corrupt, "evidence.segment", "the film of %s has pictures of segment %s, which is in no log", a.Camera.ID, id)
		}
		s := a.Segments[n]
		f.Segments = append(f.Segments, manifestSegment{s, at(s.From, o.Zone), at(s.To, o.Zone)})
	}
	return f, nil
}

// cause is that of the longest stretch of the coverage in a gap.
func (a *Asked) cause(g Stretch) string {
	cause, most := "unknown", time.Duration(0)
	for _, s := range a.Stretch {
		from, to := s.From, s.To
		if from.Before(g.From) {
			from = g.From
		}
		if to.After(g.To) {
			to = g.To
		}
		if d := to.Sub(from); d > most {
			cause, most = s.Cause, d
		}
	}
	return cause
}
