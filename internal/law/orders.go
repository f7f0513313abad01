package law

import (
	"slices"
	"strconv"
)

func (o Order) covers(camera string) bool {
	return len(o.Cameras) == 0 || slices.Contains(o.Cameras, camera)
}

// CheckOrders holds cameras, running or planned, and the days that footage is
// kept against what the police have ordered and recommended (LAW-8; §§ 4 a,
// 4 b). An order never opens what the law closes: one to keep longer than the
// limit is told to whoever gave it.
func (r Rules) CheckOrders(orders []Order, cameras []Camera, days int) []Finding {
	var list []Finding
	for _, o := range orders {
		switch {
		case o.Withdrawn:
		case o.Kind == OrderRecommendation && blank(o.Answer):
			list = append(list, at(r.finding("order.answer", Warn, "{order}", o.ID), "orders"))
		case o.Kind == OrderQuality:
			list = append(list, r.checkQuality(o, cameras, days)...)
		}
	}
	return list
}

func (r Rules) checkQuality(o Order, cameras []Camera, days int) []Finding {
	var list []Finding
	hours := []string{"{order}", o.ID, "{hours}", strconv.Itoa(o.KeepHours), "{days}", strconv.Itoa(r.Days(limitRetention))}
	if o.KeepHours > 24*r.Days(limitRetention) {
		list = append(list, at(r.finding("order.too-long", Warn, hours...), "orders"))
	}
	for _, c := range cameras {
		if !o.covers(c.ID) || !c.Recording {
			continue
		}
		add := func(id, field string, s Severity, args ...string) {
			f := at(r.finding(id, s, args...), field)
			f.Camera, f.Basis = c.ID, c.Basis
			list = append(list, f)
		}
		if o.KeepHours > 24*days && days < r.Days(limitRetention) {
			add("order.keep", "retention.days", Refuse, hours...)
		}
		q := c.Quality
		switch {
		case o.Width == 0 && o.Height == 0 && o.FPS == 0:
		case q == Quality{}:
			add("order.unknown", "camera.quality", Warn, "{order}", o.ID)
		case q.Width < o.Width || q.Height < o.Height || q.FPS < o.FPS:
			add("order.quality", "camera.quality", Refuse, "{order}", o.ID)
		}
	}
	return list
}
