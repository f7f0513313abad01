package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

type letter struct {
	ID, Message, Kind, Channel, Target, Thread, Subject, Body string
	Created                                                   time.Time
	Attempts                                                  int64
}

// lastWords bounds what is still written down when a stop has come.
const lastWords = 5 * time.Second

// errForGood marks what no other attempt will cure: the receiver does not
// exist, the message is not wanted.
var errForGood = errors.New("refused for good")

// Run sends until ctx ends. Several may run on one database.
func (n *Notifier) Run(ctx context.Context) {
	away := false
	for ctx.Err() == nil {
		more, err := n.round(ctx)
		if err != nil && ctx.Err() == nil {
			if !away {
				n.cfg.Log.Warn("outbox", "error", err)
			}
			away, more = true, false
		} else {
			away = false
		}
		if !more {
			n.rest(ctx)
		}
	}
}

func (n *Notifier) rest(ctx context.Context) {
	t := n.clk.NewTimer(look)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C():
	case <-n.wake:
	}
}

// round sends what is due, the first of each receiver, and says whether more
// may be.
func (n *Notifier) round(ctx context.Context) (more bool, err error) {
	var due []letter
	now := n.clk.Now()
	err = n.d.Read(ctx, func(tx *db.Tx) error {
		due, err = db.All[letter](ctx, tx, `SELECT id, message, kind, channel, target, thread, subject, body, created, attempts FROM notify_outbox o
			WHERE state = 0 AND due <= ? AND NOT EXISTS (SELECT 1 FROM notify_outbox e
				WHERE e.channel = o.channel AND e.target = o.target AND e.state = 0 AND e.seq < o.seq)
			ORDER BY seq LIMIT 20`, now)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, l := range due {
		if err := n.one(ctx, l); err != nil {
			return false, err
		}
	}
	if len(due) > 0 {
		return true, nil
	}
	return false, n.forget(ctx, now)
}

// one claims a letter, sends it and enters what came of it.
func (n *Notifier) one(ctx context.Context, l letter) error {
	now := n.clk.Now()
	mine := false
	err := n.d.Write(ctx, func(tx *db.Tx) error {
		k, err := tx.Exec(ctx, "UPDATE notify_outbox SET due = ?, attempts = attempts + 1 WHERE id = ? AND state = 0 AND attempts = ?", now.Add(claim), l.ID, l.Attempts)
		mine = k == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	sent := n.deliver(ctx, l)
	if ctx.Err() != nil && sent != nil {
		n.release(ctx, l.ID, now)
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	now = n.clk.Now()
	log := n.cfg.Log.With("id", l.ID, "kind", l.Kind, "channel", l.Channel, "attempt", l.Attempts+1)
	return n.d.Write(ctx, func(tx *db.Tx) error {
		if sent == nil {
			log.Info("message sent")
			return n.finish(ctx, tx, l.ID, Sent, now, "")
		}
		// The error can hold what the server said of the address: it is logged
		// by its reason only, and clipped in the table until the letter is done.
		why := clip(sent.Error())
		if errors.Is(sent, errForGood) || now.Sub(l.Created) >= GiveUp {
			log.Error("message given up", "reason", fault.Key(sent))
			return n.finish(ctx, tx, l.ID, GivenUp, now, fault.Key(sent))
		}
		log.Warn("message not sent yet", "reason", fault.Key(sent))
		_, err := tx.Exec(ctx, "UPDATE notify_outbox SET due = ?, error = ? WHERE id = ? AND state = 0", now.Add(pause(l.Attempts)), why, l.ID)
		return err
	})
}

// release gives back a letter whose sending was broken off by a stop, so that
// the next start need not wait for the claim to end.
func (n *Notifier) release(ctx context.Context, id string, now time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	err := n.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE notify_outbox SET due = ? WHERE id = ? AND state = 0", now, id)
		return err
	})
	if err != nil {
		n.cfg.Log.Warn("outbox", "error", err)
	}
}

// finish empties the letter and keeps the line.
func (n *Notifier) finish(ctx context.Context, tx *db.Tx, id string, s State, now time.Time, why string) error {
	_, err := tx.Exec(ctx, "UPDATE notify_outbox SET state = ?, done = ?, error = ?, target = '', body = '' WHERE id = ?", int64(s), now, why, id)
	return err
}

func (n *Notifier) deliver(ctx context.Context, l letter) error {
	if l.Channel == channelMail {
		if n.cfg.Mail == nil {
			return fault.New(fault.Unavailable, "notify.config", "no mail server")
		}
		return n.cfg.Mail.send(ctx, n.clk.Now(), l)
	}
	for _, w := range n.cfg.Webhooks {
		if w.Name == l.Channel {
			return w.post(ctx, n.clk.Now(), l)
		}
	}
	return fault.As(fault.NotFound, "notify.config", errForGood) // it was taken out of the configuration
}

// forget ends the log at its age.
func (n *Notifier) forget(ctx context.Context, now time.Time) error {
	return n.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM notify_outbox WHERE state > 0 AND done < ?", now.Add(-n.cfg.Keep))
		return err
	})
}

// pause is how long to wait after so many attempts before: doubling, with a
// tenth of jitter so that many do not knock at once.
func pause(attempts int64) time.Duration {
	p := longestPause
	if attempts < 7 {
		p = min(p, firstPause<<attempts)
	}
	return p + time.Duration(rand.Int64N(int64(p/10)))
}

func clip(s string) string {
	const longest = 300
	r := []rune(s)
	if len(r) > longest {
		r = r[:longest]
	}
	return string(r)
}
