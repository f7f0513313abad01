package keys

import (
	"bytes"
	"encoding/hex"
	"os"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/durable/durabletest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// TestSlotBytes fixes the format: docs/ref/keys.md says the same.
func TestSlotBytes(t *testing.T) {
	s := slot{state: statePeriod, gen: 0x0102, root: 3, period: Period{"kamera-1", 0x0a0b0c, permit.ClassCrime}}
	for i := range s.wrapped {
		s.wrapped[i] = byte(0x80 + i)
	}
	b := s.encode(7)
	want := "564b5331" + "01" + "05" + "08" + "00" + "0201000000000000" + "03000000" + "07000000" + "0c0b0a0000000000" +
		"6372696d65" + "0000000000000000000000" + "6b616d6572612d31"
	if got := hex.EncodeToString(b[:56]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !bytes.Equal(b[112:172], s.wrapped[:]) || !allZero(b[172:252]) || !allZero(b[56:112]) {
		t.Error("the rest is not where it should be")
	}
	for n, want := range map[int][2]int64{0: {8192, 12288}, 15: {8192 + 15*256, 12288 + 15*256}, 16: {16384, 20480}} {
		if offset(n, 0) != want[0] || offset(n, 1) != want[1] {
			t.Errorf("slot %d lies at %d and %d", n, offset(n, 0), offset(n, 1))
		}
	}
	if _, ok := decodeSlot(b, 8); ok {
		t.Error("a slot written to another's place was taken")
	}
}

func FuzzSlot(f *testing.F) {
	a := slot{state: statePeriod, gen: 1, root: 1, period: Period{"kamera", 5, "crime"}}
	b := slot{state: stateHold, gen: 2, root: 1, hold: "0123456789abcdef0123456789abcdef"}
	free := slot{gen: 9}
	f.Add(a.encode(0))
	f.Add(b.encode(0))
	f.Add(free.encode(0))
	f.Add(make([]byte, slotSize))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := decodeSlot(data, 0)
		if !ok {
			return
		}
		if allZero(data) {
			if s != (slot{}) {
				t.Fatalf("zeros became %+v", s)
			}
			return
		}
		if !bytes.Equal(s.encode(0), data) {
			t.Fatal("another encoding of the same slot was taken")
		}
	})
}

func FuzzHeader(f *testing.F) {
	h := header{gen: 1, roots: []root{{id: 1}, {id: 2}}}
	f.Add(h.encode())
	h.roots = h.roots[:1]
	f.Add(h.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, ok := decodeHeader(data); ok && !bytes.Equal(h.encode(), data[:slotSize]) {
			t.Fatal("another encoding of the same header was taken")
		}
	})
}

// FuzzOpen gives a store a file whose slots are anything.
func FuzzOpen(f *testing.F) {
	base := durabletest.NewCrash(1)
	s, err := Open(base, "/k", master)
	must(f, err)
	_, err = s.Period(period(1))
	must(f, err, s.Close())
	whole, err := durable.ReadFile(base, "/k/"+FileName)
	must(f, err)
	f.Add(uint16(8192), whole[8192:9000])
	f.Add(uint16(0), []byte("VKH1"))
	f.Fuzz(func(t *testing.T, at uint16, data []byte) {
		c := base.Clone(1)
		file, err := c.OpenFile("/k/"+FileName, os.O_RDWR, 0)
		must(t, err)
		_, err = file.WriteAt(data, int64(at))
		must(t, err, file.Close())
		s, err := Open(c, "/k", master)
		if err != nil {
			if fault.Of(err) == fault.Internal {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		if k, err := s.Lookup(period(1)); err == nil && k == (Key{}) {
			t.Fatal("an empty key")
		}
		_, err = s.Period(period(2))
		must(t, err, s.Erase(period(2)), s.Close())
	})
}
