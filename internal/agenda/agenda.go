// Package agenda puts together what falls due for a controller through the year
// (årshjul): each room says what is due in it, and when.
//
// What it promises: nothing is typed here; an item is there because a room has
// it, moves when it moves, and is gone when it is done; an item keeps its id, so
// that a calendar moves it too.
//
// What it refuses: to weigh items, and to know what is behind them: where to do
// something about it is an address.
package agenda

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Area is what an item is about.
type Area string

// The areas, in the order in which they are shown.
const (
	Guideline Area = "guideline"
	Letters   Area = "letters"
	Breach    Area = "breach"
	Requests  Area = "requests"
	Review    Area = "review" // of the log
	Signs     Area = "signs"
	Staff     Area = "staff"
	Access    Area = "access" // rights to be confirmed
	Locks     Area = "locks"
	Cases     Area = "cases"
	Permits   Area = "permits"
	Police    Area = "police"
	Polcam    Area = "polcam"
	Suppliers Area = "suppliers"
	Deletion  Area = "deletion" // the month's statement
)

// Areas lists them.
func Areas() []Area {
	return []Area{Guideline, Letters, Breach, Requests, Review, Signs, Staff, Access, Locks, Cases, Permits, Police, Polcam, Suppliers, Deletion}
}

// Item (gøremål) is one thing that falls due.
type Item struct {
	ID       string // the same for the same thing, whenever it is asked for
	Area     Area
	Location string // empty: it is about no one location
	At       time.Time
	Key      string // of its words: agenda.item.<Key>
	Name     string // number or name of the thing
	Count    int64  // of what; 0: its words do not count
	Href     string // where to do something about it
}

// Source is a room that has things that fall due.
type Source interface {
	// Due lists what falls due from one time to before another, and what is
	// overdue at the first and not done, when that is so of it.
	Due(ctx context.Context, controller string, from, to time.Time) ([]Item, error)
}

// SourceFunc is a Source of one function.
type SourceFunc func(ctx context.Context, controller string, from, to time.Time) ([]Item, error)

// Due asks the function.
func (f SourceFunc) Due(ctx context.Context, controller string, from, to time.Time) ([]Item, error) {
	return f(ctx, controller, from, to)
}

// Room asks its sources.
type Room struct{ sources []Source }

// New is a room on its sources.
func New(sources ...Source) *Room { return &Room{sources} }

// Due lists what falls due from one time to before another, and what is overdue
// at the first and not done, the earliest first.
func (r *Room) Due(ctx context.Context, controller string, from, to time.Time) (out []Item, err error) {
	for _, s := range r.sources {
		items, err := s.Due(ctx, controller, from, to)
		if err != nil {
			return nil, err
		}
		out = append(out, slices.DeleteFunc(items, func(i Item) bool { return i.At.IsZero() || !i.At.Before(to) })...)
	}
	slices.SortStableFunc(out, func(a, b Item) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}
