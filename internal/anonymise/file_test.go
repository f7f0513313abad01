package anonymise

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// covered is a picture of a grid in which some cells are the fill.
func covered(g Grid, c Cells) []byte {
	pix := make([]byte, g.PictureSize())
	for y := range g.Height {
		for x := range g.Width {
			pix[y*g.Width+x] = byte(30 + (x+y)%9)
			if g.Has(c, x/g.Cell, y/g.Cell) {
				pix[y*g.Width+x] = FillY + 2
			}
		}
	}
	for i := g.Width * g.Height; i < len(pix); i++ {
		pix[i] = FillC - 1
	}
	return pix
}

func TestACellThatShowsSomethingIsFound(t *testing.T) {
	req.Shows(t, "EVID-8")
	g := NewGrid(636, 354)
	c := g.None()
	g.fill(c, Box{2000, 2000, 2000, 9000}, true)
	in := Inspector{Grid: g}
	in.Inspect(covered(g, c), c)
	if in.Report.Flawed != 0 || in.Report.Cells != c.Count() {
		t.Fatalf("%+v", in.Report)
	}
	for name, spoil := range map[string]func([]byte){
		"a pixel in the midst":   func(p []byte) { p[150*636+190] = 20 },
		"a colour in the midst":  func(p []byte) { p[636*354+75*318+95] = 200 },
		"a colour, second plane": func(p []byte) { p[636*354+318*177+75*318+95] = 60 },
		"the last row":           func(p []byte) { p[353*636+190] = 20 },
		"white at the border":    func(p []byte) { p[150*636+128] = 255 },
	} {
		pix := covered(g, c)
		spoil(pix)
		in := Inspector{Grid: g}
		in.Inspect(pix, c)
		if in.Report.Flawed != 1 || in.Report.Flaws[0].Off < 20 {
			t.Errorf("%s: %+v", name, in.Report)
		}
	}
}

func TestTimesOfPictures(t *testing.T) {
	head := "#software: x\n#tb 0: 1/90000\n#dimensions 0: 640x360\n"
	tests := map[string]struct{ list, key string }{
		"good":       {head + "0, 0, 0, 6000, 345600, 0x1\n0, 6000, 6000, 6000, 345600, 0x2\n", ""},
		"none":       {head, "anonymise.times"},
		"cut off":    {head + "0, 0, 0, 6000, 345600, 0x1\n0, 60", "anonymise.times"},
		"other size": {head + "0, 0, 0, 6000, 345600, 0x1\n0, 6000, 6000, 6000, 86400, 0x2\n", "anonymise.changed"},
		"back":       {head + "0, 0, 900, 6000, 345600, 0x1\n0, 6000, 900, 6000, 345600, 0x2\n", "anonymise.times"},
		"other tick": {"#tb 0: 1/15\n", "anonymise.times"},
		"huge":       {"#dimensions 0: 640000x360\n0, 0, 0, 1, 5, 0x1\n", "anonymise.times"},
		"no line":    {strings.Repeat("x", 9000), "anonymise.times"},
	}
	for name, test := range tests {
		var l Times
		for _, b := range []byte(test.list) { // a byte at a time
			if _, err := l.Write([]byte{b}); err != nil {
				break
			}
		}
		all, err := l.All()
		if fault.Key(err) != test.key && (err != nil || test.key != "") {
			t.Errorf("%s: %v, %v", name, all, err)
		}
		if test.key == "" && (len(all) != 2 || all[1] != 6000 || l.Width != 640) {
			t.Errorf("%s: %v", name, all)
		}
	}
	if r := Rate([]int64{0, 6000, 12000}); r != 15 {
		t.Errorf("%v pictures a second", r)
	}
}

// piece is fragmented MP4 with nothing in it but what is written anew.
func piece(init string, times ...uint64) []byte {
	box := func(kind string, body []byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), append([]byte(kind), body...)...)
	}
	out := append(box("ftyp", []byte("isom")), box("moov", []byte(init))...)
	for _, at := range times {
		tfdt := box("tfdt", binary.BigEndian.AppendUint64([]byte{1, 0, 0, 0}, at))
		trun := box("trun", []byte{0, 0, 0, 0, 0, 0, 0, 7})
		out = append(out, box("moof", append(box("mfhd", make([]byte, 8)), box("traf", append(tfdt, trun...))...))...)
		out = append(out, box("mdat", []byte("pictures"))...)
	}
	return append(out, box("mfra", []byte("index"))...)
}

func TestPiecesBecomeOneFile(t *testing.T) {
	var out bytes.Buffer
	j := Joiner{Out: &out}
	first := piece("one", 0, 90)
	before := bytes.Clone(first)
	for i, p := range [][]byte{first, piece("one", 0)} {
		if err := j.Add(p, int64(i)*1000); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first, before) {
		t.Error("the piece was changed")
	}
	if n := bytes.Count(out.Bytes(), []byte("moov")); n != 1 || bytes.Contains(out.Bytes(), []byte("index")) {
		t.Errorf("%d heads", n)
	}
	if n, err := CountPictures(out.Bytes()); n != 21 || err != nil {
		t.Errorf("%d pictures, %v", n, err)
	}
	last := out.Bytes()[bytes.LastIndex(out.Bytes(), []byte("tfdt")):]
	if at := binary.BigEndian.Uint64(last[8:]); at != 1000 {
		t.Errorf("the last fragment is at %d", at)
	}
	if err := j.Add(piece("two", 0), 2000); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v", err)
	}
}

func FuzzJoin(f *testing.F) {
	f.Add(piece("one", 0, 90))
	f.Add([]byte{0, 0, 0, 8, 'm', 'o', 'o', 'f'})
	f.Fuzz(func(_ *testing.T, b []byte) {
		var out bytes.Buffer
		j := Joiner{Out: &out}
		_ = j.Add(b, 5)
		_, _ = CountPictures(b)
	})
}

func FuzzTimes(f *testing.F) {
	f.Add([]byte("#tb 0: 1/90000\n#dimensions 0: 640x360\n0, 0, 0, 6000, 345600, 0x1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var l Times
		_, _ = l.Write(b)
		if all, err := l.All(); err == nil && (len(all) == 0 || !rising(all)) {
			t.Errorf("%v", all)
		}
	})
}

func TestMasksAsPictures(t *testing.T) {
	f := findings(3, standing("p1", 1, 1, Box{0, 0, 500, 500}))
	w := paint(t, &Project{Findings: f})
	var out bytes.Buffer
	if err := WriteMasks(&out, w, 0, f.Chunks[0].Times); err != nil {
		t.Fatal(err)
	}
	b, size := out.Bytes(), 12+w.Grid.W*w.Grid.H
	if len(b) != 32+3*size || string(b[:4]) != "DKIF" || binary.LittleEndian.Uint64(b[32+2*size+4:]) != 12000 {
		t.Fatalf("%d bytes", len(b))
	}
	if b[32+12] != 0 || b[32+size+12] != 255 || b[32+2*size-1] != 0 {
		t.Error("the cells are not as they should be")
	}
}
