package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/media"
)

// Original is a [Report] and what else is told of a file that is evidence.
type Original struct {
	Report
	Codec         string
	Width, Height int
	Segments      []string // Piece.ID of the stored segments in it, in order
}

// About is what a file says of itself to programs that read the ONVIF Export
// File Format: who took it out, and when, and what the source is called.
type About struct {
	Unit, Operator, Source string
	At                     time.Time
}

// meta is the box for tracks whose time begins at start.
func (a *About) meta(tracks []media.Track, start time.Time) []byte {
	m := media.About{Unit: a.Unit, At: a.At, Operator: a.Operator}
	for i := range tracks {
		m.Sources = append(m.Sources, media.Source{Track: tracks[i].ID, Name: a.Source, Start: start})
	}
	return m.Meta()
}

// ListHead is the first line of the list of pictures that [WithList] writes.
const ListHead = "picture,file_us,utc,size,key,segment,gop_sha256\n"

// listTime is UTC to the microsecond.
const listTime = "2006-01-02T15:04:05.000000Z"

// WithList is [MP4] that says what it is, and a list of the pictures beside it,
// as CSV, a line each:
// number from 1, presentation time in the file, arrival by the recorder's
// clock (that of the fragment's first picture, and decode time since; never
// earlier than the one before), size in bytes, 1 where decoding can begin, the
// stored segment, and, on the last line of each group of pictures, SHA-256 over
// the group's bytes as the camera sent them, so that a group can be recognised
// in any other copy.
func WithList(ctx context.Context, w, listed io.Writer, about About, src Source) (o Original, err error) {
	defer fault.Wrap(&err, "export.WithList")
	l := &list{w: listed, o: &o}
	m := muxer{w: w, r: &o.Report, list: l, about: &about}
	if _, err := io.WriteString(listed, ListHead); err != nil {
		return o, err
	}
	if err := m.all(ctx, src); err != nil {
		return o, err
	}
	t := &m.tracks[0]
	o.Codec, o.Width, o.Height = t.Codec.Name(), t.Width, t.Height
	return o, l.flush()
}

// list holds one line back until it is known whether its group ends there.
type list struct {
	w     io.Writer
	o     *Original
	line  string
	group hash.Hash
	first int64     // decode time of the fragment's first picture
	last  time.Time // arrival of the picture before
}

// fragment begins the pictures of one piece.
func (l *list) fragment(m *muxer, samples []media.Sample) {
	for i := range samples {
		if samples[i].Track == m.tracks[0].ID {
			l.first = samples[i].DTS + m.shift[samples[i].Track]
			return
		}
	}
}

func (l *list) picture(m *muxer, p *Piece, s *media.Sample) error {
	if s.Key || l.group == nil {
		if err := l.flush(); err != nil {
			return err
		}
		l.group = sha256.New()
	} else if err := l.write("\n"); err != nil {
		return err
	}
	l.group.Write(s.Data)
	if n := len(l.o.Segments); n == 0 || l.o.Segments[n-1] != p.ID {
		l.o.Segments = append(l.o.Segments, p.ID)
	}
	key := 0
	if s.Key {
		key = 1
	}
	// Arrival jitters from fragment to fragment; order does not, and nothing of
	// a fragment arrived after its end.
	at := p.Start.Add(m.at(s.Track, s.DTS-l.first))
	if at.After(p.End) {
		at = p.End
	}
	if at.After(l.last) {
		l.last = at
	}
	l.line = fmt.Sprintf("%d,%d,%s,%d,%d,%s,", m.r.Pictures, m.at(s.Track, s.PTS)/time.Microsecond, l.last.UTC().Format(listTime), len(s.Data), key, p.ID)
	return nil
}

// flush ends a group.
func (l *list) flush() error {
	if l.group == nil {
		return nil
	}
	return l.write(hex.EncodeToString(l.group.Sum(nil)) + "\n")
}

func (l *list) write(end string) error {
	_, err := io.WriteString(l.w, l.line+end)
	return err
}
