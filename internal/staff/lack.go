package staff

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// LackRoll and LackNotice are what can be lacking at a location; of those who
// handle recordings it is the kind of the paper.
const (
	LackRoll   = "roll"   // nobody is on the roll, and nobody says that nobody works there
	LackNotice = "notice" // somebody on the roll has not confirmed the newest notice
)

// Lack (mangel) is something that somebody has not confirmed, or a roll that is
// not kept.
type Lack struct {
	Controller string
	Location   string // of a paper: the first at which the person may handle recordings
	What       string // LackRoll, LackNotice or the kind of a paper
	Member     string // on the roll; empty: a roll, or a person with an account
	Person     string // with an account; empty: a member
	Name       string
	Kind       Kind      // of member
	Version    int       // that is to be confirmed
	Since      time.Time // it can be confirmed
	Due        time.Time
}

// Overdue reports whether it should have been there.
func (l Lack) Overdue(now time.Time) bool { return now.After(l.Due) }

// Lacking lists who lacks which paper at some locations, or with nil at all of a
// controller's, what is due first in front.
func (r *Room) Lacking(ctx context.Context, controller string, locations []string) (out []Lack, err error) {
	rolls, err := r.Rolls(ctx, controller, locations)
	if err != nil {
		return nil, err
	}
	for _, x := range rolls {
		out = append(out, x.Lacks()...)
	}
	handlers, err := r.Handlers(ctx, controller)
	if err != nil {
		return nil, err
	}
	for _, h := range handlers {
		if locations != nil && !slices.ContainsFunc(h.Locations, func(l string) bool { return slices.Contains(locations, l) }) {
			continue
		}
		out = append(out, h.Lacks()...)
	}
	slices.SortStableFunc(out, func(a, b Lack) int { return a.Due.Compare(b.Due) })
	return out, nil
}

// Of is the roll of one location of a controller; another's is NotFound.
func (r *Room) Of(ctx context.Context, controller, location string) (Roll, error) {
	place, err := r.c.Register.Location(ctx, controller, location)
	if err != nil {
		return Roll{}, err
	}
	all, err := r.Rolls(ctx, controller, []string{place.ID})
	if err != nil || len(all) == 0 {
		return Roll{Controller: controller, Location: place.ID, Name: place.Name}, err
	}
	return all[0], nil
}

// lackText says how many of a roll have not been told, of those who work there
// already.
func lackText(x Roll, now time.Time, form string) string {
	lacks, all := 0, 0
	for _, m := range x.Members {
		if m.Since.After(now) {
			continue
		}
		all++
		if _, has := x.Receipt(m); !has {
			lacks++
		}
	}
	return fmt.Sprintf(form, lacks, all)
}
