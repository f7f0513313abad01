package clock

import (
	"sync"
	"time"
	_ "time/tzdata" // wall time must not depend on what the machine has installed
)

var denmark = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic(err) // it is linked in above
	}
	return l
})

// Denmark is the wall time of the people and places that the system is about:
// Europe/Copenhagen. It is for what people read and how days and years are
// counted; hours that a permit names carry their own zone.
func Denmark() *time.Location { return denmark() }
