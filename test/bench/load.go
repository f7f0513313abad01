package main

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/testcam"
)

// farm is a cheap farm of RTSP/TCP cameras: one clip, packetised once, is
// served under any path. A picture is one write; only sequence number, time
// stamp and source are patched. It costs a few hundredths of a core, and runs
// in a process of its own so that none of it is in the figures.
type farm struct {
	pictures []picture
	fps      float64
	sdp      string

	sessions, sent, bytes, late atomic.Int64
}

// picture is one access unit, packetised.
type picture struct {
	buf  []byte // interleaved packets
	rtp  []int  // offset of each RTP header in buf
	size int64  // as length-prefixed NAL units: the elementary stream
	key  bool
}

const payloadMax = 1400

// newFarm packetises an H.264 clip.
func newFarm(c *testcam.Clip) *farm {
	f := &farm{fps: c.FPS}
	for _, fr := range c.Frames {
		p := picture{key: fr.Key}
		for i, n := range fr.NALs {
			p.size += int64(len(n)) + 4
			p.add(n, i == len(fr.NALs)-1)
		}
		f.pictures = append(f.pictures, p)
	}
	f.sdp = fmt.Sprintf("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"+
		"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=framerate:%g\r\n"+
		"a=fmtp:96 packetization-mode=1; profile-level-id=%02X%02X%02X; sprop-parameter-sets=%s,%s\r\na=control:trackID=0\r\n",
		c.FPS, c.SPS[1], c.SPS[2], c.SPS[3],
		base64.StdEncoding.EncodeToString(c.SPS), base64.StdEncoding.EncodeToString(c.PPS))
	return f
}

// add packetises one NAL unit (RFC 6184: single or FU-A).
func (p *picture) add(nal []byte, last bool) {
	if len(nal) <= payloadMax {
		p.packet(last, nal)
		return
	}
	indicator, typ := nal[0]&0xe0|28, nal[0]&0x1f
	rest, head := nal[1:], typ|0x80
	for len(rest) > 0 {
		k := min(len(rest), payloadMax-2)
		if k == len(rest) {
			head |= 0x40
		}
		p.packet(last && k == len(rest), []byte{indicator, head}, rest[:k])
		rest, head = rest[k:], typ
	}
}

func (p *picture) packet(marker bool, parts ...[]byte) {
	n := 12
	for _, b := range parts {
		n += len(b)
	}
	p.buf = append(p.buf, '$', 0, byte(n>>8), byte(n))
	p.rtp = append(p.rtp, len(p.buf))
	pt := byte(96)
	if marker {
		pt |= 0x80
	}
	p.buf = append(p.buf, 0x80, pt, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, b := range parts {
		p.buf = append(p.buf, b...)
	}
}

// listen serves until the process ends.
func (f *farm) listen(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go f.serve(c)
	}
}

func (f *farm) serve(c net.Conn) {
	defer c.Close()
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetNoDelay(true)
	}
	br := bufio.NewReader(c)
	playing := false
	for {
		first, err := br.Peek(1)
		if err != nil {
			return
		}
		if first[0] == '$' { // a receiver report
			var h [4]byte
			if _, err := io.ReadFull(br, h[:]); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, br, int64(binary.BigEndian.Uint16(h[2:]))); err != nil {
				return
			}
			continue
		}
		method, url, head, err := request(br)
		if err != nil {
			return
		}
		answer := func(extra, body string) {
			if body != "" {
				extra += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
			}
			_, _ = io.WriteString(c, "RTSP/1.0 200 OK\r\nCSeq: "+head["cseq"]+"\r\nSession: 1;timeout=60\r\n"+extra+"\r\n"+body)
		}
		switch method {
		case "OPTIONS":
			answer("Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n", "")
		case "DESCRIBE":
			answer("Content-Type: application/sdp\r\nContent-Base: "+strings.TrimSuffix(url, "/")+"/\r\n", f.sdp)
		case "SETUP":
			answer("Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=12345678\r\n", "")
		case "PLAY":
			answer("Range: npt=0-\r\n", "")
			if !playing {
				playing = true
				go f.pump(c, url)
			}
		case "TEARDOWN":
			answer("", "")
			return
		default:
			answer("", "")
		}
	}
}

// request reads one RTSP request.
func request(br *bufio.Reader) (method, url string, head map[string]string, err error) {
	line, err := br.ReadString('\n')
	if err != nil {
		return "", "", nil, err
	}
	w := strings.Fields(line)
	if len(w) < 3 {
		return "", "", nil, io.ErrUnexpectedEOF
	}
	head = map[string]string{}
	for {
		h, err := br.ReadString('\n')
		if err != nil {
			return "", "", nil, err
		}
		if h = strings.TrimSpace(h); h == "" {
			break
		}
		k, v, _ := strings.Cut(h, ":")
		head[strings.ToLower(k)] = strings.TrimSpace(v)
	}
	if n, _ := strconv.Atoi(head["content-length"]); n > 0 {
		_, err = io.CopyN(io.Discard, br, int64(n))
	}
	return w[0], w[1], head, err
}

// pump sends pictures in real time, each camera beginning at a group and in a
// phase of its own.
func (f *farm) pump(c net.Conn, url string) {
	f.sessions.Add(1)
	defer f.sessions.Add(-1)
	defer c.Close()
	h := uint32(2166136261)
	for i := range len(url) {
		h = (h ^ uint32(url[i])) * 16777619
	}
	var groups []int
	for i := range f.pictures {
		if f.pictures[i].key {
			groups = append(groups, i)
		}
	}
	at := groups[int(h)%len(groups)]
	period := time.Duration(float64(time.Second) / f.fps)
	time.Sleep(time.Duration(h%997) * period / 997)
	start, seq, ssrc := time.Now(), uint16(h), h|1
	var out []byte
	for n := int64(0); ; n++ {
		p := &f.pictures[at]
		stamp := h + uint32(float64(n)*90000/f.fps)
		out = out[:0]
		if n%int64(5*f.fps) == 0 {
			out = senderReport(out, ssrc, stamp, time.Now())
		}
		base := len(out)
		out = append(out, p.buf...)
		for _, o := range p.rtp {
			b := out[base+o:]
			binary.BigEndian.PutUint16(b[2:], seq)
			binary.BigEndian.PutUint32(b[4:], stamp)
			binary.BigEndian.PutUint32(b[8:], ssrc)
			seq++
		}
		_ = c.SetWriteDeadline(time.Now().Add(20 * time.Second))
		if _, err := c.Write(out); err != nil {
			return
		}
		f.sent.Add(1)
		f.bytes.Add(p.size)
		if at++; at == len(f.pictures) {
			at = 0
		}
		wait := time.Until(start.Add(time.Duration(n+1) * period))
		if wait > 0 {
			time.Sleep(wait)
		} else if wait < -200*time.Millisecond {
			f.late.Add(1)
		}
	}
}

// senderReport appends an interleaved RTCP sender report (RFC 3550, 6.4.1).
func senderReport(out []byte, ssrc, stamp uint32, now time.Time) []byte {
	const toNTP = 2208988800
	out = append(out, '$', 1, 0, 28, 0x80, 200, 0, 6)
	out = binary.BigEndian.AppendUint32(out, ssrc)
	out = binary.BigEndian.AppendUint32(out, uint32(now.Unix()+toNTP))
	out = binary.BigEndian.AppendUint32(out, uint32(uint64(now.Nanosecond())<<32/1e9))
	out = binary.BigEndian.AppendUint32(out, stamp)
	return append(out, 0, 0, 0, 0, 0, 0, 0, 0)
}
