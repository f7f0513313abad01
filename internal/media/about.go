package media

import (
	"strings"
	"time"
)

// About says where a film that was taken out comes from, as the ONVIF Export
// File Format (21.06, sections 5.2 and 5.3) has it in a file's meta box.
// Players that do not know the boxes pass over them.
type About struct {
	Unit, URL, MAC string    // of the exporting unit
	At             time.Time // of the export, to the second
	Operator       string
	Sources        []Source
}

// Source is where one track comes from.
type Source struct {
	Track                int
	Name, URL, MAC, Line string
	Start                time.Time // of the media timeline's zero, to 100 ns
}

var (
	year1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC) // ISO/IEC 14496-12
	year1601 = time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC) // ONVIF
)

// Meta is a file level meta box with SurveillanceExportBox (suep) and
// CorrectStartTimeBox (cstb). A text with a zero byte is cut there.
func (a *About) Meta() []byte {
	w := &writer{}
	w.full("meta", 0, 0, func() {
		w.full("hdlr", 0, 0, func() {
			w.u32(0)
			w.fourcc("null")
			w.zero(12)
			w.u8(0)
		})
		w.full("suep", 1, 0, func() {
			for _, s := range []string{a.Unit, a.URL, a.MAC} {
				w.text(s)
			}
			w.u64(uint64(max(0, a.At.Unix()-year1904.Unix())))
			w.text(a.Operator)
			w.u32(uint32(len(a.Sources)))
			for _, s := range a.Sources {
				w.u16(uint16(s.Track))
				for _, t := range []string{s.Name, s.URL, s.MAC, s.Line} {
					w.text(t)
				}
			}
		})
		w.box("cstb", func() {
			w.u32(uint32(len(a.Sources)))
			for _, s := range a.Sources {
				w.u32(uint32(s.Track))
				w.u64(uint64(max(0, (s.Start.Unix()-year1601.Unix())*1e7+int64(s.Start.Nanosecond()/100))))
			}
		})
	})
	return w.b
}

func (w *writer) text(s string) {
	s, _, _ = strings.Cut(s, "\x00")
	w.b = append(append(w.b, s...), 0)
}
