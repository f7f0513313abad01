// Package export makes one playable file out of footage that lies in many
// segments: the picture data byte for byte as the camera sent it, only the
// container written anew, streamed, with never more than one group of
// pictures in memory and none on the disk.
//
// It knows no archive and no keys: it is given pieces in the clear, one after
// the other, by whoever has checked the right to them.
package export

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
)

// Seam is how far two segments may lie apart, by the recorder's clock, and
// still be one stretch: more is a gap in the file too.
const Seam = time.Second

// Piece is one fragment in the clear.
type Piece struct {
	Segment string // segments have each their own zero of time
	ID      string // the stored segment's number, for the list of pictures
	Start   time.Time
	End     time.Time
	Init    []byte // ftyp and moov of the segment
	Data    []byte // moof and mdat, valid until the next call
}

// Source hands over pieces in the order of time, io.EOF at the end.
type Source interface {
	Next(ctx context.Context) (*Piece, error)
}

// Gap is a stretch of which there are no pictures.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Report says what was written.
type Report struct {
	From     time.Time `json:"from"` // arrival of the first picture
	To       time.Time `json:"to"`   // end of the last
	Pictures int64     `json:"pictures"`
	Bytes    int64     `json:"bytes"`
	Gaps     []Gap     `json:"gaps"`
	// Changed is where the camera's codec or parameter sets changed: one MP4
	// holds one of them, so the file ends there and the next begins. Zero if
	// they did not.
	Changed time.Time `json:"changed,omitzero"`
}

// MP4 writes a fragmented MP4 (ISO/IEC 14496-12) of what src gives. Time in
// the file is time by the recorder's clock since Report.From, gaps included.
// A source without pieces is NotFound "media.none" and nothing is written. On
// any other error w holds a part that ends with a whole fragment.
func MP4(ctx context.Context, w io.Writer, src Source) (r Report, err error) {
	defer fault.Wrap(&err, "export.MP4")
	m := muxer{w: w, r: &r}
	err = m.all(ctx, src)
	return r, err
}

// all takes every piece, or those up to where the tracks change.
func (m *muxer) all(ctx context.Context, src Source) error {
	for {
		p, err := src.Next(ctx)
		switch {
		case errors.Is(err, io.EOF) && m.seq == 0:
			return fault.New(fault.NotFound, "media.none", "no pictures in the interval")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if on, err := m.piece(p); err != nil || !on {
			return err
		}
	}
}

type muxer struct {
	w       io.Writer
	r       *Report
	tracks  []media.Track
	frag    media.Fragmenter
	seq     uint32
	segment string
	shift   map[int]int64       // per track: output DTS - DTS in this segment
	end     time.Duration       // in the file, of what is written
	list    *list               // nil: nobody asked
	about   *About              // nil: the file says nothing of itself
	shown   func(time.Duration) // told when each picture is shown; nil: nobody asked
}

// piece writes one fragment; false when the tracks change.
func (m *muxer) piece(p *Piece) (bool, error) {
	if p.Segment != m.segment {
		tracks, err := media.ParseInit(p.Init)
		if err != nil {
			return false, err
		}
		if m.seq > 0 && !media.Same(m.tracks, tracks) {
			m.r.Changed = p.Start
			return false, nil
		}
		if m.seq == 0 {
			if err := m.begin(p, tracks); err != nil {
				return false, err
			}
		}
	}
	var samples []media.Sample
	if err := media.ParseFragment(p.Data, func(s media.Sample) { samples = append(samples, s) }); err != nil {
		return false, err
	}
	if len(samples) == 0 {
		return true, nil
	}
	if p.Segment != m.segment || p.Start.Sub(m.r.To) > Seam {
		m.seam(p, samples)
		m.segment = p.Segment
	}
	if m.list != nil {
		if err := m.list.settle(listPart); err != nil {
			return false, err
		}
	}
	m.frag.Reset()
	var pictures []media.Sample
	for i := range samples {
		s := &samples[i]
		s.DTS += m.shift[s.Track]
		s.PTS += m.shift[s.Track]
		if err := m.frag.Add(s); err != nil {
			return false, err
		}
		if s.Track == m.tracks[0].ID {
			pictures = append(pictures, *s)
			if m.shown != nil {
				m.shown(m.at(s.Track, s.PTS))
			}
		}
	}
	m.r.Pictures += int64(len(pictures))
	m.seq++
	data := m.frag.Bytes(m.seq)
	if m.list != nil {
		if err := kept(data, pictures); err != nil {
			return false, err
		}
		m.list.piece(m, p, pictures)
	}
	if err := m.write(data); err != nil {
		return false, err
	}
	m.end = m.at(samples[0].Track, samples[0].DTS) + m.frag.Duration()
	if p.End.After(m.r.To) {
		m.r.To = p.End
	}
	return true, nil
}

// kept lets pictures point into the fragment that was made of them, which
// stays as it is until the next is begun; what they came from does not.
func kept(fragment []byte, pictures []media.Sample) error {
	n := 0
	return media.ParseFragment(fragment, func(s media.Sample) {
		if n < len(pictures) && s.Track == pictures[n].Track {
			pictures[n].Data = s.Data
			n++
		}
	})
}

func (m *muxer) begin(p *Piece, tracks []media.Track) error {
	m.tracks, m.shift = tracks, map[int]int64{}
	m.r.From, m.r.To = p.Start, p.Start
	b, err := media.Init(tracks)
	if err != nil {
		return err
	}
	if m.about != nil { // behind ftyp: as early as can be
		b = slices.Insert(b, int(binary.BigEndian.Uint32(b)), m.about.meta(tracks, p.Start)...)
	}
	m.frag.Begin(tracks)
	return m.write(b)
}

// seam decides where in the file a stretch begins: right after what is
// written, or later by the gap between them.
func (m *muxer) seam(p *Piece, samples []media.Sample) {
	to := m.end
	if gap := p.Start.Sub(m.r.To); gap > Seam {
		m.r.Gaps = append(m.r.Gaps, Gap{m.r.To, p.Start})
		to += gap
	}
	first := m.at(samples[0].Track, samples[0].DTS)
	for i := range m.tracks {
		t := &m.tracks[i]
		m.shift[t.ID] = int64((to - first).Seconds() * float64(t.Timescale))
	}
}

// at is a decode time of a track as time.
func (m *muxer) at(track int, dts int64) time.Duration {
	for i := range m.tracks {
		if t := &m.tracks[i]; t.ID == track && t.Timescale > 0 {
			return time.Duration(float64(dts) / float64(t.Timescale) * float64(time.Second))
		}
	}
	return 0
}

func (m *muxer) write(b []byte) error {
	n, err := m.w.Write(b)
	m.r.Bytes += int64(n)
	return err
}
