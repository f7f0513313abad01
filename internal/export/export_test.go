package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/testcam"
)

var from = time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)

// footage cuts a real clip into pieces of one group of pictures, a segment
// each `per` groups, with a gap before the listed groups.
func footage(t testing.TB, name string, groups, per int, gaps map[int]time.Duration) ([]Piece, [][]byte) {
	t.Helper()
	clip, err := testcam.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	track := media.Track{ID: 1, Codec: clip.Codec, Timescale: 90000, VPS: clip.VPS, SPS: clip.SPS, PPS: clip.PPS,
		Width: clip.Width, Height: clip.Height, FPS: clip.FPS}
	initial, err := media.Init([]media.Track{track})
	if err != nil {
		t.Fatal(err)
	}
	var pieces []Piece
	var data [][]byte
	var frag media.Fragmenter
	at, frame, step := from, 0, int64(90000/clip.FPS)
	for g := range groups {
		at = at.Add(gaps[g])
		if g%per == 0 || gaps[g] > 0 {
			frag.Begin([]media.Track{track})
		}
		frag.Reset()
		n := 0
		for {
			f := clip.Frames[frame%len(clip.Frames)]
			if n > 0 && f.Key {
				break
			}
			var b []byte
			for _, nal := range f.NALs {
				b = append(b, byte(len(nal)>>24), byte(len(nal)>>16), byte(len(nal)>>8), byte(len(nal)))
				b = append(b, nal...)
			}
			data = append(data, b)
			s := media.Sample{Track: 1, DTS: int64(frame) * step, PTS: int64(frame) * step, Key: f.Key, Data: b}
			if err := frag.Add(&s); err != nil {
				t.Fatal(err)
			}
			n, frame = n+1, frame+1
		}
		end := at.Add(time.Duration(n) * time.Second / time.Duration(clip.FPS))
		segment := strconv.Itoa(g / per)
		if gaps[g] > 0 {
			segment += "b"
		}
		pieces = append(pieces, Piece{segment, "s" + segment, at, end, initial, bytes.Clone(frag.Bytes(uint32(g + 1)))})
		at = end
	}
	return pieces, data
}

type source struct {
	pieces []Piece
	err    error
}

func (s *source) Next(context.Context) (*Piece, error) {
	if len(s.pieces) == 0 {
		return nil, s.err
	}
	p := s.pieces[0]
	s.pieces = s.pieces[1:]
	return &p, nil
}

func TestOneFileOfManySegmentsKeepsEveryByteAndTheTime(t *testing.T) {
	pieces, data := footage(t, testcam.Tiny, 12, 4, map[int]time.Duration{9: 7 * time.Second})
	var out bytes.Buffer
	r, err := MP4(context.Background(), &out, &source{pieces, io.EOF})
	if err != nil {
		t.Fatal(err)
	}
	if r.Pictures != int64(len(data)) || r.Bytes != int64(out.Len()) || !r.Changed.IsZero() {
		t.Errorf("report %+v of %d pictures", r, len(data))
	}
	if len(r.Gaps) != 1 || r.Gaps[0].To.Sub(r.Gaps[0].From) != 7*time.Second {
		t.Errorf("gaps %v", r.Gaps)
	}
	i, last := 0, int64(-1)
	err = media.ParseFragment(out.Bytes(), func(s media.Sample) {
		if i < len(data) && !bytes.Equal(s.Data, data[i]) {
			t.Errorf("picture %d is not what the camera sent", i)
		}
		if s.DTS <= last {
			t.Errorf("picture %d: time goes from %d to %d", i, last, s.DTS)
		}
		i, last = i+1, s.DTS
	})
	if err != nil || i != len(data) {
		t.Errorf("read back %d of %d, %v", i, len(data), err)
	}
	want := r.To.Sub(r.From).Seconds()
	if got := float64(last)/90000 + 1.0/15; got < want-0.2 || got > want+0.2 {
		t.Errorf("the file lasts %.2f s, the time was %.2f s", got, want)
	}
}

func TestAnUnmodifiedPlayerReadsTheFile(t *testing.T) {
	for _, name := range []string{testcam.Tiny, testcam.SmallHE} {
		t.Run(name, func(t *testing.T) {
			pieces, data := footage(t, name, 6, 2, nil)
			file := filepath.Join(t.TempDir(), "e.mp4")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := MP4(context.Background(), f, &source{pieces, io.EOF}); err != nil {
				t.Fatal(err)
			}
			f.Close()
			b, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames:format=duration", "-of", "json", file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			var got struct {
				Streams []struct {
					Frames string `json:"nb_read_frames"`
				}
				Format struct{ Duration string }
			}
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if len(got.Streams) != 1 || got.Streams[0].Frames != strconv.Itoa(len(data)) {
				t.Errorf("decoded %+v of %d", got, len(data))
			}
		})
	}
}

func TestAFileEndsWhereTheCodecChanges(t *testing.T) {
	a, _ := footage(t, testcam.Tiny, 3, 3, nil)
	b, _ := footage(t, testcam.Small, 2, 2, nil)
	for i := range b {
		b[i].Segment = "other"
	}
	var out bytes.Buffer
	r, err := MP4(context.Background(), &out, &source{append(a, b...), io.EOF})
	if err != nil || !r.Changed.Equal(b[0].Start) || !r.To.Equal(a[2].End) {
		t.Errorf("report %+v, %v", r, err)
	}
}

func TestNothingAndFaultsAreSaid(t *testing.T) {
	var out bytes.Buffer
	if _, err := MP4(context.Background(), &out, &source{nil, io.EOF}); fault.Key(err) != "media.none" || out.Len() != 0 {
		t.Errorf("nothing: %v, %d bytes", err, out.Len())
	}
	broken := fault.New(fault.Corrupt, "segment.corrupt", "a tag fails")
	pieces, _ := footage(t, testcam.Tiny, 2, 2, nil)
	if _, err := MP4(context.Background(), &out, &source{pieces, broken}); !errors.Is(err, broken) {
		t.Errorf("a fault on the way: %v", err)
	}
	n := 0
	if err := media.ParseFragment(out.Bytes(), func(media.Sample) { n++ }); err != nil || n == 0 {
		t.Errorf("what was written before the fault does not read: %d, %v", n, err)
	}
}

func TestAListOfEveryPictureGoesWithTheOriginal(t *testing.T) {
	pieces, data := footage(t, testcam.Tiny, 6, 2, map[int]time.Duration{4: 5 * time.Second})
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	var film, plain, text bytes.Buffer
	o, err := WithList(context.Background(), &film, &text, About{Unit: "Vidne m", Source: "Bagdør \"B\"", At: at}, &source{pieces, io.EOF})
	if err != nil {
		t.Fatal(err)
	}
	// The film is the same but for what it says of itself, behind ftyp.
	var meta []byte
	if i := bytes.Index(film.Bytes(), []byte("meta")) - 4; i > 0 && i < 100 {
		n := int(binary.BigEndian.Uint32(film.Bytes()[i:]))
		meta = bytes.Clone(film.Bytes()[i : i+n])
		film = *bytes.NewBuffer(slices.Delete(film.Bytes(), i, i+n))
	}
	if _, err := MP4(context.Background(), &plain, &source{pieces, io.EOF}); err != nil || !bytes.Equal(plain.Bytes(), film.Bytes()) {
		t.Errorf("the list changes the film, %v", err)
	}
	for _, want := range []string{"suep\x01\x00\x00\x00Vidne m\x00\x00\x00\x00\x00\x00\x00\xe7", "\x00\x00\x00\x01\x00\x01Bagdør \"B\"\x00\x00\x00\x00", "cstb\x00\x00\x00\x01\x00\x00\x00\x01\x01\xdd"} {
		if !bytes.Contains(meta, []byte(want)) {
			t.Errorf("%q is not in %q", want, meta)
		}
	}
	if o.Codec != "H.264" || o.Width == 0 || !slices.Equal(o.Segments, []string{"s0", "s1", "s2b", "s2"}) {
		t.Errorf("%+v", o)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(rows) != len(data)+1 || len(rows[0]) != 7 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var group []byte
	for i, row := range rows[1:] {
		if row[4] == "1" {
			group = nil
		}
		group = append(group, data[i]...)
		last := i+2 == len(rows) || rows[i+2][4] == "1"
		sum := sha256.Sum256(group)
		if row[0] != strconv.Itoa(i+1) || row[3] != strconv.Itoa(len(data[i])) || last != (row[6] != "") || last && row[6] != hex.EncodeToString(sum[:]) {
			t.Errorf("row %d: %v", i, row)
		}
	}
	if rows[1][2] != "2026-11-20T22:00:00.000000Z" || rows[1][1] != "0" {
		t.Errorf("the first: %v", rows[1])
	}
	end, err := time.Parse(listTime, rows[len(data)][2])
	if left := o.To.Sub(end); err != nil || left <= 0 || left > 100*time.Millisecond {
		t.Errorf("the last arrives %s, the film ends %s, %v", end, o.To, err)
	}
}
