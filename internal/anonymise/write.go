package anonymise

import (
	"bufio"
	"encoding/binary"
	"io"
)

// WriteMasks writes what is covered in the pictures from first on as grey
// pictures of cells in IVF, each at its time: black shown, white covered.
func WriteMasks(w io.Writer, p *Painter, first int, times []int64) error {
	b := bufio.NewWriter(w)
	head := make([]byte, 0, 32)
	head = append(head, "DKIF"...)
	head = binary.LittleEndian.AppendUint16(head, 0)
	head = binary.LittleEndian.AppendUint16(head, 32)
	head = append(head, "Y800"...)
	head = binary.LittleEndian.AppendUint16(head, uint16(p.Grid.W))
	head = binary.LittleEndian.AppendUint16(head, uint16(p.Grid.H))
	head = binary.LittleEndian.AppendUint32(head, Clock)
	head = binary.LittleEndian.AppendUint32(head, 1)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(times)))
	head = binary.LittleEndian.AppendUint32(head, 0)
	if _, err := b.Write(head); err != nil {
		return err
	}
	grey := make([]byte, 12+p.Grid.W*p.Grid.H)
	for i, at := range times {
		binary.LittleEndian.PutUint32(grey, uint32(len(grey)-12))
		binary.LittleEndian.PutUint64(grey[4:], uint64(at))
		cells := p.Cells(first + i)
		for k := range p.Grid.W * p.Grid.H {
			grey[12+k] = 255 * (cells[k>>3] >> (k & 7) & 1)
		}
		if _, err := b.Write(grey); err != nil {
			return err
		}
	}
	return b.Flush()
}

// WriteCells writes the cells of every picture.
func WriteCells(w io.Writer, p *Painter) error {
	b := bufio.NewWriter(w)
	for i := range p.Frames() {
		if _, err := b.Write(p.Cells(i)); err != nil {
			return err
		}
	}
	return b.Flush()
}
