package fault_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// TestKill kills real engines at random moments, starts them again, and looks
// at every picture and every acknowledged entry in the end.
func TestKill(t *testing.T) {
	req.Shows(t, "REC-5", "LOG-2")
	engines, rounds := 5, 40
	if long() {
		rounds = 200
	}
	cams := newCameras(t, 5)
	vidne(t)
	for i := range engines {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			k := &killer{r: newRig(t, t.TempDir(), ""), rng: rand.New(rand.NewPCG(uint64(i), 9)), cams: cams, seen: map[int64]string{}}
			k.run(rounds)
		})
	}
}

// killer kills one engine again and again.
type killer struct {
	r     *rig
	rng   *rand.Rand
	cams  []camera // the last is the one that is stopped and started by statements
	lives []life

	mu    sync.Mutex
	seen  map[int64]string // ledger entries that were shown
	acked []permit.ID      // statements that were accepted
	stops []permit.ID      // all that were handed in
}

func (k *killer) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(k.rng.Int64N(int64(hi-lo)))
}

func (k *killer) run(rounds int) {
	r := k.r
	r.up()
	r.ready()
	from := time.Now()
	r.allow(k.cams...)
	r.recording(patience, k.cams...)
	k.end(from, 0, nil)
	for range rounds - 1 {
		from := time.Now()
		r.up()
		cut := map[string]bool{}
		switch at := k.rng.IntN(10); {
		case at < 2: // while it starts and mends
			wait(k.between(0, 600*time.Millisecond))
		case at < 4: // while a segment is closed because of a statement
			k.act(cut)
		case at < 6 && untilMinute() < 6*time.Second: // while all are closed
			wait(untilMinute() + k.between(0, 400*time.Millisecond))
		default:
			wait(k.between(time.Second, 5*time.Second))
			k.look()
		}
		k.end(from, k.between(0, 30*time.Millisecond), cut)
	}
	k.finish()
}

func untilMinute() time.Duration {
	n := time.Now()
	return n.Truncate(time.Minute).Add(time.Minute).Sub(n)
}

// wait lets real time pass: the engine is another process.
func wait(d time.Duration) { <-time.After(d) }

// end kills.
func (k *killer) end(from time.Time, after time.Duration, cut map[string]bool) {
	wait(after)
	k.lives = append(k.lives, life{from, time.Now(), true, cut})
	k.r.kill()
}

// look notes what the ledger shows now: it must never be other again.
func (k *killer) look() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	k.mu.Lock()
	from := int64(max(0, len(k.seen)-3))
	k.mu.Unlock()
	entries, err := k.r.client.LedgerEntries(ctx, from, 1000)
	if err != nil {
		return // it is being killed, or starts
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range entries {
		if was, ok := k.seen[e.Index]; ok && was != fingerprint(e) {
			k.r.t.Errorf("ledger entry %d changed", e.Index)
		}
		k.seen[e.Index] = fingerprint(e)
	}
}

func fingerprint(e engineapi.LedgerEntry) string {
	b, err := json.Marshal(e)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// act stops and restarts the last camera, and is about to be killed meanwhile.
func (k *killer) act(cut map[string]bool) {
	name := k.cams[len(k.cams)-1].name
	cut[name] = true
	wait(k.between(800*time.Millisecond, 3*time.Second))
	done := make(chan struct{})
	go func() {
		defer close(done)
		stop := &permit.Stop{Head: k.r.head(), Cameras: []string{name}, Reason: "prøve"}
		k.mu.Lock()
		k.stops = append(k.stops, stop.ID)
		k.mu.Unlock()
		if k.r.tell(stop) != nil {
			return
		}
		k.accepted(stop.ID)
		again := &permit.Restart{Head: k.r.head(), Stop: stop.ID, Reason: "prøve"}
		if k.r.tell(again) == nil {
			k.accepted(again.ID)
		}
	}()
	select {
	case <-done:
	case <-time.After(k.between(0, 60*time.Millisecond)):
	}
}

func (k *killer) accepted(id permit.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.acked = append(k.acked, id)
}

// finish starts once more, ends in good order, and judges.
func (k *killer) finish() {
	r := k.r
	from := time.Now()
	r.up()
	r.ready()
	k.lift()
	r.recording(patience, k.cams...)
	wait(6 * time.Second)
	k.look()
	all := map[int64]string{}
	var text strings.Builder
	for next := int64(0); ; {
		entries, err := r.client.LedgerEntries(context.Background(), next, 500)
		must(r.t, err)
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			all[e.Index] = fingerprint(e)
			text.WriteString(all[e.Index])
			next = e.Index + 1
		}
	}
	for index, was := range k.seen {
		if all[index] != was {
			r.t.Errorf("ledger entry %d, shown before a kill, is lost or another", index)
		}
	}
	k.mu.Lock()
	for _, id := range k.acked {
		if !strings.Contains(text.String(), string(id)) {
			r.t.Errorf("statement %s was accepted and is not in the ledger", id)
		}
	}
	acked := len(k.acked)
	k.mu.Unlock()
	_, err := r.client.Checkpoint(context.Background())
	must(r.t, err)
	k.lives = append(k.lives, life{from, time.Now(), false, map[string]bool{k.cams[len(k.cams)-1].name: true}})
	r.down()
	r.check()
	r.t.Logf("%s: %d ledger entries, %d of them seen before a kill, %d statements", r.listen, len(all), len(k.seen), acked)
	for _, c := range k.cams {
		r.judge(c, k.lives)
	}
}

// lift undoes the stops that a kill may have left standing.
func (k *killer) lift() {
	k.mu.Lock()
	stops := k.stops
	k.mu.Unlock()
	for _, id := range stops {
		_ = k.r.tell(&permit.Restart{Head: k.r.head(), Stop: id, Reason: "prøve"}) // refused where it is undone already, or never stood
	}
}
