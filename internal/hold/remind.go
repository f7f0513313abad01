package hold

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

// What is told: the kinds of messages, by which webhooks choose.
const (
	tellAsked    = "hold.asked"
	tellAnswer   = "hold.answered"
	tellReleased = "hold.released"
	tellNotice   = "hold.notice"    // the person of a dispute is not told yet
	tellGone     = "hold.gone"      // it ended without the notice
	tellReview   = "hold.review"    // its date is here
	tellLate     = "hold.forgotten" // and nobody did anything
	tellRejected = "hold.rejected"  // the engine would not have it
)

// tell queues a letter, in the transaction of what it is about; more tells
// letters of one kind about one lock apart.
func (r *Room) tell(ctx context.Context, tx *db.Tx, kind string, h Hold, more string, to []identity.Person) error {
	name := strings.TrimPrefix(kind, "hold.")
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "hold-" + name + more + "-" + h.ID, Kind: kind, Thread: h.Controller + "/hold/" + h.ID,
		Room: "hold", Say: name, Args: []any{h.Number}, Path: "/bevislaase/" + h.ID, Data: map[string]string{"hold": h.ID, "controller": h.Controller}}, to...)
}

// stage is something that is told when its time comes.
type stage struct {
	at   time.Time
	id   string // in [Hold.Reminded]
	kind string
	to   func(around) []identity.Person
}

// The days after the first minute on which an untold dispute is told of.
var noticeDays = []int{20, 25, 28}

func ownerOnly(a around) []identity.Person { return []identity.Person{a.Asker} }

// stages is all that comes of a lock that stands, or ended by itself, in the
// order in which it comes. An untold dispute's owner hears of it first, then
// who answers for the place, then the data protection officer too.
func (h Hold) stages() (out []stage) {
	if !h.TellBy().IsZero() {
		wider := func(a around) []identity.Person { return append(ownerOnly(a), a.Can...) }
		for n, d := range noticeDays {
			to := []func(around) []identity.Person{ownerOnly, wider, around.all}[n]
			if at := h.From.Add(time.Duration(d) * 24 * time.Hour); at.After(h.Decided) {
				out = append(out, stage{at, "notice-" + at.Format(time.DateOnly), tellNotice, to})
			}
		}
		out = append(out, stage{h.TellBy(), "gone", tellGone, around.all})
	}
	if due := h.ReviewDue(); due.Before(h.Ends()) {
		day := due.Format(time.DateOnly)
		out = append(out, stage{due, "review-" + day, tellReview, ownerOnly}, stage{due.Add(ReviewGrace), "late-" + day, tellLate, around.all})
	}
	slices.SortStableFunc(out, func(a, b stage) int { return a.at.Compare(b.at) })
	return slices.DeleteFunc(out, func(s stage) bool { return s.at.After(h.Ends()) })
}

// due is the latest that should have been told by now and was not.
func (h Hold) due(now time.Time) (stage, bool) {
	if h.State(now) == Rejected {
		s := stage{h.Decided, "rejected", tellRejected, around.all}
		return s, h.Reminded != s.id
	}
	if s := h.State(now); s != Standing && s != Ended {
		return stage{}, false
	}
	var last stage
	for _, s := range h.stages() {
		if !s.at.After(now) {
			last = s
		}
	}
	return last, last.id != "" && last.id != h.Reminded
}

// Tick tells of what is due, or forgotten, each once.
func (r *Room) Tick(ctx context.Context) error {
	controllers, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, c := range controllers {
		all, err := r.Open(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, h := range all {
			wrong = append(wrong, r.settle(ctx, h))
			if s, ok := h.due(r.c.Clock.Now()); ok {
				wrong = append(wrong, r.remind(ctx, h, s))
			}
		}
	}
	return errors.Join(wrong...)
}

func (r *Room) remind(ctx context.Context, h Hold, s stage) error {
	a, err := r.around(ctx, h)
	if err != nil {
		return err
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := r.one(ctx, tx, h.Controller, h.ID)
		if err != nil {
			return err
		}
		was.EngineWhy = h.EngineWhy
		if again, ok := was.due(r.c.Clock.Now()); !ok || again.id != s.id {
			return nil // somebody was faster
		}
		was.Reminded = s.id
		if err := put(ctx, tx, was); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "lock.reminded", was, Who{Person: "vidne", Name: "Vidne"}, map[string]any{"what": s.kind, "at": s.at.UTC()}); err != nil {
			return err
		}
		return r.tell(ctx, tx, s.kind, was, "-"+s.id, s.to(a))
	})
	r.c.Mail.Wake()
	return err
}
