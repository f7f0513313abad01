// Package media turns access units into fragmented MP4 and back: bytes in,
// bytes out, nothing read from a file or a network, every parser fuzzed.
//
// Picture data is kept byte for byte as the camera sent it, SEI included, so
// that a camera that signs its video stays verifiable (ONVIF Media Signing).
package media

import "time"

// Codec of a track.
type Codec uint8

const (
	H264 Codec = iota + 1 // ITU-T H.264, length-prefixed NAL units (avc1)
	H265                  // ITU-T H.265 (hvc1)
	AAC                   // MPEG-4 audio
	LPCM                  // 16-bit signed big endian, what G.711 is stored as
	Opus
)

// Track describes one elementary stream.
type Track struct {
	ID        int // 1 for the picture, 2 for sound; unique in a segment
	Codec     Codec
	Timescale uint32 // ticks a second of DTS and PTS, 90000 for pictures
	// VPS (H.265 only), SPS and PPS as NAL units without prefix.
	VPS, SPS, PPS []byte
	Width, Height int
	FPS           float64 // as the SPS says, 0 if it does not
	// Sound.
	SampleRate, Channels int
	AudioConfig          []byte // AAC: AudioSpecificConfig
}

// Sample is one access unit.
type Sample struct {
	Track int // Track.ID
	// DTS and PTS in the track's timescale, extended to 64 bits, from an
	// arbitrary start that holds for one connection.
	DTS, PTS int64
	// Arrival is the trusted time at which the first byte was read. The law is
	// counted on it.
	Arrival time.Time
	// Key says that decoding can begin here.
	Key bool
	// Data is length-prefixed NAL units (four bytes each), or one frame of
	// sound. Valid only during the call that hands it over.
	Data []byte
}
