package hold

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
)

// Decide is the second person's answer to exactly what seal is of. With a yes
// the engine's statement is signed in the same transaction. Whoever asked is
// told.
func (r *Room) Decide(ctx context.Context, id string, yes bool, answer, seal string, who Who) (Hold, error) {
	h, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return h, err
	}
	if err := r.Answers(ctx, h, who); err != nil {
		return h, r.refused(ctx, "answer", h, who, err)
	}
	if yes { // the permits that it was recorded under are on record; the law may be another
		if err := r.lawful(ctx, h); err != nil {
			return h, r.refused(ctx, "answer", h, who, err)
		}
	}
	a, err := r.around(ctx, h)
	if err != nil {
		return h, err
	}
	return r.change(ctx, "answer", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		h, err := h.decide(who, yes, answer, seal, now)
		if err != nil {
			return h, err
		}
		kind := "lock.declined"
		if yes {
			kind = "lock.approved"
			st := &permit.Hold{Head: r.head(h, who.Person), Cameras: h.Cameras, From: h.From, To: h.To, Reason: h.Reason,
				Reference: h.reference(), Owner: h.Person, Second: who.Person, Review: h.Review, Until: h.Until}
			if _, err := r.c.Issuer.Issue(ctx, tx, st); err != nil {
				return h, err
			}
			h.Statement = st.ID
		}
		if err := r.enter(ctx, tx, kind, h, who, map[string]any{"answer": h.Answer, "seal": seal, "of": h.Person, "statement": h.Statement}); err != nil {
			return h, err
		}
		return h, r.tell(ctx, tx, tellAnswer, h, "", []identity.Person{a.Asker})
	})
}

// Tell records that the person of a dispute was told, and lets the lock go on:
// the engine gets its notice in the same transaction (L § 4 c stk. 5).
func (r *Room) Tell(ctx context.Context, id string, n Notice, who Who) (Hold, error) {
	n.How = strings.TrimSpace(n.How)
	n.Given, n.Until = n.Given.UTC().Truncate(time.Microsecond), n.Until.UTC().Truncate(time.Microsecond)
	return r.change(ctx, "notice", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		h, err := h.tell(who, n, now)
		if err != nil {
			return h, err
		}
		if _, err := r.c.Issuer.Issue(ctx, tx, &permit.Notice{Head: r.head(h, who.Person), Hold: h.Statement, Given: n.Given, Until: n.Until}); err != nil {
			return h, err
		}
		return h, r.enter(ctx, tx, "lock.told", h, who, map[string]any{"given": n.Given, "how": n.How, "until": n.Until})
	})
}

// Copy records that the person of a dispute was given a copy, in which everybody
// else is made unrecognisable (H 5.2, D 3.2).
func (r *Room) Copy(ctx context.Context, id string, at time.Time, how string, who Who) (Hold, error) {
	how = strings.TrimSpace(how)
	return r.change(ctx, "copy", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		h, err := h.copied(at.UTC().Truncate(time.Microsecond), how, now)
		if err != nil {
			return h, err
		}
		return h, r.enter(ctx, tx, "lock.copied", h, who, map[string]any{"given": h.Copied, "how": how})
	})
}

// Review records that it is still necessary, and when that is asked again.
func (r *Room) Review(ctx context.Context, id, words string, next time.Time, who Who) (Hold, error) {
	return r.change(ctx, "review", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		h, err := h.review(who, words, next.UTC().Truncate(time.Microsecond), now)
		if err != nil {
			return h, err
		}
		return h, r.enter(ctx, tx, "lock.reviewed", h, who, map[string]any{"words": words, "next": h.ReviewDue()})
	})
}

// Release ends a lock: what is past its time is deleted within the hour. The
// owner and the second person are told.
func (r *Room) Release(ctx context.Context, id, reason string, who Who) (Hold, error) {
	h, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return h, err
	}
	a, err := r.around(ctx, h)
	if err != nil {
		return h, err
	}
	return r.change(ctx, "release", id, who, func(tx *db.Tx, h Hold, now time.Time) (Hold, error) {
		h, err := h.release(who, reason, now)
		if err != nil {
			return h, err
		}
		if _, err := r.c.Issuer.Issue(ctx, tx, &permit.Release{Head: r.head(h, who.Person), Hold: h.Statement, Reason: h.ReleaseReason}); err != nil {
			return h, err
		}
		if h.Former != "" {
			if _, err := r.c.Issuer.Issue(ctx, tx, &permit.Release{Head: r.head(h, who.Person), Hold: h.Former, Reason: h.ReleaseReason}); err != nil {
				return h, err
			}
		}
		if err := r.enter(ctx, tx, "lock.released", h, who, map[string]any{"reason": h.ReleaseReason}); err != nil {
			return h, err
		}
		return h, r.tell(ctx, tx, tellReleased, h, "", a.two())
	})
}
