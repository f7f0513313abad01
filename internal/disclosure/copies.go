package disclosure

import (
	"context"
	"io"
	"time"
)

// Copies is where anonymised copies are found, each approved by a second person
// who has seen every second of it.
type Copies interface {
	// Copy is an approved copy of a controller; another's, or one that is not
	// approved, is fault.NotFound.
	Copy(ctx context.Context, controller, id string) (Copy, error)
	// Film writes the copy's film (MP4).
	Film(ctx context.Context, controller, id string, w io.Writer) error
}

// Copy (anonymiseret kopi) is what a disclosure needs to know of one.
type Copy struct {
	ID, Number, Location string
	Camera               string
	From, To             time.Time
	Until                time.Time // when it is deleted
}
