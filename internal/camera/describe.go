package camera

import (
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"
	"github.com/bluenviron/gortsplib/v5/pkg/sdpunmarshaler"
	"github.com/pion/sdp/v3"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
)

// maxMedias is how many media of a description are looked at.
const maxMedias = 32

// offer is what a description offers and is taken.
type offer struct {
	video    *description.Media
	track    media.Track // parameter sets as the description has them, maybe none
	kind     uint8       // payload type
	audio    *description.Media
	sound    *voice
	hasSound bool
}

// readSDP finds the picture track, and a sound track if wanted, in a camera's
// description. What does not concern them may be as broken as it likes.
func readSDP(body []byte, sound bool) (*offer, error) {
	if len(body) > maxBody {
		return nil, refuse(fault.Invalid, "camera.too-large", "a description of %d bytes", len(body))
	}
	d, err := sdpunmarshaler.Unmarshal(body)
	if err != nil {
		return nil, refuse(fault.Invalid, "camera.protocol", "a description that cannot be read: %v", err)
	}
	o := &offer{}
	onlySRTP := false
	for _, md := range d.MediaDescriptions[:min(len(d.MediaDescriptions), maxMedias)] {
		m := readMedia(md)
		if m == nil {
			continue
		}
		if m.Profile == headers.TransportProfileSAVP {
			onlySRTP = true
			continue
		}
		switch m.Type {
		case description.MediaTypeVideo:
			if o.video == nil {
				o.take(m)
			}
		case description.MediaTypeAudio:
			if m.IsBackChannel {
				continue // sound that the camera would play
			}
			o.hasSound = true
			if v := newVoice(m); sound && o.sound == nil && v != nil {
				o.audio, o.sound = m, v
			}
		}
	}
	switch {
	case o.video != nil:
		return o, nil
	case onlySRTP:
		return nil, refuse(fault.Invalid, "camera.no-video", "the camera offers SRTP only; TLS carries the whole session instead")
	}
	return nil, refuse(fault.Invalid, "camera.no-video", "the description has no H.264 or H.265 picture")
}

// readMedia reads one media section; one with attributes that cannot be read
// is tried without its fmtp, since cameras write nonsense there.
func readMedia(md *sdp.MediaDescription) *description.Media {
	var m description.Media
	if m.Unmarshal(md) == nil {
		return &m
	}
	plain := *md
	plain.Attributes = nil
	for _, a := range md.Attributes {
		if a.Key != "fmtp" && a.Key != "key-mgmt" && a.Key != "mid" {
			plain.Attributes = append(plain.Attributes, a)
		}
	}
	m = description.Media{}
	if m.Unmarshal(&plain) == nil {
		return &m
	}
	return nil
}

// take makes m the picture track if it holds H.264 or H.265.
func (o *offer) take(m *description.Media) {
	for _, f := range m.Formats {
		t := media.Track{ID: 1, Timescale: 90000}
		switch f := f.(type) {
		case *format.H264:
			if f.PacketizationMode > 1 {
				continue
			}
			t.Codec, t.SPS, t.PPS = media.H264, f.SPS, f.PPS
		case *format.H265:
			if f.MaxDONDiff > 0 {
				continue
			}
			t.Codec, t.VPS, t.SPS, t.PPS = media.H265, f.VPS, f.SPS, f.PPS
		default:
			continue
		}
		// Absurd parameter sets here do not matter if the stream brings better.
		if !complete(&t) {
			t.VPS, t.SPS, t.PPS = nil, nil, nil
		} else if _, err := media.Describe(&t); err != nil {
			t.VPS, t.SPS, t.PPS = nil, nil, nil
		}
		o.video, o.track, o.kind = m, t, f.PayloadType()
		return
	}
}

// complete says whether all parameter sets are there.
func complete(t *media.Track) bool {
	return len(t.SPS) > 0 && len(t.PPS) > 0 && (t.Codec != media.H265 || len(t.VPS) > 0)
}

// control is the URL of a media, on the host of where whatever it says.
func control(m *description.Media, where *base.URL) (*base.URL, error) {
	u, err := m.URL(where)
	if err != nil || u == nil {
		return nil, refuse(fault.Invalid, "camera.protocol", "a control address that cannot be read")
	}
	u = u.CloneWithoutCredentials()
	u.Host, u.Scheme = where.Host, where.Scheme
	return u, nil
}
