package notify

import (
	"context"

	"vidne.dk/vidne/internal/db"
)

// mostAsked is how many messages one question may be about: a database bounds
// how many values a statement may hold.
const mostAsked = 500

// About says what became of messages, by their IDs. One that was never queued,
// or whose line has reached its age, is not among them; of a message to several
// the line that went least well is.
func (n *Notifier) About(ctx context.Context, messages ...string) (map[string]Record, error) {
	out := map[string]Record{}
	for len(messages) > 0 {
		part := messages[:min(len(messages), mostAsked)]
		messages = messages[len(part):]
		args := make([]any, len(part))
		for i, m := range part {
			args[i] = m
		}
		err := n.d.Read(ctx, func(tx *db.Tx) error {
			rows, err := db.All[Record](ctx, tx, `SELECT id, message, kind, channel, thread, subject, created, done, due, attempts, state, error
				FROM notify_outbox WHERE message IN (`+db.Marks(len(part))+`) ORDER BY seq`, args...)
			for _, r := range rows {
				if was, ok := out[r.Message]; !ok || worse(r.State, was.State) {
					out[r.Message] = r
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// worse orders the states by what somebody must do about them.
func worse(a, b State) bool {
	rank := map[State]int{Sent: 0, Waiting: 1, GivenUp: 2}
	return rank[a] > rank[b]
}

// Mails says whether there is a mail server: without one no mail is queued.
func (n *Notifier) Mails() bool { return n.cfg.Mail != nil }
