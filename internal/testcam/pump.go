package testcam

import (
	"context"
	"fmt"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/media"
)

// stream is what one server offers.
type stream struct {
	rtsp  *gortsplib.ServerStream
	video *description.Media
	audio *description.Media
	ssrc  uint32
}

func newStream(s *gortsplib.Server, c *Camera) (*stream, error) {
	clip := c.opt.Clip
	var f format.Format
	if clip.Codec == media.H264 {
		h := &format.H264{PayloadTyp: 96, PacketizationMode: 1}
		if c.opt.Params != ParamsBand {
			h.SPS, h.PPS = clip.SPS, clip.PPS
		}
		f = h
	} else {
		h := &format.H265{PayloadTyp: 96}
		if c.opt.Params != ParamsBand {
			h.VPS, h.SPS, h.PPS = clip.VPS, clip.SPS, clip.PPS
		}
		f = h
	}
	st := &stream{video: &description.Media{Type: description.MediaTypeVideo, Formats: []format.Format{f}}}
	desc := &description.Session{Title: "Vidne test camera", Medias: []*description.Media{st.video}}
	if af, err := c.opt.Sound.format(clip); err != nil {
		return nil, err
	} else if af != nil {
		st.audio = &description.Media{Type: description.MediaTypeAudio, Formats: []format.Format{af}}
		desc.Medias = append(desc.Medias, st.audio)
	}
	st.rtsp = &gortsplib.ServerStream{Server: s, Desc: desc}
	if err := st.rtsp.Initialize(); err != nil {
		return nil, err
	}
	st.ssrc = st.rtsp.Stats().Medias[st.video].Formats[f].LocalSSRC
	return st, nil
}

func (k SoundKind) format(clip *Clip) (format.Format, error) {
	switch k {
	case SoundAAC:
		conf := &mpeg4audio.AudioSpecificConfig{}
		if err := conf.Unmarshal(clip.SoundConf); err != nil {
			return nil, err
		}
		return &format.MPEG4Audio{PayloadTyp: 97, Config: conf, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}, nil
	case SoundPCMA, SoundPCMU:
		kind := uint8(8)
		if k == SoundPCMU {
			kind = 0
		}
		return &format.G711{PayloadTyp: kind, MULaw: k == SoundPCMU, SampleRate: 8000, ChannelCount: 1}, nil
	case SoundOpus:
		return &format.Opus{PayloadTyp: 98, ChannelCount: 2}, nil
	}
	return nil, nil
}

// longestCatchUp is how far behind the clock the pictures may be before the
// camera goes on from now.
const longestCatchUp = time.Hour

// pump sends pictures, each when it is due, until ctx ends.
func (c *Camera) pump(ctx context.Context) {
	clk, start := c.opt.Clock, c.opt.Clock.Mono()
	clip := c.opt.Clip
	p := &packetiser{
		codec: clip.Codec, kind: 96, size: c.opt.Payload, seq: c.opt.StartSeq,
		marker: c.opt.Marker, aggregate: c.opt.Aggregate,
	}
	sound := &voice{kind: c.opt.Sound, clip: clip}
	index, loop, switched := 0, int64(0), int64(0)
	for n := int64(0); ; n++ {
		due := time.Duration(float64(n) / clip.FPS * float64(time.Second))
		if clock.Sleep(ctx, clk, start+due-clk.Mono()) != nil {
			return
		}
		// Weeks that a test passes at once are not sent picture by picture.
		if late := clk.Mono() - start - due; late > longestCatchUp {
			start += late
		}
		c.mu.Lock()
		f := c.faults
		c.faults.seq, c.faults.next = 0, nil
		c.mu.Unlock()
		if f.next != nil {
			c.change(f.next)
			clip, index, loop, switched = f.next, 0, 0, n
			p.codec, sound.clip = clip.Codec, clip
		}
		p.seq += f.seq
		frame := clip.Frames[index]
		// Shown once it can be, so that no picture is due before it is sent.
		shown := switched + loop*int64(len(clip.Frames)) + int64(frame.Shown+clip.Reorder)
		one := Sent{
			Number: n, Frame: index, Shown: frame.Shown, Key: frame.Key, Time: clk.Now(),
			TS: c.opt.StartTS + f.ts + uint32(int64(float64(shown)*90000/clip.FPS)),
		}
		one.NALs = c.dress(frame, clip, one)
		if !f.stalled {
			c.send(p, clip, one, f, n)
			sound.send(c, n, clip.FPS)
		}
		if index++; index == len(clip.Frames) {
			index = 0
			loop++
		}
	}
}

// dress adds and removes what the options say of parameter sets and SEI.
func (c *Camera) dress(frame Frame, clip *Clip, s Sent) [][]byte {
	var out [][]byte
	if frame.Key && c.opt.Params != ParamsSDP {
		if clip.Codec == media.H265 {
			out = append(out, clip.VPS)
		}
		out = append(out, clip.SPS, clip.PPS)
	}
	if c.opt.SEI {
		out = append(out, userSEI(clip.Codec, fmt.Sprintf("vidne %d %s", s.Number, s.Time.Format(time.RFC3339Nano))))
	}
	for _, nal := range frame.NALs {
		if !parameter(clip.Codec, nal) {
			out = append(out, nal)
		}
	}
	return out
}

func parameter(codec media.Codec, nal []byte) bool {
	if codec == media.H264 {
		t := nal[0] & 0x1f
		return t == 7 || t == 8
	}
	t := nal[0] >> 1 & 0x3f
	return t >= 32 && t <= 34
}

// userSEI is a user_data_unregistered message (H.264 clause D.2.7) holding text.
func userSEI(codec media.Codec, text string) []byte {
	b := []byte{6, 5}
	if codec == media.H265 {
		b = []byte{39 << 1, 1, 5}
	}
	b = append(b, byte(16+len(text)))
	b = append(b, "vidne test camer"...)
	b = append(b, text...)
	return append(b, 0x80)
}

// send sends one picture and writes it in the log.
func (c *Camera) send(p *packetiser, clip *Clip, s Sent, f faults, n int64) {
	c.mu.Lock()
	st := c.stream
	c.mu.Unlock()
	packets := p.packets(s.NALs, s.TS)
	if f.corrupt > 0 && len(packets) > 3 {
		// A fragment in the middle begins anew: the picture cannot be put together.
		h := 1
		if clip.Codec == media.H265 {
			h = 2
		}
		packets[len(packets)/2].Payload[h] |= 0x80
		c.set(func(f *faults) { f.corrupt-- })
	}
	if st != nil {
		if !c.opt.NoReports && n%int64(clip.FPS) == 0 {
			at := s.Time.Add(f.offset)
			err := st.rtsp.WritePacketRTCP(st.video, &rtcp.SenderReport{
				SSRC: st.ssrc, NTPTime: ntp(at), RTPTime: c.opt.StartTS + f.ts + uint32(int64(float64(n)*90000/clip.FPS)),
			})
			_ = err // a stream that was just closed: the camera is down
		}
		lost := 0
		for _, k := range packets {
			if lost < f.lose {
				lost++
				continue
			}
			err := st.rtsp.WritePacketRTP(st.video, k)
			_ = err // likewise
		}
		if lost > 0 {
			c.set(func(f *faults) { f.lose -= lost })
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent++
	c.log = append(c.log, s)
	if len(c.log) > 4096 {
		c.log[len(c.log)-4097].NALs = nil
	}
	if len(c.log) > keepLog {
		c.log = append([]Sent(nil), c.log[keepLog/4:]...)
	}
	c.bump()
}

// change puts another clip in, in band if the codec is the same.
func (c *Camera) change(to *Clip) {
	c.mu.Lock()
	same := to.Codec == c.opt.Clip.Codec
	c.opt.Clip = to
	up := !c.down
	c.mu.Unlock()
	if same || !up {
		return
	}
	c.Down()
	if err := c.Up(); err != nil {
		panic("testcam: the camera does not come back: " + err.Error())
	}
}

// ntp is the 64-bit NTP time (RFC 5905): seconds since 1900 and a fraction.
func ntp(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// voice sends the sound that belongs beside the pictures.
type voice struct {
	kind SoundKind
	clip *Clip
	next int64 // frames sent
	seq  uint16
}

func (v *voice) send(c *Camera, n int64, fps float64) {
	c.mu.Lock()
	st := c.stream
	c.mu.Unlock()
	if st == nil || st.audio == nil {
		return
	}
	rate, span, kind := 8000.0, int64(160), uint8(8)
	switch v.kind {
	case SoundAAC:
		if len(v.clip.Sound) == 0 {
			return
		}
		rate, span, kind = float64(v.clip.SampleRate), 1024, 97
	case SoundPCMU:
		kind = 0
	case SoundOpus:
		rate, span, kind = 48000, 960, 98
	}
	for float64(v.next*span)/rate <= float64(n)/fps {
		var payload []byte
		switch v.kind {
		case SoundAAC:
			au := v.clip.Sound[v.next%int64(len(v.clip.Sound))]
			payload = append([]byte{0, 16, byte(len(au) >> 5), byte(len(au) << 3)}, au...)
		case SoundOpus:
			payload = []byte{0xf8, 0xff, 0xfe} // 20 ms of silence
		default:
			for i := range span {
				payload = append(payload, byte((v.next*span+i)*7))
			}
		}
		v.seq++
		err := st.rtsp.WritePacketRTP(st.audio, &rtp.Packet{
			Header:  rtp.Header{Version: 2, PayloadType: kind, SequenceNumber: v.seq, Timestamp: uint32(v.next * span), Marker: true},
			Payload: payload,
		})
		_ = err // a stream that was just closed: the camera is down
		v.next++
	}
}
