package engine

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/engineapi"
)

// yieldShare is the last part of a disk, of its bytes or of its inodes, which
// is kept for the more important cameras.
const yieldShare = 0.02

// yielding is which cameras give way to more important ones, because the disk
// is nearly full.
type yielding struct {
	mu      sync.Mutex
	cameras map[string]bool
}

func (y *yielding) has(camera string) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.cameras[camera]
}

// givesWay says which cameras give way, of those that should record, by their
// priorities. left is what is free, as a share of yieldShare of the disk.
//
// Each of n different priorities may use the last part of the disk down to a
// threshold of its own: the nth stops at (n-1)/n of it, the most important
// goes on to the end. What stopped starts again half a step above its
// threshold, so that it does not flicker.
func givesWay(priority map[string]int, before map[string]bool, left float64) map[string]bool {
	ranks := slices.Compact(slices.Sorted(maps.Values(priority)))
	n := float64(len(ranks))
	out := map[string]bool{}
	for camera, p := range priority {
		rank := slices.Index(ranks, p)
		threshold := float64(rank) / n
		if before[camera] {
			threshold += 0.5 / n
		}
		if rank > 0 && left < threshold {
			out[camera] = true
		}
	}
	return out
}

type yieldBody struct {
	Camera   string `json:"camera"`
	Priority int    `json:"priority"`
	Free     uint64 `json:"free"` // bytes
	Total    uint64 `json:"total"`
}

// yieldDisk lets cameras give way, or lets them record again, as the room on
// the disk is. Nothing that was recorded is touched.
func (e *Engine) yieldDisk(u durable.Usage, now time.Time) {
	priority := map[string]int{}
	for _, c := range e.book.Cameras() {
		config := e.book.Camera(c)
		if config != nil && !config.Removed && e.book.Covers(c, Stream, now).OK {
			priority[c] = config.Priority
		}
	}
	left := 1.0
	if u.Total > 0 {
		left = float64(u.Free) / float64(u.Total) / yieldShare
	}
	if u.Inodes > 0 {
		left = min(left, float64(u.InodeFree)/float64(u.Inodes)/yieldShare)
	}
	e.yielding.mu.Lock()
	before := e.yielding.cameras
	after := givesWay(priority, before, left)
	e.yielding.cameras = after
	e.yielding.mu.Unlock()
	if maps.Equal(before, after) {
		return
	}
	for _, c := range e.book.Cameras() {
		kind := "camera.yielded"
		if before[c] {
			kind = "camera.resumed"
		}
		if config := e.book.Camera(c); config != nil && before[c] != after[c] {
			e.event(kind, yieldBody{c, config.Priority, u.Free, u.Total})
		}
	}
	e.alarm("disk.yielded", "", strconv.Itoa(len(after))+" of "+strconv.Itoa(len(priority))+" cameras, "+sizeText(u), len(after) > 0)
	e.changes.tell()
}

// yields changes what is to be done for a camera that gives way.
func (p *plan) yields() {
	p.connect, p.record, p.state, p.cause = false, false, engineapi.StateDisk, engineapi.CauseDiskYielded
}
