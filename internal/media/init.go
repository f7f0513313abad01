package media

import (
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"vidne.dk/vidne/internal/fault"
)

// bad is an error for bytes that are not what this package writes.
func bad(format string, args ...any) error {
	return fault.New(fault.Corrupt, "media.format", format, args...)
}

// maxTracks bounds what Init writes and ParseInit reads.
const maxTracks = 8

// Init is the initialisation segment (ftyp, moov) that the fragments of these
// tracks follow: ISO/IEC 14496-12 with 14496-15 for pictures, 14496-14 for
// AAC, 23003-5 for LPCM and the Opus-in-ISOBMFF mapping.
func Init(tracks []Track) ([]byte, error) {
	if len(tracks) == 0 || len(tracks) > maxTracks {
		return nil, fault.New(fault.Invalid, "media.tracks", "%d tracks", len(tracks))
	}
	for i := range tracks {
		if err := check(&tracks[i]); err != nil {
			return nil, err
		}
	}
	w := &writer{b: make([]byte, 0, 1024)}
	w.box("ftyp", func() {
		w.fourcc("iso6")
		w.u32(1)
		w.fourcc("iso6")
		w.fourcc("mp42")
		w.fourcc("isom")
	})
	w.box("moov", func() {
		w.full("mvhd", 0, 0, func() {
			w.zero(8)
			w.u32(1000)
			w.u32(0)
			w.u32(0x10000)
			w.u16(0x100)
			w.zero(10)
			w.matrix()
			w.zero(24)
			w.u32(uint32(len(tracks) + 1))
		})
		for i := range tracks {
			w.trak(&tracks[i])
		}
		w.box("mvex", func() {
			for i := range tracks {
				w.full("trex", 0, 0, func() {
					w.u32(uint32(tracks[i].ID))
					w.u32(1)
					w.zero(12)
				})
			}
		})
	})
	return w.b, nil
}

// check refuses a track that no player could be told about.
func check(t *Track) error {
	no := func(what string) error {
		return fault.New(fault.Invalid, "media.track", "track %d: %s", t.ID, what)
	}
	if t.ID < 1 || t.ID > maxTracks {
		return no("id out of range")
	}
	if t.Timescale == 0 {
		return no("no timescale")
	}
	switch t.Codec {
	case H264:
		if len(t.SPS) < 4 || len(t.PPS) < 1 || len(t.SPS) > maxParameterSet || len(t.PPS) > maxParameterSet {
			return no("parameter sets missing or too long")
		}
	case H265:
		if len(t.VPS) < 3 || len(t.SPS) < 16 || len(t.PPS) < 3 ||
			len(t.VPS) > maxParameterSet || len(t.SPS) > maxParameterSet || len(t.PPS) > maxParameterSet {
			return no("parameter sets missing or too long")
		}
		if len(profileTierLevel(t.SPS)) < 12 {
			return no("SPS cut short")
		}
	case AAC:
		if len(t.AudioConfig) < 2 || len(t.AudioConfig) > 64 {
			return no("AudioSpecificConfig missing or too long")
		}
	case LPCM, Opus:
	default:
		return no("unknown codec")
	}
	if t.Codec.Sound() && (t.Channels < 1 || t.Channels > 8 || t.SampleRate < 1 || t.SampleRate > 192000) {
		return no("sample rate or channels out of range")
	}
	if !t.Codec.Sound() && (t.Width < 1 || t.Width > 0xffff || t.Height < 1 || t.Height > 0xffff) {
		return no("picture size out of range")
	}
	return nil
}

// Sound says whether the codec is one of sound.
func (c Codec) Sound() bool { return c >= AAC }

func (w *writer) matrix() {
	for _, v := range [9]uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000} {
		w.u32(v)
	}
}

func (w *writer) trak(t *Track) {
	w.box("trak", func() {
		w.full("tkhd", 0, 3, func() {
			w.zero(8)
			w.u32(uint32(t.ID))
			w.zero(8)
			w.zero(8)
			w.u16(0)
			w.u16(0)
			if t.Codec.Sound() {
				w.u16(0x100)
			} else {
				w.u16(0)
			}
			w.u16(0)
			w.matrix()
			w.u32(uint32(t.Width) << 16)
			w.u32(uint32(t.Height) << 16)
		})
		w.box("mdia", func() {
			w.full("mdhd", 0, 0, func() {
				w.zero(8)
				w.u32(t.Timescale)
				w.u32(0)
				w.u16(0x55c4) // und
				w.u16(0)
			})
			w.full("hdlr", 0, 0, func() {
				w.u32(0)
				if t.Codec.Sound() {
					w.fourcc("soun")
				} else {
					w.fourcc("vide")
				}
				w.zero(12)
				w.u8(0)
			})
			w.box("minf", func() {
				if t.Codec.Sound() {
					w.full("smhd", 0, 0, func() { w.u32(0) })
				} else {
					w.full("vmhd", 0, 1, func() { w.zero(8) })
				}
				w.box("dinf", func() {
					w.full("dref", 0, 0, func() {
						w.u32(1)
						w.full("url ", 0, 1, func() {})
					})
				})
				w.box("stbl", func() {
					w.full("stsd", 0, 0, func() {
						w.u32(1)
						w.entry(t)
					})
					w.full("stts", 0, 0, func() { w.u32(0) })
					w.full("stsc", 0, 0, func() { w.u32(0) })
					w.full("stsz", 0, 0, func() { w.u32(0); w.u32(0) })
					w.full("stco", 0, 0, func() { w.u32(0) })
				})
			})
		})
	})
}

// entry writes the sample entry, which names the codec.
func (w *writer) entry(t *Track) {
	switch t.Codec {
	case H264:
		w.visual("avc1", t, func() { w.box("avcC", func() { w.avcC(t) }) })
	case H265:
		w.visual("hvc1", t, func() { w.box("hvcC", func() { w.hvcC(t) }) })
	case AAC:
		w.audio("mp4a", t, func() { w.full("esds", 0, 0, func() { w.esds(t) }) })
	case LPCM:
		w.audio("ipcm", t, func() { w.full("pcmC", 0, 0, func() { w.u8(0, 16) }) }) // big endian, 16 bits
	case Opus:
		w.audio("Opus", t, func() {
			w.box("dOps", func() {
				w.u8(0, uint8(t.Channels))
				w.u16(312) // pre-skip, samples at 48 kHz
				w.u32(uint32(t.SampleRate))
				w.u16(0)
				w.u8(0)
			})
		})
	}
}

func (w *writer) visual(kind string, t *Track, config func()) {
	w.box(kind, func() {
		w.zero(6)
		w.u16(1)
		w.zero(16)
		w.u16(uint16(t.Width))
		w.u16(uint16(t.Height))
		w.u32(0x480000)
		w.u32(0x480000)
		w.u32(0)
		w.u16(1)
		w.zero(32)
		w.u16(0x18)
		w.u16(0xffff)
		config()
	})
}

func (w *writer) audio(kind string, t *Track, config func()) {
	w.box(kind, func() {
		w.zero(6)
		w.u16(1)
		w.zero(8)
		w.u16(uint16(t.Channels))
		w.u16(16)
		w.u32(0)
		w.u32(uint32(t.SampleRate) << 16)
		config()
	})
}

// avcC is AVCDecoderConfigurationRecord, ISO/IEC 14496-15 clause 5.3.3.1.
func (w *writer) avcC(t *Track) {
	w.u8(1, t.SPS[1], t.SPS[2], t.SPS[3], 0xff, 0xe1)
	w.u16(uint16(len(t.SPS)))
	w.bytes(t.SPS)
	w.u8(1)
	w.u16(uint16(len(t.PPS)))
	w.bytes(t.PPS)
	switch t.SPS[1] {
	case 100, 110, 122, 144, 244:
		chroma, luma, depth := uint8(1), uint8(0), uint8(0)
		if s, err := parseH264(t.SPS); err == nil {
			chroma, luma, depth = uint8(s.ChromaFormatIdc&3), uint8(s.BitDepthLumaMinus8&7), uint8(s.BitDepthChromaMinus8&7)
		}
		w.u8(0xfc|chroma, 0xf8|luma, 0xf8|depth, 0)
	}
}

// profileTierLevel is the twelve bytes of general profile, tier and level,
// which hvcC repeats as the SPS has them.
func profileTierLevel(sps []byte) []byte {
	if len(sps) < 3 {
		return nil
	}
	b := h264.EmulationPreventionRemove(sps[2:min(len(sps), 64)])
	if len(b) < 13 {
		return nil
	}
	return b[1:13]
}

// hvcC is HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 clause 8.3.3.1.
func (w *writer) hvcC(t *Track) {
	chroma, luma, depth, layers, nested := uint8(1), uint8(0), uint8(0), uint8(1), uint8(0)
	if s, err := parseH265(t.SPS); err == nil {
		chroma, luma, depth = uint8(s.ChromaFormatIdc&3), uint8(s.BitDepthLumaMinus8&7), uint8(s.BitDepthChromaMinus8&7)
		layers = s.MaxSubLayersMinus1 + 1
		if s.TemporalIDNestingFlag {
			nested = 1
		}
	}
	w.u8(1)
	w.bytes(profileTierLevel(t.SPS))
	w.u16(0xf000) // no spatial segmentation known
	w.u8(0xfc)    // parallelism unknown
	w.u8(0xfc|chroma, 0xf8|luma, 0xf8|depth)
	w.u16(0) // average frame rate unknown
	w.u8(layers&7<<3 | nested<<2 | 3)
	w.u8(3)
	for i, p := range [3][]byte{t.VPS, t.SPS, t.PPS} {
		w.u8(0x80 | uint8(32+i))
		w.u16(1)
		w.u16(uint16(len(p)))
		w.bytes(p)
	}
}

// esds is the elementary stream descriptor of ISO/IEC 14496-1 clause 7.2.6.
func (w *writer) esds(t *Track) {
	n := len(t.AudioConfig)
	w.u8(3, uint8(3+5+13+n+3))
	w.u16(uint16(t.ID))
	w.u8(0)
	w.u8(4, uint8(13+2+n), 0x40, 0x15, 0, 0, 0)
	w.u32(0)
	w.u32(0)
	w.u8(5, uint8(n))
	w.bytes(t.AudioConfig)
	w.u8(6, 1, 2)
}
