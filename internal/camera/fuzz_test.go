package camera

import (
	"bytes"
	"io"
	"testing"
	"time"

	"vidne.dk/vidne/internal/media"
)

// FuzzWire: whatever a camera writes, units come out in bounded steps, lie
// inside what was read, and the buffer stays within its limit.
func FuzzWire(f *testing.F) {
	f.Add([]byte("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nabc$\x00\x00\x02hiOPTIONS * RTSP/1.0\r\n\r\n"), 7)
	f.Add([]byte("$\x00\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		step = max(1, step&0xfff)
		w := &wire{r: iotestChunks{bytes.NewReader(b), step}}
		for units := 0; ; {
			u, ok, err := w.next()
			if err != nil {
				return
			}
			if !ok {
				if err := w.fill(); err != nil {
					return
				}
				if len(w.buf) > readBufMax+maxHeader {
					t.Fatalf("buffer of %d", len(w.buf))
				}
				continue
			}
			if units++; units > len(b) {
				t.Fatal("more units than bytes")
			}
			if u.channel >= 0 {
				continue
			}
			if r, err := parseResponse(u.message); err == nil && r == nil {
				parseRequest(u.message)
			}
		}
	})
}

type iotestChunks struct {
	r io.Reader
	n int
}

func (c iotestChunks) Read(b []byte) (int, error) { return c.r.Read(b[:min(len(b), c.n)]) }

// FuzzPackets: whatever packets come, pictures hold what packets held, their
// lengths add up, and nothing grows beyond its limit.
func FuzzPackets(f *testing.F) {
	head := []byte{0x80, 96, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4}
	f.Add(false, append(bytes.Clone(head), 0x67, 1, 2, 3))
	f.Add(false, append(bytes.Clone(head), 0x7c, 0x85, 1, 2, 3))
	f.Add(true, append(bytes.Clone(head), 98, 1, 0x93, 1, 2, 3))
	f.Add(true, append(bytes.Clone(head), 96, 1, 0, 3, 0x42, 1, 2))
	f.Fuzz(func(t *testing.T, hevc bool, b []byte) {
		codec := media.H264
		if hevc {
			codec = media.H265
		}
		given, taken := 0, 0
		a := newAssembler(codec, 96, func(p *picture) error {
			units := 0
			if !media.NALs(p.data, func(n []byte) bool { units++; taken += len(n); return true }) || units == 0 {
				t.Fatal("lengths do not add up")
			}
			return nil
		}, func(string, string) {})
		var q queue
		// The input is cut into packets at each 0xfe.
		for _, p := range bytes.Split(b, []byte{0xfe}) {
			given += len(p) + 2 // a fragment's header becomes a NAL unit's
			if err := a.packet(p, time.Time{}, 0); err != nil {
				t.Fatal(err)
			}
			if err := q.put(p, func([]byte) error { return nil }); err != nil {
				t.Fatal(err)
			}
			senderReport(p)
		}
		if len(q.held) > queueLen+1 {
			t.Fatalf("%d packets held", len(q.held))
		}
		if taken > given {
			t.Fatalf("%d bytes out of %d", taken, given)
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add([]byte("v=0\r\no=- 0 0 IN IP4 1.1.1.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==\r\na=control:trackID=0\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/48000/2\r\na=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190\r\na=control:x\r\n"))
	f.Add([]byte("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := readSDP(b, true)
		if err != nil {
			return
		}
		at, err := parseTarget("rtsp://10.0.0.1/cam", false)
		if err != nil {
			t.Fatal(err)
		}
		u, err := control(o.video, at.url)
		if err == nil && u.Host != at.url.Host {
			t.Fatalf("led to %q", u.Host)
		}
		if complete(&o.track) && (o.track.Width < 1 || o.track.Height < 1) {
			t.Fatalf("%+v", o.track)
		}
		if o.sound != nil {
			p := append([]byte{0x80, o.sound.kind, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4}, b[:min(len(b), 200)]...)
			_ = o.sound.packet(p, time.Time{}, 0, func(*media.Sample) error { return nil })
		}
	})
}

// TestQueueOrders: packets that overtake each other come out in order; one
// that never comes is given up; a restart is followed.
func TestQueueOrders(t *testing.T) {
	var q queue
	var out []uint16
	put := func(seq uint16) {
		b := []byte{0x80, 96, byte(seq >> 8), byte(seq), 0, 0, 0, 0, 0, 0, 0, 0}
		if err := q.put(b, func(b []byte) error {
			out = append(out, uint16(b[2])<<8|uint16(b[3]))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, seq := range []uint16{65534, 0, 65535, 2, 1, 1, 3, 65534} {
		put(seq)
	}
	want := []uint16{65534, 65535, 0, 1, 2, 3}
	if len(out) != len(want) {
		t.Fatalf("%v", out)
	}
	for i := range want {
		if out[i] != want[i] {
			t.Fatalf("%v", out)
		}
	}
	out = nil
	for seq := uint16(5); seq < 60; seq++ { // 4 is lost
		put(seq)
	}
	if len(out) != 55 || out[0] != 5 {
		t.Fatalf("after a loss: %v", out)
	}
	out = nil
	put(30000)
	put(30001)
	put(100) // the camera began anew
	put(101)
	if len(out) != 4 || out[3] != 101 {
		t.Fatalf("after restarts: %v", out)
	}
}

// TestTimeOfNTP: both eras.
func TestTimeOfNTP(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2026, 11, 21, 12, 0, 0, 500000000, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 17, 0, time.UTC),
		time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		v := uint64(at.Unix()+2208988800)<<32 | uint64(at.Nanosecond())<<32/1e9
		if got := ntpTime(v); got.Sub(at).Abs() > time.Microsecond {
			t.Errorf("%s became %s", at, got)
		}
	}
	if _, _, ok := senderReport([]byte{0x80, 200, 0, 6, 1}); ok {
		t.Error("a report that is cut short")
	}
}
