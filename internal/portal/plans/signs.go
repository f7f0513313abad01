package plans

import (
	"context"
	"html/template"
	"strconv"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
)

// Signs are the signs that hang somewhere; internal/notice's Room knows them.
type Signs interface {
	Signs(ctx context.Context, controller, location string) ([]notice.Sign, error)
}

// signRow is a sign beneath the drawing that it is on.
type signRow struct{ Label, Place, Words, Due string }

// hanging are a controller's signs at a location, or with an empty one anywhere.
func (v *visit) hanging(controller, location string) ([]notice.Sign, error) {
	if v.s.Signs == nil {
		return nil, nil
	}
	return v.s.Signs.Signs(v.Ctx, controller, location)
}

// SignLabel is what stands on a drawing for the i-th sign on it, from 0.
func SignLabel(i int) string { return "S" + strconv.Itoa(i+1) }

// Marks are the signs that hang on a drawing, as they stand on it.
func Marks(of drawing.Of, signs []notice.Sign) (marks []plan.Mark, on []notice.Sign) {
	for _, s := range signs {
		if s.Controller == of.Controller && s.Spot.Case == of.Case && s.Spot.Drawing == of.ID {
			marks = append(marks, plan.Mark{At: plan.Spot{X: s.Spot.X, Y: s.Spot.Y}, Label: SignLabel(len(on)), Text: s.Words})
			on = append(on, s)
		}
	}
	return marks, on
}

func (v *visit) signRows(on []notice.Sign) (rows []signRow) {
	for i, s := range on {
		rows = append(rows, signRow{SignLabel(i), v.T("sign.place." + s.Place), s.Words, v.Date(s.Due())})
	}
	return rows
}

// SVG draws for another page, in the reader's words.
func SVG(v *page.Visit, d plan.Drawing, o plan.Options) template.HTML {
	return (&visit{Visit: v}).svg(d, o)
}
