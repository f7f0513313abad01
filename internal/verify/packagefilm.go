package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"io"
	"strconv"
	"time"
)

// packManifest is manifest.json (docs/ref/evidence-package.md).
type (
	packManifest struct {
		Form       string        `json:"form"`
		ID         string        `json:"id"`
		Made       packMoment    `json:"made"`
		Software   string        `json:"software"`
		Controller packSender    `json:"controller"`
		Journals   []string      `json:"journals"`
		Requester  packRequester `json:"requester"`
		Approvals  []packYes     `json:"approvals"`
		KeptUntil  packMoment    `json:"kept_until"`
		Originals  []packFilm    `json:"originals"`
		Files      []packFile    `json:"files"`
		Logs       []packLog     `json:"logs"`
		Signature  packSigned    `json:"signature"`
		Timestamp  packStamp     `json:"timestamp"`
		Events     int           `json:"events"`
	}
	packMoment struct {
		UTC   string `json:"utc"`
		Local string `json:"local"`
	}
	packSender struct {
		Name string `json:"name"`
		CVR  string `json:"cvr"`
	}
	packRequester struct {
		Name      string `json:"name"`
		Station   string `json:"station"`
		Authority string `json:"authority"`
		Ground    string `json:"ground"`
	}
	packYes struct {
		What string     `json:"what"`
		By   string     `json:"by"`
		At   packMoment `json:"at"`
	}
	packSpan struct {
		From  packMoment `json:"from"`
		To    packMoment `json:"to"`
		Cause string     `json:"cause"`
	}
	packFilm struct {
		File     string        `json:"file"`
		Samples  string        `json:"samples"`
		Copies   []string      `json:"copies"`
		Camera   packCamera    `json:"camera"`
		Mask     string        `json:"mask"`
		Asked    packSpan      `json:"asked"`
		Given    packSpan      `json:"given"`
		Codec    string        `json:"codec"`
		Width    int           `json:"width"`
		Height   int           `json:"height"`
		Pictures int           `json:"pictures"`
		Gaps     []packSpan    `json:"gaps"`
		Clock    packClock     `json:"clock"`
		Segments []packSegment `json:"segments"`
	}
	packCamera struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Address  string `json:"address"`
		Make     string `json:"make"`
		Model    string `json:"model"`
		Serial   string `json:"serial"`
		Firmware string `json:"firmware"`
		Basis    string `json:"basis"`
		Permit   string `json:"permit"`
	}
	packClock struct {
		Server  string       `json:"server"`
		Offsets []packOffset `json:"offsets"`
		Checked string       `json:"checked"`
	}
	packOffset struct {
		At     packMoment `json:"at"`
		Micros int64      `json:"micros"`
	}
	packSegment struct {
		ID       string     `json:"id"`
		Log      string     `json:"log"`
		Index    uint64     `json:"index"`
		SHA256   string     `json:"sha256"`
		Pictures int64      `json:"pictures"`
		From     packMoment `json:"from"`
		To       packMoment `json:"to"`
	}
	packFile struct {
		Name      string   `json:"name"`
		Role      string   `json:"role"`
		From      []string `json:"from"`
		Tool      string   `json:"tool"`
		Version   string   `json:"version"`
		Arguments []string `json:"arguments"`
		Size      int64    `json:"size"`
		SHA256    string   `json:"sha256"`
	}
	packLog struct {
		File    string   `json:"file"`
		Origin  string   `json:"origin"`
		Signers []string `json:"signers"`
	}
	packSigned struct {
		File        string `json:"file"`
		Certificate string `json:"certificate"`
		Fingerprint string `json:"fingerprint"`
	}
	packStamp struct {
		File    string `json:"file"`
		Missing string `json:"missing"`
	}
)

// time is the moment, if both ways of writing it agree.
func (m packMoment) time() (time.Time, bool) {
	utc, err := time.Parse(timeForm, m.UTC)
	local, lerr := time.Parse("2006-01-02T15:04:05.000000-07:00", m.Local)
	return utc, err == nil && lerr == nil && utc.Equal(local)
}

// times reports whether every moment of the manifest is one.
func (m *packManifest) times() bool {
	all := []packMoment{m.Made, m.KeptUntil}
	for _, a := range m.Approvals {
		all = append(all, a.At)
	}
	for _, f := range m.Originals {
		all = append(all, f.Asked.From, f.Asked.To, f.Given.From, f.Given.To)
		for _, g := range f.Gaps {
			all = append(all, g.From, g.To)
		}
		for _, c := range f.Clock.Offsets {
			all = append(all, c.At)
		}
		for _, s := range f.Segments {
			all = append(all, s.From, s.To)
		}
	}
	for _, a := range all {
		if _, ok := a.time(); !ok {
			return false
		}
	}
	return true
}

func keyHash(blob string) string {
	raw, err := base64.StdEncoding.Strict().DecodeString(blob)
	if err != nil || len(raw) < 5 {
		return ""
	}
	return hex.EncodeToString(raw[:4])
}

// shot is a line of samples.csv.
type shot struct {
	at      time.Time
	size    int
	key     bool
	segment string
	group   string
}

// shots reads a list of pictures.
func shots(b []byte) (out []shot, ok bool) {
	rows := csv.NewReader(bytes.NewReader(b))
	rows.ReuseRecord = true
	head, err := rows.Read()
	if err != nil || len(head) != 7 || head[0] != "picture" || head[6] != "gop_sha256" {
		return nil, false
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return out, true
		}
		if err != nil {
			return nil, false
		}
		at, terr := time.Parse(timeForm, row[2])
		size, serr := strconv.Atoi(row[3])
		if terr != nil || serr != nil || row[0] != strconv.Itoa(len(out)+1) || row[4] != "0" && row[4] != "1" || len(out) > 0 && at.Before(out[len(out)-1].at) {
			return nil, false
		}
		out = append(out, shot{at, size, row[4] == "1", string([]byte(row[5])), string([]byte(row[6]))})
	}
}

// films compares each original with its list, with the log, and with what the
// manifest says of its times.
func (p *pack) films() {
	type place struct{ camera, from, to string }
	last := map[place]time.Time{}
	cameras := map[string]string{} // of each segment
	for i := range p.m.Originals {
		f := &p.m.Originals[i]
		if f.File == "" {
			p.without(f, cameras)
			continue
		}
		b, ok := p.read(f.Samples, maxList)
		if !ok {
			continue
		}
		list, ok := shots(b)
		if !ok || len(list) == 0 || len(list) != f.Pictures {
			p.wrong("package.samples", plainText(f.Samples))
			continue
		}
		if film, ok := p.parts[f.File]; !ok || !film.same(list) {
			p.wrong("package.film", plainText(f.File), plainText(f.Samples))
		}
		p.segments(f, list, cameras)
		at := place{f.Camera.ID, f.Asked.From.UTC, f.Asked.To.UTC}
		begin, ok := last[at]
		if !ok {
			begin, _ = f.Asked.From.time()
		}
		p.gaps(f, list, begin)
		last[at] = list[len(list)-1].at
	}
	for i := range p.m.Originals {
		f := &p.m.Originals[i]
		at := place{f.Camera.ID, f.Asked.From.UTC, f.Asked.To.UTC}
		end, ok := last[at] // not of a masked camera
		to, _ := f.Asked.To.time()
		if ok && to.Sub(end) > unseen && !p.told(at.camera, at.from, end, to) {
			p.wrong("package.gap", plainText(f.File), moment(end.UnixMicro()), moment(to.UnixMicro()))
		}
		delete(last, at)
	}
	for _, f := range p.m.Files {
		if f.Role != "original" {
			continue
		}
		if _, ok := p.parts[f.Name]; !ok {
			p.wrong("package.film", plainText(f.Name), "")
		}
	}
}

// without looks at a camera of which there is no original: that is so of a
// masked one alone, and then there is a copy.
func (p *pack) without(f *packFilm, cameras map[string]string) {
	if f.Mask != "painted" || f.Samples != "" || f.Pictures != 0 || len(f.Copies) == 0 {
		p.wrong("package.no-original", plainText(f.Camera.ID))
		return
	}
	p.segments(f, nil, cameras)
	p.fact("package.painted", plainText(f.Camera.Name))
}

// unseen is how far two pictures may lie apart without being a gap: what the
// recorder lets pass, and the length of a slow camera's picture.
const unseen = 2500 * time.Millisecond

// slack is what a gap's ends may differ from the pictures beside it.
const slack = 1500 * time.Millisecond

// gaps looks for pictures that are missing and not told, and for gaps told
// where there are pictures.
func (p *pack) gaps(f *packFilm, list []shot, begin time.Time) {
	from, _ := f.Given.From.time()
	to, _ := f.Given.To.time()
	if d := list[0].at.Sub(from); d > slack || d < -slack {
		p.wrong("package.times", plainText(f.File))
	}
	if begin := p.parts[f.File].begin; !begin.IsZero() && (begin.Sub(list[0].at) > slack || list[0].at.Sub(begin) > slack) {
		p.wrong("package.times", plainText(f.File))
	}
	if d := to.Sub(list[len(list)-1].at); d < 0 || d > unseen {
		p.wrong("package.times", plainText(f.File))
	}
	for i := range list {
		before := begin
		if i > 0 {
			before = list[i-1].at
		}
		if at := list[i].at; at.Sub(before) > unseen && !p.told(f.Camera.ID, f.Asked.From.UTC, before, at) {
			p.wrong("package.gap", plainText(f.File), moment(before.UnixMicro()), moment(at.UnixMicro()))
		}
	}
	for _, g := range f.Gaps {
		a, _ := g.From.time()
		b, _ := g.To.time()
		for _, s := range list {
			if s.at.After(a.Add(slack)) && s.at.Before(b.Add(-slack)) {
				p.wrong("package.no-gap", plainText(f.File), moment(a.UnixMicro()), moment(b.UnixMicro()))
				break
			}
		}
	}
}

// told reports whether the manifest tells of a gap, with a cause.
func (p *pack) told(camera, asked string, from, to time.Time) bool {
	for i := range p.m.Originals {
		f := &p.m.Originals[i]
		if f.Camera.ID != camera || f.Asked.From.UTC != asked {
			continue
		}
		for _, g := range f.Gaps {
			a, _ := g.From.time()
			b, _ := g.To.time()
			if !a.After(from.Add(slack)) && !b.Before(to.Add(-slack)) && g.Cause != "" {
				return true
			}
		}
	}
	return false
}

// segments compares the pictures with what the log says was recorded.
func (p *pack) segments(f *packFilm, list []shot, cameras map[string]string) {
	told := map[string]packSegment{}
	for _, s := range f.Segments {
		told[s.ID] = s
		l, ok := p.seals[s.ID]
		from, _ := s.From.time()
		to, _ := s.To.time()
		switch {
		case !ok || l.origin != s.Log || l.index != s.Index || l.SHA256 != s.SHA256 || l.Pictures != s.Pictures || l.Start != from.UnixMicro() || l.End != to.UnixMicro():
			p.wrong("package.segment", plainText(s.ID), plainText(f.File))
		case l.Camera != f.Camera.ID || cameras[s.ID] != "" && cameras[s.ID] != f.Camera.ID:
			p.wrong("package.camera", plainText(s.ID), plainText(l.Camera), plainText(f.Camera.ID))
		}
		cameras[s.ID] = f.Camera.ID
	}
	if len(told) == 0 {
		p.wrong("package.unlogged", plainText(f.File))
	}
	count := map[string]int64{}
	for _, s := range list {
		t, ok := told[s.segment]
		from, _ := t.From.time()
		to, _ := t.To.time()
		if !ok || s.at.Before(from.Add(-slack)) || s.at.After(to.Add(slack)) {
			p.wrong("package.times", plainText(f.File))
			return
		}
		count[s.segment]++
	}
	if list == nil {
		return // of a masked camera nothing is there to count
	}
	// A segment in the middle is there whole; the first and last may be cut.
	for i, s := range f.Segments {
		if n := count[s.ID]; n > s.Pictures || n < s.Pictures && i > 0 && i < len(f.Segments)-1 {
			p.wrong("package.cut", plainText(f.File), plainText(s.ID), n, s.Pictures)
		}
	}
}
