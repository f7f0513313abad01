package media

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"vidne.dk/vidne/internal/fault"
)

// Bounds on what a parameter set may say. A camera's is under 100 bytes; the
// largest picture of H.264 level 6.2 and H.265 level 6.2 is 8192 wide, and
// the margin is for panoramas.
const (
	maxParameterSet = 4096
	maxSide         = 16384
	maxFPS          = 480
)

// Info is what an SPS says of the pictures.
type Info struct {
	Width, Height int
	FPS           float64 // 0 if it does not say
	// Reorder is how many pictures may come before one that is shown earlier:
	// 0 means that decoding and showing have one order, -1 that the SPS does
	// not say.
	Reorder int
}

// Describe reads the SPS of a picture track and fills in its Width, Height
// and FPS. A size of zero, above 16384, or cropped away is refused.
func Describe(t *Track) (Info, error) {
	var i Info
	switch t.Codec {
	case H264:
		s, err := parseH264(t.SPS)
		if err != nil {
			return Info{}, err
		}
		i = Info{Width: s.Width(), Height: s.Height(), Reorder: -1}
		if v := s.VUI; v != nil {
			if v.TimingInfo != nil {
				i.FPS = float64(v.TimingInfo.TimeScale) / (2 * float64(v.TimingInfo.NumUnitsInTick))
			}
			if v.BitstreamRestriction != nil && v.BitstreamRestriction.MaxNumReorderFrames <= 16 {
				i.Reorder = int(v.BitstreamRestriction.MaxNumReorderFrames)
			}
		}
		// Baseline has no B slices; type 2 puts both orders equal (8.2.1.3).
		if s.ProfileIdc == 66 || s.PicOrderCntType == 2 {
			i.Reorder = 0
		}
	case H265:
		s, err := parseH265(t.SPS)
		if err != nil {
			return Info{}, err
		}
		i = Info{Width: s.Width(), Height: s.Height(), Reorder: -1, FPS: s.FPS()}
		if n := len(s.MaxNumReorderPics); n > 0 && s.MaxNumReorderPics[n-1] <= 16 {
			i.Reorder = int(s.MaxNumReorderPics[n-1])
		}
	default:
		return Info{}, fault.New(fault.Invalid, "media.track", "track %d is not a picture", t.ID)
	}
	if i.Width < 1 || i.Width > maxSide || i.Height < 1 || i.Height > maxSide {
		return Info{}, fault.New(fault.Invalid, "media.size", "SPS says %d x %d", i.Width, i.Height)
	}
	if math.IsNaN(i.FPS) || i.FPS < 0.01 || i.FPS > maxFPS {
		i.FPS = 0
	}
	t.Width, t.Height, t.FPS = i.Width, i.Height, i.FPS
	return i, nil
}

// guard turns a panic of a foreign parser on hostile bytes into an error.
func guard(what string, err *error) {
	if p := recover(); p != nil {
		*err = fault.New(fault.Invalid, "media.parameter-set", "%s: parser failed: %v", what, p)
	}
}

func parseH264(nal []byte) (s *h264.SPS, err error) {
	defer guard("H.264 SPS", &err)
	if len(nal) > maxParameterSet {
		return nil, fault.New(fault.Invalid, "media.parameter-set", "SPS of %d bytes", len(nal))
	}
	s = new(h264.SPS)
	if err := s.Unmarshal(nal); err != nil {
		return nil, fault.As(fault.Invalid, "media.parameter-set", err)
	}
	if s.PicWidthInMbsMinus1 >= maxSide/16 || s.PicHeightInMapUnitsMinus1 >= maxSide/16 {
		return nil, fault.New(fault.Invalid, "media.size", "SPS says %d x %d macroblocks",
			uint64(s.PicWidthInMbsMinus1)+1, uint64(s.PicHeightInMapUnitsMinus1)+1)
	}
	if s.Log2MaxFrameNumMinus4 > 12 || s.Log2MaxPicOrderCntLsbMinus4 > 12 || s.ChromaFormatIdc > 3 {
		return nil, fault.New(fault.Invalid, "media.parameter-set", "H.264 SPS out of range")
	}
	return s, nil
}

func parseH265(nal []byte) (s *h265.SPS, err error) {
	defer guard("H.265 SPS", &err)
	if len(nal) > maxParameterSet {
		return nil, fault.New(fault.Invalid, "media.parameter-set", "SPS of %d bytes", len(nal))
	}
	s = new(h265.SPS)
	if err := s.Unmarshal(nal); err != nil {
		return nil, fault.As(fault.Invalid, "media.parameter-set", err)
	}
	if s.PicWidthInLumaSamples > maxSide || s.PicHeightInLumaSamples > maxSide {
		return nil, fault.New(fault.Invalid, "media.size", "SPS says %d x %d",
			s.PicWidthInLumaSamples, s.PicHeightInLumaSamples)
	}
	if s.Log2MaxPicOrderCntLsbMinus4 > 12 {
		return nil, fault.New(fault.Invalid, "media.parameter-set", "H.265 SPS out of range")
	}
	return s, nil
}

// CodecString names the track's codec as RFC 6381 and MediaSource do, such as
// "avc1.64001f" or "mp4a.40.2".
func CodecString(t *Track) string {
	switch t.Codec {
	case H264:
		if len(t.SPS) < 4 {
			return "avc1"
		}
		return fmt.Sprintf("avc1.%02x%02x%02x", t.SPS[1], t.SPS[2], t.SPS[3])
	case H265:
		return hevcString(profileTierLevel(t.SPS))
	case AAC:
		if len(t.AudioConfig) < 1 {
			return "mp4a.40.2"
		}
		return fmt.Sprintf("mp4a.40.%d", t.AudioConfig[0]>>3)
	case LPCM:
		return "ipcm"
	case Opus:
		return "opus"
	}
	return ""
}

// hevcString follows ISO/IEC 14496-15 annex E.3.
func hevcString(p []byte) string {
	if len(p) < 12 {
		return "hvc1"
	}
	var b strings.Builder
	b.WriteString("hvc1.")
	if space := p[0] >> 6; space > 0 {
		b.WriteByte('A' + space - 1)
	}
	compat := uint32(0)
	for i := range 32 {
		compat |= uint32(p[1+i/8]>>(7-i%8)&1) << i
	}
	tier := "L"
	if p[0]&0x20 != 0 {
		tier = "H"
	}
	fmt.Fprintf(&b, "%d.%x.%s%d", p[0]&0x1f, compat, tier, p[11])
	for _, c := range bytes.TrimRight(p[5:11], "\x00") {
		fmt.Fprintf(&b, ".%X", c)
	}
	return b.String()
}

// MIME is the type that a browser is asked whether it can play, with the
// codecs of all tracks.
func MIME(tracks []Track) string {
	kind, names := "audio/mp4", make([]string, len(tracks))
	for i := range tracks {
		names[i] = CodecString(&tracks[i])
		if !tracks[i].Codec.Sound() {
			kind = "video/mp4"
		}
	}
	return kind + `; codecs="` + strings.Join(names, ",") + `"`
}

// Name is how a person knows the codec.
func (c Codec) Name() string {
	switch c {
	case H264:
		return "H.264"
	case H265:
		return "H.265"
	case AAC:
		return "AAC"
	case LPCM:
		return "PCM"
	case Opus:
		return "Opus"
	}
	return ""
}

// Same says whether two sets of tracks can share a segment: same codecs, same
// parameter sets, same timescales.
func Same(a, b []Track) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := &a[i], &b[i]
		if x.ID != y.ID || x.Codec != y.Codec || x.Timescale != y.Timescale ||
			x.SampleRate != y.SampleRate || x.Channels != y.Channels ||
			!bytes.Equal(x.VPS, y.VPS) || !bytes.Equal(x.SPS, y.SPS) || !bytes.Equal(x.PPS, y.PPS) ||
			!bytes.Equal(x.AudioConfig, y.AudioConfig) {
			return false
		}
	}
	return true
}

// NALs calls f for each NAL unit of a picture sample's data until f returns
// false. It reports whether the lengths add up.
func NALs(data []byte, f func(nal []byte) bool) bool { return lengthPrefixed(data, f) }
