package fence

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Hole is a stretch that pictures are missing from: the last before it is
// shown at From in the film, the first after it at To.
type Hole struct{ From, To time.Duration }

const (
	// holeAfter is for how long pictures after a hole tell of it.
	holeAfter = 5 * time.Second
	// maxHoles bounds how many are told of one by one: of what comes after, each
	// picture says that the papers list the rest.
	maxHoles = 20_000
	// holeEarly is how much earlier than its picture a text is put in place.
	holeEarly = time.Millisecond
)

// holeFilter draws what the commands say that fd holds, above the camera and
// the time.
func holeFilter(fd int) string {
	return "sendcmd=f=/proc/self/fd/" + strconv.Itoa(fd) +
		",drawtext@hole=fontfile=" + overlayFont + ":text=' ':expansion=none:fontsize=max(11\\,h/26):fontcolor=yellow:x=w/60:y=h-h*0.155"
}

// tell writes which text stands from when on, as ffmpeg's sendcmd reads it.
// The texts are made of constants and times alone.
func (o CopyOptions) tell() (*os.File, error) {
	var b strings.Builder
	say := func(at time.Duration, text string) {
		fmt.Fprintf(&b, "%.6f drawtext@hole reinit 'text=%s';\n", max(0, at-holeEarly).Seconds(), text)
	}
	for i, h := range o.Holes {
		if i == maxHoles {
			say(h.From, "Flere huller: se papirerne. More gaps, see the papers.")
			break
		}
		say(h.From, o.missing(h))
		if end := h.To + holeAfter; i+1 == len(o.Holes) || end < o.Holes[i+1].From {
			say(end, " ")
		}
	}
	file, err := memory()
	if err != nil {
		return nil, err
	}
	if _, err := file.WriteString(b.String()); err != nil {
		_ = file.Close() // memory
		return nil, fault.As(fault.Unavailable, "ffmpeg.start", err)
	}
	return file, nil
}

// missing is the text of a hole.
func (o CopyOptions) missing(h Hole) string {
	_, offset := o.zone()
	begin := o.Begin.UTC().Add(time.Duration(offset) * time.Second)
	const clock = "15.04.05,0"
	from, to := begin.Add(h.From), begin.Add(h.To)
	last := clock
	if from.YearDay() != to.YearDay() {
		last = "02.01. " + clock
	}
	return from.Format(clock) + "-" + to.Format(last) + " ingen billeder / no pictures"
}
