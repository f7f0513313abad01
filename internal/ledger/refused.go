package ledger

import (
	"context"
	"errors"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Refused enters that something was refused, by enter, in a transaction of its
// own, since that of the act was given up; and gives why. What is no refusal,
// fault.Denied or fault.Conflict, is given as it is. An entry that cannot be
// made is joined to why.
func Refused(ctx context.Context, d *db.DB, why error, enter func(*db.Tx) error) error {
	if !fault.Is(why, fault.Denied) && !fault.Is(why, fault.Conflict) {
		return why
	}
	if err := d.Write(ctx, enter); err != nil {
		return errors.Join(why, err)
	}
	return why
}
