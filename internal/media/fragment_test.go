package media

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"vidne.dk/vidne/internal/fault"
)

// A real 1080p30 High profile SPS (x264) and an H.265 one (x265).
var (
	sps264 = unhex("67640028acd940780227e5c05a808080a0000003002000000781e30632c0")
	pps264 = unhex("68ebe3cb22c0")
	vps265 = unhex("40010c01ffff01600000030090000003000003005d959809")
	sps265 = unhex("42010101600000030090000003000003005da00280802d165959a4932b9a02000003000200000300321040")
	pps265 = unhex("4401c172b46240")
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func video() Track {
	t := Track{ID: 1, Codec: H264, Timescale: 90000, SPS: sps264, PPS: pps264}
	if _, err := Describe(&t); err != nil {
		panic(err)
	}
	return t
}

func nal(kind byte, n int, fill byte) []byte {
	b := append([]byte{0, 0, 0, 0, kind}, bytes.Repeat([]byte{fill}, n)...)
	binary.BigEndian.PutUint32(b, uint32(n+1))
	return b
}

func TestFragmentsComeBackAsTheyWereGiven(t *testing.T) {
	sound := Track{ID: 2, Codec: AAC, Timescale: 48000, SampleRate: 48000, Channels: 2, AudioConfig: []byte{0x11, 0x90}}
	tracks := []Track{video(), sound}
	var f Fragmenter
	f.Begin(tracks)

	const start = int64(90000) * 3600 * 30 // past 32 bits
	var given []Sample
	add := func(s Sample) {
		t.Helper()
		if err := f.Add(&s); err != nil {
			t.Fatal(err)
		}
		given = append(given, s)
	}
	var out []byte
	for gop := range int64(3) {
		for i := range int64(30) {
			n := gop*30 + i
			s := Sample{Track: 1, DTS: start + n*6000 + n%3, PTS: start + n*6000 + n%3 + 12000*(n%2), Key: i == 0, Data: nal(0x41, 100+int(n), byte(n))}
			add(s)
			add(Sample{Track: 2, DTS: start/90000*48000 + n*3200, PTS: start/90000*48000 + n*3200, Key: true, Data: []byte{byte(n), 1, 2}})
		}
		f.End(&Sample{Track: 1, DTS: start + (gop+1)*30*6000})
		before := f.Len()
		one := f.Bytes(uint32(gop))
		if f.Len() != before || !bytes.Equal(one, f.Bytes(uint32(gop))) {
			t.Fatal("taking the bytes changed what is gathered")
		}
		out = f.AppendTo(out, uint32(gop))
		f.Reset()
	}
	i := map[int]int{}
	err := ParseFragment(out, func(s Sample) {
		var want Sample
		for {
			want = given[i[s.Track]]
			i[s.Track]++
			if want.Track == s.Track {
				break
			}
		}
		base := start
		if s.Track == 2 {
			base = start / 90000 * 48000
		}
		if s.DTS != want.DTS-base || s.PTS != want.PTS-base || s.Key != want.Key || !bytes.Equal(s.Data, want.Data) {
			t.Fatalf("track %d: got dts %d pts %d key %v, want %d %d %v", s.Track, s.DTS, s.PTS, s.Key, want.DTS-base, want.PTS-base, want.Key)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if i[1] == 0 || i[2] == 0 {
		t.Fatal("samples are missing")
	}
}

func TestInitComesBack(t *testing.T) {
	hevc := Track{ID: 1, Codec: H265, Timescale: 90000, VPS: vps265, SPS: sps265, PPS: pps265}
	if _, err := Describe(&hevc); err != nil {
		t.Fatal(err)
	}
	for _, tracks := range [][]Track{
		{video()},
		{hevc},
		{video(), {ID: 2, Codec: AAC, Timescale: 48000, SampleRate: 48000, Channels: 2, AudioConfig: []byte{0x11, 0x90}}},
		{video(), {ID: 2, Codec: LPCM, Timescale: 8000, SampleRate: 8000, Channels: 1}},
		{video(), {ID: 2, Codec: Opus, Timescale: 48000, SampleRate: 48000, Channels: 2}},
	} {
		b, err := Init(tracks)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseInit(b)
		if err != nil {
			t.Fatal(err)
		}
		if !Same(tracks, back) || back[0].Width != tracks[0].Width || back[0].Height != tracks[0].Height || back[0].FPS != tracks[0].FPS {
			t.Fatalf("%+v came back as %+v", tracks, back)
		}
	}
}

func TestDescribe(t *testing.T) {
	v := video()
	if v.Width != 1920 || v.Height != 1080 || v.FPS != 30 {
		t.Errorf("%d x %d, %g", v.Width, v.Height, v.FPS)
	}
	if got := CodecString(&v); got != "avc1.640028" {
		t.Error(got)
	}
	h := Track{ID: 1, Codec: H265, SPS: sps265}
	if _, err := Describe(&h); err != nil {
		t.Fatal(err)
	}
	if got := CodecString(&h); got != "hvc1.1.6.L93.90" {
		t.Error(got)
	}
	if got := MIME([]Track{v, {Codec: AAC, AudioConfig: []byte{0x11, 0x90}}}); got != `video/mp4; codecs="avc1.640028,mp4a.40.2"` {
		t.Error(got)
	}
}

func TestOverheadAndAllocations(t *testing.T) {
	var f Fragmenter
	f.Begin([]Track{video()})
	data := nal(0x41, 500000/8/15-5, 1) // 0.5 Mbit/s at 15 pictures a second
	dts, elementary, written := int64(0), 0, 0
	var dst []byte
	gop := func() {
		for i := range 30 {
			// Clocks of real cameras are not even: durations differ.
			s := Sample{Track: 1, DTS: dts, PTS: dts, Key: i == 0, Data: data}
			if err := f.Add(&s); err != nil {
				t.Fatal(err)
			}
			elementary += len(data)
			dts += 6000 + dts%7
		}
		dst = f.AppendTo(dst[:0], 1)
		written += len(dst)
		f.Reset()
	}
	gop()
	if n := testing.AllocsPerRun(200, gop); n > 0 {
		t.Errorf("%g allocations for each 30 samples", n)
	}
	if over := float64(written-elementary) / float64(elementary) * 100; over > 0.29 {
		t.Errorf("overhead %.3f %%", over)
	} else {
		t.Logf("overhead %.3f %% at 0.5 Mbit/s with uneven durations", over)
	}
}

func TestAddRefuses(t *testing.T) {
	var f Fragmenter
	f.Begin([]Track{video()})
	ok := Sample{Track: 1, DTS: 100, PTS: 100, Key: true, Data: []byte{0, 0, 0, 1, 9}}
	if err := f.Add(&ok); err != nil {
		t.Fatal(err)
	}
	before := f.Bytes(1)
	for name, s := range map[string]Sample{
		"unknown track":   {Track: 2, DTS: 200, PTS: 200},
		"time stands":     {Track: 1, DTS: 100, PTS: 100},
		"time backwards":  {Track: 1, DTS: 99, PTS: 100},
		"time jumps far":  {Track: 1, DTS: 1 << 40, PTS: 1 << 40},
		"shown far later": {Track: 1, DTS: 200, PTS: 1 << 40},
		"too much":        {Track: 1, DTS: 200, PTS: 200, Data: make([]byte, MaxFragment)},
	} {
		if err := f.Add(&s); fault.Of(err) == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(before, f.Bytes(1)) {
		t.Error("a refused sample left a trace")
	}
}

func TestBurstGivesItsMemoryBack(t *testing.T) {
	var f Fragmenter
	f.Begin([]Track{video()})
	big := make([]byte, 8<<20)
	for i := range 200 {
		data := big[:1000]
		if i == 0 {
			data = big
		}
		if err := f.Add(&Sample{Track: 1, DTS: int64(i), PTS: int64(i), Data: data}); err != nil {
			t.Fatal(err)
		}
		f.Bytes(1)
		f.Reset()
	}
	if c := cap(f.tracks[0].buf); c > 1<<20 {
		t.Errorf("still holds %d bytes", c)
	}
}

func TestManySamplesMoveTheHead(t *testing.T) {
	var f Fragmenter
	f.Begin([]Track{video()})
	for i := range 1000 {
		if err := f.Add(&Sample{Track: 1, DTS: int64(i * i), PTS: int64(i * i), Key: i%3 == 0, Data: []byte{byte(i), byte(i >> 8)}}); err != nil && i > 0 {
			t.Fatal(err)
		}
	}
	n := 0
	if err := ParseFragment(f.Bytes(1), func(s Sample) {
		if int(s.Data[0])|int(s.Data[1])<<8 != n || s.DTS != int64(n*n) || s.Key != (n%3 == 0) {
			t.Fatalf("sample %d: %+v", n, s)
		}
		n++
	}); err != nil || n != 1000 {
		t.Fatal(n, err)
	}
}

func FuzzParse(f *testing.F) {
	b, err := Init([]Track{video(), {ID: 2, Codec: AAC, Timescale: 48000, SampleRate: 48000, Channels: 2, AudioConfig: []byte{0x11, 0x90}}})
	if err != nil {
		f.Fatal(err)
	}
	var g Fragmenter
	g.Begin([]Track{video()})
	for i := range 3 {
		if err := g.Add(&Sample{Track: 1, DTS: int64(i) * 6000, PTS: int64(i)*6000 + 5, Key: i == 0, Data: nal(0x65, 5, 3)}); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b)
	f.Add(g.Bytes(1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if tracks, err := ParseInit(b); err == nil {
			again, err := Init(tracks)
			if err != nil {
				t.Fatalf("read but not written: %v", err)
			}
			if back, err := ParseInit(again); err != nil || !Same(tracks, back) {
				t.Fatalf("%v: %+v became %+v", err, tracks, back)
			}
		}
		total := 0
		err := ParseFragment(b, func(s Sample) { total += len(s.Data) })
		_ = err // any fault will do: what counts is that it ends and stays within b
	})
}

func FuzzDescribe(f *testing.F) {
	f.Add(byte(H264), sps264)
	f.Add(byte(H265), sps265)
	f.Fuzz(func(t *testing.T, codec byte, sps []byte) {
		track := Track{ID: 1, Codec: Codec(codec), Timescale: 90000, SPS: sps, PPS: pps264, VPS: vps265}
		i, err := Describe(&track)
		if err != nil {
			return
		}
		if i.Width < 1 || i.Width > maxSide || i.Height < 1 || i.Height > maxSide || i.FPS < 0 || i.FPS > maxFPS || i.Reorder > 16 {
			t.Fatalf("%+v", i)
		}
		CodecString(&track)
		_, err = Init([]Track{track})
		_ = err // a short SPS may be refused, never crash
	})
}
