package masking

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
)

const (
	// keptWidth and keptHeight are the size of what is kept of a test picture: a
	// wall or a hedge is to be seen in it, and nobody is to be known.
	keptWidth, keptHeight = 64, 36
	// black is the brightest that a covered point may be, 0 to 255: JPEG leaves
	// traces beside an edge.
	black = 40
	// named is how much of the picture's height lies above the line in which the
	// engine writes who a picture was given to.
	named = 0.86
	// proofFor is how long the order for a test picture can wait.
	proofFor = 2 * time.Minute
	// largest is the largest side of a picture that is looked at.
	largest = 1 << 13
	// again is when a picture that showed something is taken anew.
	again = time.Hour
)

// Masked is a camera of which something is covered.
type Masked struct {
	Camera string
	Mask   permit.ID
	Areas  [][]permit.Point
	Since  time.Time
	By     string
	Sent   bool  // the engine has it
	Proof  Proof // zero: there is none yet
}

// Proof is what a mask's test picture showed.
type Proof struct {
	Mask      string
	At        time.Time
	Statement string // the order for the picture
	Covered   bool   // nothing shows in the covered areas
	Bright    int64  // how bright the brightest point in them is, 0 to 255
	SHA256    string `db:"sha256"` // of the whole picture as the engine gave it, hex
	Picture   string // PNG in base64
}

// PNG is the picture that is kept.
func (p Proof) PNG() ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(p.Picture)
	if err != nil {
		return nil, fault.As(fault.Corrupt, "mask.picture", err)
	}
	return b, nil
}

// Masked lists the cameras of a controller of which something is covered now.
func (r *Room) Masked(ctx context.Context, controller string) ([]Masked, error) {
	all, err := r.c.Issuer.Records(ctx, issuer.Filter{Controller: controller, Kinds: []permit.Kind{permit.KindMask}, States: []string{issuer.Waiting, issuer.Accepted}, Limit: 10_000})
	if err != nil {
		return nil, err
	}
	var proofs []Proof
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		proofs, err = db.All[Proof](ctx, tx, `SELECT mask, at, statement, covered, bright, sha256, picture FROM mask_proofs WHERE controller = ?`, controller)
		return err
	})
	if err != nil {
		return nil, err
	}
	of := map[string]Proof{}
	for _, p := range proofs {
		of[p.Mask] = p
	}
	seen := map[string]bool{}
	var out []Masked
	for _, rec := range all { // the newest of each camera is the one in force
		s, err := rec.Statement()
		if err != nil {
			return nil, err
		}
		m, ok := s.(*permit.Mask)
		if !ok || seen[m.Camera] {
			continue
		}
		seen[m.Camera] = true
		if len(m.Areas) > 0 {
			out = append(out, Masked{Camera: m.Camera, Mask: m.ID, Areas: m.Areas, Since: m.Issued, By: m.By, Sent: rec.State == issuer.Accepted, Proof: of[string(m.ID)]})
		}
	}
	return out, nil
}

// Tick proves the masks that are not proven: one picture of each that its
// engine has and whose camera may record now. It tells of one that shows what
// it should cover, and looks again after an hour.
func (r *Room) Tick(ctx context.Context) error {
	controllers, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, c := range controllers {
		all, err := r.Masked(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, m := range all {
			if !m.Sent || m.Proof.Covered || r.c.Clock.Now().Before(m.Proof.At.Add(again)) {
				continue
			}
			if err := r.prove(ctx, c.ID, m); err != nil && !fault.Is(err, fault.Unavailable) {
				wrong = append(wrong, err)
			}
		}
	}
	return errors.Join(wrong...)
}

// prove has the engine take a picture, and keeps what it shows of the mask. A
// camera that may not record now is left alone.
func (r *Room) prove(ctx context.Context, controller string, m Masked) (err error) {
	defer fault.Wrap(&err, "masking.prove(%s)", m.Camera)
	in, err := r.c.Engine.Permit(ctx, m.Camera)
	if err != nil || !in.Covers {
		return err
	}
	now := r.c.Clock.Now()
	order := &permit.Still{Head: permit.Head{Controller: controller, Engine: r.c.EngineID, By: "vidne"}, Camera: m.Camera, Person: "vidne",
		Purpose: "Prøvebillede af kameraets maskering", Expires: now.Add(proofFor), Text: "Prøvebillede"}
	signed, err := r.c.Issuer.Ticket(ctx, nil, order)
	if err != nil {
		return err
	}
	b, err := r.c.Engine.Still(ctx, engineapi.StillQuery{Camera: m.Camera}, engineapi.Pass{Statement: signed.Encode(), Whence: "Vidne"})
	if err != nil {
		return err
	}
	p, err := judge(b, m.Areas)
	if err != nil {
		return err
	}
	dpos, err := r.dpos(ctx, controller)
	if err != nil {
		return err
	}
	p.Mask, p.At, p.Statement = string(m.Mask), now.UTC().Truncate(time.Microsecond), string(order.ID)
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO mask_proofs (mask, controller, camera, at, statement, covered, bright, sha256, picture) VALUES (`+db.Marks(9)+`)
			ON CONFLICT (mask) DO UPDATE SET at = excluded.at, statement = excluded.statement, covered = excluded.covered, bright = excluded.bright, sha256 = excluded.sha256, picture = excluded.picture`,
			p.Mask, controller, m.Camera, p.At, p.Statement, p.Covered, p.Bright, p.SHA256, p.Picture); err != nil {
			return err
		}
		kind := "mask.proven"
		if !p.Covered {
			kind = "mask.shows"
		}
		if _, err := r.c.Ledger.Append(ctx, tx, now, kind, map[string]any{"controller": controller, "camera": m.Camera, "mask": m.Mask, "statement": p.Statement, "bright": p.Bright, "sha256": p.SHA256}); err != nil || p.Covered {
			return err
		}
		return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "mask-shows-" + p.Statement, Kind: "mask.shows", Thread: controller + "/mask/" + m.Camera,
			Room: "masklift", Say: "shows", Path: "/kameraer/" + m.Camera + "/maske", Data: map[string]string{"camera": m.Camera, "controller": controller}}, dpos...)
	})
}

// dpos are a controller's data protection officers.
func (r *Room) dpos(ctx context.Context, controller string) ([]identity.Person, error) {
	all, err := r.c.People.People(ctx, controller)
	return slices.DeleteFunc(all, func(p identity.Person) bool { return p.Closed || !slices.Contains(p.Roles, "dpo") }), err
}

// judge looks at every point of a picture that lies in an area, and makes the
// coarse picture that is kept.
func judge(b []byte, areas [][]permit.Point) (p Proof, err error) {
	size, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil || max(size.Width, size.Height) > largest || min(size.Width, size.Height) < keptHeight {
		return p, fault.New(fault.Corrupt, "mask.picture", "a picture of %d by %d: %v", size.Width, size.Height, err)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return p, fault.As(fault.Corrupt, "mask.picture", err)
	}
	kept := image.NewGray(image.Rect(0, 0, keptWidth, keptHeight))
	var sum, n [keptWidth * keptHeight]int
	at := img.Bounds().Min
	looked := 0
	for y := range size.Height {
		for x := range size.Width {
			light := int(color.GrayModel.Convert(img.At(at.X+x, at.Y+y)).(color.Gray).Y)
			i := y*keptHeight/size.Height*keptWidth + x*keptWidth/size.Width
			sum[i], n[i] = sum[i]+light, n[i]+1
			if float64(y) < named*float64(size.Height) && within(areas, float64(x)+0.5, float64(y)+0.5, size.Width, size.Height) {
				looked++
				p.Bright = max(p.Bright, int64(light))
			}
		}
	}
	for i := range sum {
		kept.Pix[i] = uint8(sum[i] / max(n[i], 1))
	}
	// Areas in the lowest part alone lie behind the name: the engine's own black
	// box covers them as well.
	p.Covered = looked == 0 || p.Bright <= black
	whole := sha256.Sum256(b)
	p.SHA256 = hex.EncodeToString(whole[:])
	var out bytes.Buffer
	if err := png.Encode(&out, kept); err != nil {
		return p, fault.As(fault.Internal, "mask.picture", err)
	}
	p.Picture = base64.StdEncoding.EncodeToString(out.Bytes())
	return p, nil
}

// within reports whether a point of a picture lies in one of the areas.
func within(areas [][]permit.Point, x, y float64, width, height int) bool {
	px, py := x*permit.MaxPoint/float64(width), y*permit.MaxPoint/float64(height)
	for _, a := range areas {
		odd := false
		for i, j := 0, len(a)-1; i < len(a); j, i = i, i+1 {
			ax, ay, bx, by := float64(a[i].X), float64(a[i].Y), float64(a[j].X), float64(a[j].Y)
			if (ay > py) != (by > py) && px < (bx-ax)*(py-ay)/(by-ay)+ax {
				odd = !odd
			}
		}
		if odd {
			return true
		}
	}
	return false
}
