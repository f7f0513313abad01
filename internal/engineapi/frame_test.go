package engineapi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidne.dk/vidne/internal/fault"
)

func sampleFrames() []Frame {
	at := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	return []Frame{
		{FragmentHeader: FragmentHeader{Kind: FrameInit, Start: at, Base: at, Codec: "avc1.640028", Width: 1920, Height: 1080, Segment: "s1", Text: "Åse Ørsted"}, Data: []byte("init")},
		{FragmentHeader: FragmentHeader{Kind: FrameFragment, Start: at, End: at.Add(2 * time.Second), Key: true}, Data: bytes.Repeat([]byte{7}, 600_000)},
		{FragmentHeader: FragmentHeader{Kind: FrameGap, Start: at, End: at.Add(time.Hour), Cause: CauseStopped}},
		{FragmentHeader: FragmentHeader{Kind: FrameEnd}},
	}
}

func TestFramesComeOutAsTheyWentIn(t *testing.T) {
	var b bytes.Buffer
	w := NewFrameWriter(&b)
	want := sampleFrames()
	for i := range want {
		if err := w.Write(&want[i]); err != nil {
			t.Fatal(err)
		}
	}
	r := NewFrameReader(&b)
	for i := range want {
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if want[i].Data == nil {
			want[i].Data = []byte{}
		}
		if d := cmp.Diff(&want[i], got); d != "" {
			t.Fatal(d)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the end frame: %v", err)
	}
}

func TestAStreamThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	var b bytes.Buffer
	w := NewFrameWriter(&b)
	for _, f := range sampleFrames() {
		if err := w.Write(&f); err != nil {
			t.Fatal(err)
		}
	}
	whole := b.Bytes()
	for _, cut := range []int{0, 1, 4, 30, 200, 100_000, len(whole) - 1} {
		r := NewFrameReader(bytes.NewReader(whole[:cut]))
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func TestFramesOfBadFormAreRefused(t *testing.T) {
	block := func(head string, data []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
		b = append(b, head...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		return append(b, data...)
	}
	for name, b := range map[string][]byte{
		"header of 4 GiB":   {0xff, 0xff, 0xff, 0xff},
		"data of 4 GiB":     append(block(`{"kind":"init"}`, nil)[:19], 0xff, 0xff, 0xff, 0xff),
		"no JSON":           block("hello", nil),
		"unknown kind":      block(`{"kind":"picture"}`, nil),
		"gap with data":     block(`{"kind":"gap"}`, []byte("x")),
		"end with data":     block(`{"kind":"end"}`, []byte("x")),
		"HTML of a gateway": []byte("<html>" + strings.Repeat(" ", 200)),
	} {
		if _, err := NewFrameReader(bytes.NewReader(b)).Next(); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := NewFrameWriter(io.Discard)
	if err := w.Write(&Frame{FragmentHeader: FragmentHeader{Kind: FrameInit, Text: strings.Repeat("x", MaxFrameHeader)}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("header too large to write: %v", err)
	}
}

func FuzzFrameReader(f *testing.F) {
	var b bytes.Buffer
	w := NewFrameWriter(&b)
	for _, fr := range sampleFrames() {
		if err := w.Write(&fr); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes()[:1000])
	f.Add([]byte{0, 0, 0, 2, '{', '}', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewFrameReader(bytes.NewReader(in))
		var out bytes.Buffer
		w := NewFrameWriter(&out)
		var frames []*Frame
		for {
			fr, err := r.Next()
			if err != nil {
				break
			}
			if err := w.Write(fr); err != nil {
				return // grew beyond the limit by escaping
			}
			frames = append(frames, fr)
		}
		again := NewFrameReader(&out)
		for _, want := range frames {
			got, err := again.Next()
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatal(d)
			}
		}
	})
}
