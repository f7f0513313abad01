package inspection

import (
	"bytes"
	"image"
	_ "image/jpeg" // the sizes of pictures of signs
	_ "image/png"  // likewise
	"io"
	"strconv"

	"vidne.dk/vidne/internal/document"
	room "vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/paper"
)

// Bounds on the pictures of signs that go along with the answers of one location.
const (
	mostPictures = 30
	mostBytes    = 60 << 20
)

// picture is one of a sign.
type picture struct {
	paper.Picture
	name string
}

// pictures are those of the signs of a single location. A picture that cannot be
// read is left out: the answer names the sign all the same.
func (v *visit) pictures(a room.Answers) (out []picture) {
	if a.Location == "" || v.s.Documents == nil {
		return nil
	}
	size := 0
	for _, x := range a.Documents() {
		if x.What != "sign" || len(out) == mostPictures {
			continue
		}
		d, c, err := v.s.Documents.Read(v.Ctx, a.ControllerID, x.Document)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(c, document.MaxSize))
		if e := c.Close(); err != nil || e != nil || size+len(data) > mostBytes {
			continue
		}
		cfg, kind, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || kind != "png" && kind != "jpeg" {
			continue
		}
		size += len(data)
		out = append(out, picture{paper.Picture{Data: data, Type: kind, Width: cfg.Width, Height: cfg.Height, Text: v.T("inspection.picture", x.Name)},
			document.SafeName("skilt-"+strconv.Itoa(len(out)+1), d.Type)})
	}
	return out
}
