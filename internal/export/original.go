package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"
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
	defer l.beside.Wait()
	if err := m.all(ctx, src); err != nil {
		return o, err
	}
	t := &m.tracks[0]
	o.Codec, o.Width, o.Height = t.Codec.Name(), t.Width, t.Height
	return o, l.end()
}

// listPart is how much of the list is written at a time: a line is little.
const listPart = 32 << 10

// list holds one line back until it is known whether its group ends there.
// Hashing takes as long as all else together, so it goes on beside the writing
// of the film and the reading of the next piece: between piece and settle the
// rest of a list is the hasher's.
type list struct {
	w      io.Writer
	o      *Original
	beside sync.WaitGroup

	text  bytes.Buffer // not written yet
	n     int64        // pictures
	group hash.Hash
	last  time.Time // arrival of the picture before
}

// piece lists the pictures of one piece, whose data must be as they are until
// settle.
func (l *list) piece(m *muxer, p *Piece, pictures []media.Sample) {
	if len(pictures) == 0 {
		return
	}
	id, start, end := p.ID, p.Start, p.End
	l.beside.Go(func() {
		if n := len(l.o.Segments); n == 0 || l.o.Segments[n-1] != id {
			l.o.Segments = append(l.o.Segments, id)
		}
		for i := range pictures {
			s := &pictures[i]
			// Arrival jitters from fragment to fragment; order does not, and
			// nothing of a fragment arrived after its end.
			at := start.Add(m.at(s.Track, s.DTS-pictures[0].DTS))
			if at.After(end) {
				at = end
			}
			if at.After(l.last) {
				l.last = at
			}
			l.picture(s, m.at(s.Track, s.PTS), id)
		}
	})
}

func (l *list) picture(s *media.Sample, at time.Duration, segment string) {
	key := 0
	if s.Key {
		key = 1
	}
	if s.Key || l.group == nil {
		l.flush()
		l.group = sha256.New()
	} else {
		l.text.WriteByte('\n')
	}
	l.group.Write(s.Data)
	l.n++
	fmt.Fprintf(&l.text, "%d,%d,%s,%d,%d,%s,", l.n, at/time.Microsecond, l.last.UTC().Format(listTime), len(s.Data), key, segment)
}

// flush ends a group.
func (l *list) flush() {
	if l.group != nil {
		l.text.WriteString(hex.EncodeToString(l.group.Sum(nil)) + "\n")
	}
}

// settle waits until the pictures of the last piece are listed, and writes
// what there is once it is worth it.
func (l *list) settle(least int) error {
	l.beside.Wait()
	if l.text.Len() < least {
		return nil
	}
	_, err := l.text.WriteTo(l.w)
	return err
}

// end lists the last group.
func (l *list) end() error {
	l.beside.Wait()
	l.flush()
	return l.settle(0)
}
