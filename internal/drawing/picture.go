package drawing

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strconv"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/plan"
)

// Bounds of a picture that is taken in.
const (
	MaxPixels  = 40_000_000
	MaxPicture = 24 << 20 // bytes
)

// Kind of the documents that pictures are kept as.
const Kind = "drawing-picture"

// Picture is what lies behind a drawing.
type Picture struct {
	Document string `json:"document"`
	Width    int    `json:"width"`  // px
	Height   int    `json:"height"` // px
	// Scale is metres per px where it is known: of a map that was fetched. 0:
	// not known.
	Scale float64 `json:"scale"`
	// Source says where a map comes from, as its owner wants it said.
	Source string `json:"source"`
}

// AddPicture takes in a PNG or JPEG for a case. It is drawn anew: comments,
// places and whatever hides behind it stay out. Refusals are Invalid:
// "picture.type", "picture.size", "picture.broken".
func (r *Room) AddPicture(ctx context.Context, controller, caseID, name string, from io.Reader, scale float64, source string, by Who) (p Picture, err error) {
	raw, err := io.ReadAll(io.LimitReader(from, MaxPicture+1))
	if err != nil {
		return Picture{}, fault.As(fault.Invalid, "picture.broken", err)
	}
	if len(raw) > MaxPicture {
		return Picture{}, fault.New(fault.Invalid, "picture.size", "more than %d bytes", MaxPicture)
	}
	clean, kind, size, err := r.redrawn(raw)
	if err != nil {
		return Picture{}, err
	}
	doc, err := r.Documents.Add(ctx, document.New{Controller: controller, Kind: Kind, Name: name, By: by.Person, Accept: []document.Type{kind}}, bytes.NewReader(clean))
	if err != nil {
		return Picture{}, err
	}
	p = Picture{Document: doc.ID, Width: size.X, Height: size.Y, Scale: scale, Source: source}
	err = r.DB.Write(ctx, func(tx *db.Tx) error { return r.putPicture(ctx, tx, controller, caseID, p, by) })
	if err != nil {
		return Picture{}, errors.Join(err, r.Documents.Remove(context.WithoutCancel(ctx), controller, doc.ID, by.Person))
	}
	return p, nil
}

func (r *Room) putPicture(ctx context.Context, tx *db.Tx, controller, caseID string, p Picture, by Who) error {
	now := r.Clock.Now()
	if _, err := tx.Exec(ctx, `INSERT INTO drawing_pictures (controller, case_id, document, width, height, scale, source, added, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		controller, caseID, p.Document, p.Width, p.Height, strconv.FormatFloat(p.Scale, 'g', -1, 64), p.Source, now, by.Person); err != nil {
		return err
	}
	_, err := r.Ledger.Append(ctx, tx, now, "drawing.picture", map[string]any{"controller": controller, "case": caseID, "document": p.Document, "width": p.Width, "height": p.Height,
		"source": p.Source, "person": by.Person, "name": by.Name})
	return err
}

// redrawn decodes a picture and encodes it again.
func (r *Room) redrawn(raw []byte) ([]byte, document.Type, image.Point, error) {
	bad := func(key, format string, args ...any) ([]byte, document.Type, image.Point, error) {
		return nil, "", image.Point{}, fault.New(fault.Invalid, key, format, args...)
	}
	var read func(io.Reader) (image.Image, error)
	var config func(io.Reader) (image.Config, error)
	kind := document.PNG
	switch {
	case bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
		read, config = png.Decode, png.DecodeConfig
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		read, config, kind = jpeg.Decode, jpeg.DecodeConfig, document.JPEG
	default:
		return bad("picture.type", "neither PNG nor JPEG")
	}
	c, err := config(bytes.NewReader(raw))
	if err != nil {
		return nil, "", image.Point{}, fault.As(fault.Invalid, "picture.broken", err)
	}
	if c.Width < 16 || c.Height < 16 || c.Width > plan.MaxSide || c.Height > plan.MaxSide || c.Width*c.Height > MaxPixels {
		return bad("picture.size", "%d by %d px", c.Width, c.Height)
	}
	r.drawing.Lock()
	defer r.drawing.Unlock()
	img, err := read(bytes.NewReader(raw))
	if err != nil {
		return nil, "", image.Point{}, fault.As(fault.Invalid, "picture.broken", err)
	}
	var out bytes.Buffer
	if kind == document.PNG {
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	} else {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: 90})
	}
	if err != nil {
		return nil, "", image.Point{}, fault.As(fault.Internal, "", err)
	}
	return out.Bytes(), kind, img.Bounds().Size(), nil
}

// PictureOf finds a picture of a case.
func (r *Room) PictureOf(ctx context.Context, controller, caseID, id string) (p Picture, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = r.pictureIn(ctx, tx, controller, caseID, id)
		return err
	})
	return p, err
}

func (r *Room) pictureIn(ctx context.Context, tx *db.Tx, controller, caseID, id string) (Picture, error) {
	type row struct {
		Document string
		Width    int
		Height   int
		Scale    string
		Source   string
	}
	w, err := db.One[row](ctx, tx, `SELECT document, width, height, scale, source FROM drawing_pictures WHERE controller = ? AND case_id = ? AND document = ?`, controller, caseID, id)
	if fault.Is(err, fault.NotFound) {
		return Picture{}, fault.New(fault.NotFound, "picture.unknown", "no picture %.80q of case %s", id, caseID)
	}
	if err != nil {
		return Picture{}, err
	}
	scale, err := strconv.ParseFloat(w.Scale, 64)
	if err != nil {
		return Picture{}, fault.As(fault.Corrupt, "drawing.corrupt", err)
	}
	return Picture{w.Document, w.Width, w.Height, scale, w.Source}, nil
}

// ReadPicture opens a picture of a case: its content type and its bytes. The
// caller closes it.
func (r *Room) ReadPicture(ctx context.Context, controller, caseID, id string) (kind string, content io.ReadCloser, err error) {
	if _, err := r.PictureOf(ctx, controller, caseID, id); err != nil {
		return "", nil, err
	}
	d, c, err := r.Documents.Read(ctx, controller, id)
	if err != nil {
		return "", nil, err
	}
	return d.Type.ContentType(), c, nil
}
