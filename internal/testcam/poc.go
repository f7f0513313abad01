package testcam

import (
	"sort"

	"github.com/bluenviron/mediacommon/v2/pkg/bits"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
)

// orderGroup sets Shown for the frames of one group of pictures, by picture
// order count (H.264 clause 8.2.1.1). A group whose headers cannot be read
// keeps the order of sending.
func (c *Clip) orderGroup(start, end int) {
	var sps h264.SPS
	if sps.Unmarshal(c.SPS) != nil || sps.PicOrderCntType != 0 {
		return
	}
	full := 1 << (sps.Log2MaxPicOrderCntLsbMinus4 + 4)
	type place struct{ frame, poc int }
	var all []place
	prevMSB, prevLSB := 0, 0
	for i := start; i < end; i++ {
		lsb, reference, ok := c.pocLSB(c.Frames[i], &sps)
		if !ok {
			return
		}
		if c.Frames[i].Key {
			prevMSB, prevLSB = 0, 0
		}
		msb := prevMSB
		switch {
		case lsb < prevLSB && prevLSB-lsb >= full/2:
			msb += full
		case lsb > prevLSB && lsb-prevLSB > full/2:
			msb -= full
		}
		all = append(all, place{i, msb + lsb})
		if reference {
			prevMSB, prevLSB = msb, lsb
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].poc < all[j].poc })
	for i, p := range all {
		c.Frames[p.frame].Shown = start + i
	}
}

func (c *Clip) pocLSB(f Frame, sps *h264.SPS) (lsb int, reference, ok bool) {
	for _, nal := range f.NALs {
		kind := nal[0] & 0x1f
		if kind != 1 && kind != 5 {
			continue
		}
		b := h264.EmulationPreventionRemove(nal[1:min(len(nal), 32)])
		pos := 0
		for range 3 { // first_mb_in_slice, slice_type, pic_parameter_set_id
			if _, err := bits.ReadGolombUnsigned(b, &pos); err != nil {
				return 0, false, false
			}
		}
		if _, err := bits.ReadBits(b, &pos, int(sps.Log2MaxFrameNumMinus4+4)); err != nil {
			return 0, false, false
		}
		if kind == 5 {
			if _, err := bits.ReadGolombUnsigned(b, &pos); err != nil {
				return 0, false, false
			}
		}
		v, err := bits.ReadBits(b, &pos, int(sps.Log2MaxPicOrderCntLsbMinus4+4))
		return int(v), nal[0]&0x60 != 0, err == nil
	}
	return 0, false, false
}
