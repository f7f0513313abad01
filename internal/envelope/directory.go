package envelope

import (
	"encoding/binary"
	"io"
	"math"
)

// entry is one file as the directory tells it.
type entry struct {
	name         string
	size, packed uint64
	offset       uint64
}

// counted knows how far the envelope has come.
type counted struct {
	w io.Writer
	n uint64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += uint64(n)
	return n, err
}

// aesExtra says AE-2, AES-256, stored.
const aesExtra = "\x01\x99\x07\x00\x02\x00AE\x03\x00\x00"

// common is what the local header and the directory have alike, from the
// version to the length of the name. Sizes are always told in the Zip64 part:
// in one pass nobody knows beforehand whether they will fit. The CRC stays 0:
// in AE-2 the authentication code stands for it.
func common(at uint32, name string, extra int) []byte {
	var b []byte
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint16(b, methodAE)
	b = binary.LittleEndian.AppendUint32(b, at)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, math.MaxUint32)
	b = binary.LittleEndian.AppendUint32(b, math.MaxUint32)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	return binary.LittleEndian.AppendUint16(b, uint16(extra))
}

func numbers(id uint16, list ...uint64) []byte {
	b := binary.LittleEndian.AppendUint16(nil, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(8*len(list)))
	for _, n := range list {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

const zip64 = 1

func localHeader(at uint32, name string) []byte {
	extra := append(numbers(zip64, 0, 0), aesExtra...)
	b := append([]byte("PK\x03\x04"), common(at, name, len(extra))...)
	return append(append(b, name...), extra...)
}

func (e entry) descriptor() []byte {
	b := append([]byte("PK\x07\x08"), 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, e.packed)
	return binary.LittleEndian.AppendUint64(b, e.size)
}

func (e entry) directory(at uint32) []byte {
	offset, extra := uint32(math.MaxUint32), numbers(zip64, e.size, e.packed, e.offset)
	if e.offset < math.MaxUint32 {
		offset, extra = uint32(e.offset), numbers(zip64, e.size, e.packed)
	}
	extra = append(extra, aesExtra...)
	b := append([]byte("PK\x01\x02"), version, 3) // made on Unix
	b = append(b, common(at, e.name, len(extra))...)
	b = append(b, 0, 0, 0, 0, 0, 0) // no comment, first disk, binary
	b = binary.LittleEndian.AppendUint32(b, 0o100644<<16)
	b = binary.LittleEndian.AppendUint32(b, offset)
	return append(append(b, e.name...), extra...)
}

// ending closes a directory of n files that lies from one place to another.
// The Zip64 record is always there, as the sizes are.
func ending(n, from, to uint64) []byte {
	size := to - from
	b := append([]byte("PK\x06\x06"), 44, 0, 0, 0, 0, 0, 0, 0, version, 3, version, 0)
	b = append(b, make([]byte, 8)...) // one disk
	for _, v := range []uint64{n, n, size, from} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = append(append(b, "PK\x06\x07"...), 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, to)
	b = append(append(b, 1, 0, 0, 0), "PK\x05\x06"...)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(min(n, math.MaxUint16)))
	b = binary.LittleEndian.AppendUint16(b, uint16(min(n, math.MaxUint16)))
	b = binary.LittleEndian.AppendUint32(b, uint32(min(size, math.MaxUint32)))
	b = binary.LittleEndian.AppendUint32(b, uint32(min(from, math.MaxUint32)))
	return append(b, 0, 0)
}
