package live

import (
	"context"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

// What is told: the kinds of messages, by which webhooks choose.
const (
	tellAsked  = "live.asked"
	tellBegun  = "live.begun"
	tellAlone  = "live.alone"
	tellAnswer = "live.answered"
)

// tell queues a letter, in the transaction of what it is about: to whoever
// answers for a place and the data protection officer at the moment when it
// begins to be seen live, and to whoever can answer that somebody waits.
func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, q Request, to []identity.Person) error {
	name := strings.TrimPrefix(kind, "live.")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "live-" + name + "-" + q.ID, Kind: kind, Thread: q.Controller + "/live/" + q.ID,
		Room: "live", Say: name, Args: []any{q.Number, q.Minutes}, Path: "/direkte/" + q.ID, Data: map[string]string{"request": q.ID, "controller": q.Controller}}, to...)
}
