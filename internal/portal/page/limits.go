package page

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/fault"
)

// Dear is a sort of request that costs the portal more than a page does. A
// search and a list sent as a file are found by their address, on every list;
// other routes declare theirs.
type Dear string

const (
	// Search looks through everything for something that was typed.
	Search Dear = "search"
	// Export makes a file of a list, a paper or a package.
	Export Dear = "export"
	// Engines lets the engine ask around on the cameras' network.
	Engines Dear = "engine"
)

// Limits is how often one person may ask for what is dear; what is not there
// has no limit.
type Limits map[Dear]edge.Rate

// addressTimes is how many people may stand behind one address.
const addressTimes = 20

// DefaultLimits are far above what a person can do by hand, and below what
// hurts others.
func DefaultLimits() Limits {
	return Limits{
		Search:  {Burst: 60, Within: time.Minute},
		Export:  {Burst: 30, Within: 5 * time.Minute},
		Engines: {Burst: 20, Within: 5 * time.Minute},
	}
}

// limit is the buckets of one sort.
type limit struct{ person, address *edge.Buckets }

func (s *Site) limits() map[Dear]limit {
	out := map[Dear]limit{}
	for d, r := range s.Limits {
		out[d] = limit{edge.NewBuckets(r, s.Clock), edge.NewBuckets(edge.Rate{Burst: r.Burst * addressTimes, Within: r.Within}, s.Clock)}
	}
	return out
}

// made are the endings of what is made when it is asked for.
var made = []string{".pdf", ".docx", ".xlsx", ".csv", ".zip"}

// dear is the sort of what is asked for, empty for a plain page.
func (v *Visit) dear() Dear {
	if v.Route.Dear != "" {
		return v.Route.Dear
	}
	if v.Route.Act == access.Public || v.R.Method != http.MethodGet && v.R.Method != http.MethodHead {
		return ""
	}
	switch q := v.R.URL.Query(); {
	case q.Get(formatParam) != "" || slices.Contains(made, path.Ext(v.R.URL.Path)):
		return Export
	case strings.TrimSpace(q.Get(searchParam)) != "":
		return Search
	}
	return ""
}

// often is the beginning of the keys of those who ask too often.
const often = "often."

// slowed refuses what is asked for too often, by this person or from this
// address. It costs less than what it refuses: it comes before the log's entry.
func (v *Visit) slowed() error {
	d := v.dear()
	l, ok := v.Site.limited[d]
	if !ok {
		return nil
	}
	who := v.Person.ID
	if who == "" {
		who = v.Half.Person.ID
	}
	wait := time.Duration(0)
	if who != "" {
		wait = l.person.Take(who)
	}
	if wait == 0 {
		wait = l.address.Take(edge.Block(v.Addr()))
	}
	if wait == 0 {
		return nil
	}
	v.wait = wait
	v.W.Header().Set("Retry-After", edge.Seconds(wait))
	return fault.New(fault.Exhausted, often+string(d), "%s asks for %s too often", who, d)
}
