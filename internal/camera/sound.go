package camera

import (
	"encoding/binary"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/g711"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"
	"github.com/pion/rtp"

	"vidne.dk/vidne/internal/media"
)

// voice turns RTP packets of a sound track into samples: AAC and Opus as they
// come, G.711 as 16-bit LPCM.
type voice struct {
	track media.Track
	kind  uint8
	aac   *rtpmpeg4audio.Decoder
	mulaw bool
	line  timeline
	last  int64
	begun bool
	seq   uint16
	pkt   rtp.Packet
}

// newVoice takes the first format of m that can be kept, or gives nil.
func newVoice(m *description.Media) *voice {
	for _, f := range m.Formats {
		v := &voice{kind: f.PayloadType(), track: media.Track{ID: 2}}
		switch f := f.(type) {
		case *format.MPEG4Audio:
			d, err := f.CreateDecoder()
			if err != nil || f.Config == nil {
				continue
			}
			conf, err := f.Config.Marshal()
			if err != nil {
				continue
			}
			v.aac = d
			v.track.Codec, v.track.AudioConfig = media.AAC, conf
			v.track.SampleRate = f.Config.SampleRate
			v.track.Channels = int(f.Config.ChannelConfig)
			if v.track.Channels == 7 {
				v.track.Channels = 8
			}
		case *format.G711:
			v.mulaw = f.MULaw
			v.track.Codec, v.track.SampleRate, v.track.Channels = media.LPCM, f.SampleRate, f.ChannelCount
		case *format.Opus:
			v.track.Codec, v.track.SampleRate, v.track.Channels = media.Opus, 48000, f.ChannelCount
		default:
			continue
		}
		if v.track.Channels < 1 {
			v.track.Channels = 1
		}
		if v.track.Channels > 8 || v.track.SampleRate < 1 || v.track.SampleRate > 192000 {
			continue
		}
		v.track.Timescale = uint32(v.track.SampleRate)
		v.line.rate = int64(v.track.SampleRate)
		return v
	}
	return nil
}

// packet takes one RTP packet and calls emit for each frame of sound in it.
// Broken sound is left out: it never ends a picture.
func (v *voice) packet(b []byte, now time.Time, mono time.Duration, emit func(*media.Sample) error) error {
	if v.pkt.Unmarshal(b) != nil || v.pkt.PayloadType != v.kind || len(v.pkt.Payload) == 0 {
		return nil //nolint:nilerr // not a frame of sound
	}
	if v.begun && v.pkt.SequenceNumber-v.seq-1 > 0x7fff {
		return nil // doubled or late
	}
	v.begun, v.seq = true, v.pkt.SequenceNumber
	pts, _ := v.line.at(v.pkt.Timestamp, mono)
	switch v.track.Codec {
	case media.AAC:
		frames, err := v.aac.Decode(&v.pkt)
		if err != nil {
			return nil //nolint:nilerr // cut short or in several packets: the next one comes
		}
		for i, f := range frames {
			if err := v.give(f, pts+int64(i)*1024, now, emit); err != nil {
				return err
			}
		}
		return nil
	case media.LPCM:
		if v.mulaw {
			m := g711.Mulaw{}
			m.Unmarshal(v.pkt.Payload)
			return v.give(m, pts, now, emit)
		}
		a := g711.Alaw{}
		a.Unmarshal(v.pkt.Payload)
		return v.give(a, pts, now, emit)
	default:
		if opus.PacketDuration2(v.pkt.Payload) <= 0 {
			return nil
		}
		return v.give(v.pkt.Payload, pts, now, emit)
	}
}

func (v *voice) give(data []byte, pts int64, now time.Time, emit func(*media.Sample) error) error {
	if pts <= v.last && v.last > 0 {
		return nil
	}
	v.last = pts
	return emit(&media.Sample{Track: v.track.ID, DTS: pts, PTS: pts, Arrival: now, Key: true, Data: data})
}

// senderReport finds a sender report (RFC 3550 clause 6.4.1) in a compound
// RTCP packet: the sender and its wall clock in NTP's format.
func senderReport(b []byte) (ssrc uint32, ntp uint64, ok bool) {
	for len(b) >= 4 && b[0]>>6 == 2 {
		n := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return 0, 0, false
		}
		if b[1] == 200 && n >= 28 {
			return binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint64(b[8:]), true
		}
		b = b[n:]
	}
	return 0, 0, false
}

// ntpTime is the time that a 64-bit NTP timestamp means. The era that ends in
// 2036 and the one after it are told apart by the first bit (RFC 5905 figure
// 4); a camera that does not know the time says 1970 or 1900, and is told so.
func ntpTime(v uint64) time.Time {
	sec := int64(v >> 32)
	if sec < 1<<31 {
		sec += 1 << 32
	}
	return time.Unix(sec-2208988800, int64((v&0xffffffff)*1e9>>32)).UTC()
}
