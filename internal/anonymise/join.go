package anonymise

import (
	"bytes"
	"encoding/binary"
	"io"

	"vidne.dk/vidne/internal/fault"
)

// Joiner writes pieces of fragmented MP4 as one file: the first's init section,
// then the fragments of all, each at its time.
type Joiner struct {
	Out      io.Writer
	init     []byte
	sequence uint32
}

// box is one box of an MP4: its kind, and all of it with its head.
type box struct {
	kind string
	all  []byte
}

func (b box) body() []byte { return b.all[8:] }

// boxes takes bytes apart. 64 bit sizes are not written here.
func boxes(b []byte) ([]box, error) {
	var out []box
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, fault.New(fault.Corrupt, "anonymise.mp4", "%d bytes left", len(b))
		}
		n := binary.BigEndian.Uint32(b)
		if n < 8 || uint64(n) > uint64(len(b)) {
			return nil, fault.New(fault.Corrupt, "anonymise.mp4", "a box of %d bytes in %d", n, len(b))
		}
		out = append(out, box{string(b[4:8]), b[:n]})
		b = b[n:]
	}
	return out, nil
}

// find is the first box of a kind.
func find(all []box, kind string) (box, error) {
	for _, b := range all {
		if b.kind == kind {
			return b, nil
		}
	}
	return box{}, fault.New(fault.Corrupt, "anonymise.mp4", "no %s", kind)
}

// Add writes the next piece, whose time zero is so many ticks of [Clock] after
// the first's. Pieces that were not encoded alike are fault.Conflict.
func (j *Joiner) Add(piece []byte, start int64) error {
	all, err := boxes(piece)
	if err != nil {
		return err
	}
	moov, err := find(all, "moov")
	if err != nil {
		return err
	}
	for _, b := range all {
		switch b.kind {
		case "ftyp", "moov":
			if j.init != nil {
				continue
			}
		case "moof":
			b.all = bytes.Clone(b.all)
			if err := j.place(b, start); err != nil {
				return err
			}
		case "mdat":
		default:
			continue // an index of the piece alone
		}
		if _, err := j.Out.Write(b.all); err != nil {
			return err
		}
	}
	if j.init == nil {
		j.init = bytes.Clone(moov.all)
	} else if !bytes.Equal(j.init, moov.all) {
		return fault.New(fault.Conflict, "anonymise.changed", "pieces of the copy are not encoded alike")
	}
	return nil
}

// place gives a fragment its number and its time.
func (j *Joiner) place(moof box, start int64) error {
	parts, err := boxes(moof.body())
	if err != nil {
		return err
	}
	mfhd, err := find(parts, "mfhd")
	if err != nil {
		return err
	}
	traf, err := find(parts, "traf")
	if err != nil {
		return err
	}
	parts, err = boxes(traf.body())
	if err != nil {
		return err
	}
	tfdt, err := find(parts, "tfdt")
	if err != nil {
		return err
	}
	if len(mfhd.body()) < 8 || len(tfdt.body()) < 12 || tfdt.body()[0] != 1 {
		return fault.New(fault.Corrupt, "anonymise.mp4", "a fragment without its number or time")
	}
	j.sequence++
	binary.BigEndian.PutUint32(mfhd.body()[4:], j.sequence)
	at := binary.BigEndian.Uint64(tfdt.body()[4:])
	binary.BigEndian.PutUint64(tfdt.body()[4:], at+uint64(start))
	return nil
}

// CountPictures is how many pictures a piece of fragmented MP4 has.
func CountPictures(piece []byte) (int, error) {
	all, err := boxes(piece)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, b := range all {
		if b.kind != "moof" {
			continue
		}
		parts, err := boxes(b.body())
		if err != nil {
			return 0, err
		}
		traf, err := find(parts, "traf")
		if err != nil {
			return 0, err
		}
		if parts, err = boxes(traf.body()); err != nil {
			return 0, err
		}
		for _, p := range parts {
			if p.kind == "trun" && len(p.body()) >= 8 {
				n += int(binary.BigEndian.Uint32(p.body()[4:]))
			}
		}
	}
	return n, nil
}
