// Package notify tells people and other systems what needs them: an outbox in
// the database, emptied to e-mail and webhooks.
//
// What it promises: a message queued in a transaction goes out if and only if
// the transaction is committed, also after a restart, and is tried again with
// growing pauses for a week. Messages to one receiver keep their order, so that
// the end of an alarm never comes before its begin. A receiver can get a
// message twice (the answer was lost) and tells by its id. What was sent is
// kept as a log for a while, without address and text.
//
// What it refuses: to send a password or a message over a connection that is
// not encrypted, unless the operator says that this server may; addresses and
// subjects that would smuggle in headers; webhooks to where cloud machines
// keep their secrets. Messages should hold no personal data: what happened, and
// a link to where those who may can read more.
//
// docs/ref/notify.md says what a webhook receives and how it checks that.
package notify

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// GiveUp is how long a message is tried.
	GiveUp = 7 * 24 * time.Hour
	// DefaultKeep is how long the log of what was sent is kept.
	DefaultKeep = 90 * 24 * time.Hour
	// firstPause and longestPause bound the pauses between attempts.
	firstPause, longestPause = 30 * time.Second, time.Hour
	// claim is how long one sender has a message for itself.
	claim = 3 * time.Minute
	// look is how often the outbox is looked at when nothing wakes it.
	look = 2 * time.Second
	// MaxText is the longest text in bytes.
	MaxText = 64 << 10

	channelMail = "mail"
)

// Config says where messages go.
type Config struct {
	Mail     *Mail // nil: no e-mail is sent
	Webhooks []Webhook
	Log      *slog.Logger
	Keep     time.Duration // 0 is DefaultKeep
}

// Message is one thing to tell.
type Message struct {
	// ID names the message; queueing it again under the same ID does nothing.
	// Empty is a new random one.
	ID string
	// Kind is what it is about, such as "alarm.begin". Webhooks choose by it.
	Kind string
	// Thread ties messages together, such as the begin and end of one alarm.
	Thread string
	// To are mail addresses. Webhooks get every message of their kinds.
	To []string
	// Subject and Text are for people, in their language; no personal data.
	Subject, Text string
	// Data is for machines: becomes JSON.
	Data any
	// Private is for the mail's receiver alone: no webhook gets it.
	Private bool
}

// Notifier is the outbox. It is safe for concurrent use.
type Notifier struct {
	d    *db.DB
	clk  clock.Clock
	cfg  Config
	wake chan struct{}
}

// Open makes the tables and checks the configuration.
func Open(ctx context.Context, d *db.DB, clk clock.Clock, cfg Config) (*Notifier, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Keep == 0 {
		cfg.Keep = DefaultKeep
	}
	if cfg.Mail != nil {
		if err := cfg.Mail.check(); err != nil {
			return nil, err
		}
	}
	for i := range cfg.Webhooks {
		if err := cfg.Webhooks[i].check(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(cfg.Webhooks[:i], func(w Webhook) bool { return w.Name == cfg.Webhooks[i].Name }) {
			return nil, fault.New(fault.Invalid, "notify.config", "two webhooks named %q", cfg.Webhooks[i].Name)
		}
	}
	if err := db.Tables(ctx, d, "notify", migrations); err != nil {
		return nil, err
	}
	return &Notifier{d: d, clk: clk, cfg: cfg, wake: make(chan struct{}, 1)}, nil
}

// Queue puts a message into the outbox within the caller's transaction.
func (n *Notifier) Queue(ctx context.Context, tx *db.Tx, m Message) error {
	if m.ID == "" {
		m.ID = db.NewID()
	}
	subject, err := line(m.Subject)
	if err != nil {
		return err
	}
	if m.Kind == "" || len(m.Text) > MaxText || !utf8.ValidString(m.Text) {
		return fault.New(fault.Invalid, "notify.message", "no kind, or a text of %d bytes", len(m.Text))
	}
	now := n.clk.Now()
	hook, err := json.Marshal(hookBody{ID: m.ID, Kind: m.Kind, Thread: m.Thread, At: now.UTC(), Subject: subject, Text: m.Text, Data: m.Data})
	if err != nil {
		return fault.As(fault.Invalid, "notify.message", err)
	}
	known, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM notify_outbox WHERE message = ?", m.ID)
	if err != nil || known > 0 {
		return err
	}
	put := func(channel, target, body string) error {
		_, err := tx.Exec(ctx, `INSERT INTO notify_outbox (id, seq, message, kind, channel, target, thread, subject, body, created, due, attempts, state, done, error)
			VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM notify_outbox), ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '')`,
			db.NewID(), m.ID, m.Kind, channel, target, m.Thread, subject, body, now, now)
		return err
	}
	if n.cfg.Mail != nil {
		for _, to := range m.To {
			address, err := bare(to)
			if err != nil {
				return err
			}
			if err := put(channelMail, address, m.Text); err != nil {
				return err
			}
		}
	}
	for _, w := range n.cfg.Webhooks {
		if w.wants(m.Kind) && !m.Private {
			if err := put(w.Name, "", string(hook)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Send queues a message in a transaction of its own and has it sent at once.
func (n *Notifier) Send(ctx context.Context, m Message) error {
	err := n.d.Write(ctx, func(tx *db.Tx) error { return n.Queue(ctx, tx, m) })
	if err == nil {
		n.Wake()
	}
	return err
}

// Wake has the outbox looked at now: call it after the commit of a
// transaction in which something was queued. Without it that takes two
// seconds.
func (n *Notifier) Wake() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// Record is a line of the log of what was sent.
type Record struct {
	ID       string
	Message  string
	Kind     string
	Channel  string // "mail" or the webhook's name
	Thread   string
	Subject  string
	Created  time.Time
	Done     time.Time // zero while it waits
	Due      time.Time // next attempt, while it waits
	Attempts int64
	State    State
	Error    string // of the last attempt
}

// State is how far a message has come.
type State int64

// The states.
const (
	Waiting State = iota
	Sent
	GivenUp
)

// Records returns the newest lines of the log, those that wait included.
func (n *Notifier) Records(ctx context.Context, limit int) (out []Record, err error) {
	err = n.d.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Record](ctx, tx, `SELECT id, message, kind, channel, thread, subject, created, done, due, attempts, state, error
			FROM notify_outbox ORDER BY seq DESC LIMIT ?`, limit)
		return err
	})
	return out, err
}

// Late says since when the oldest message waits, and how many do, which is how
// a mail server that is away becomes an alarm elsewhere. Zero is none.
func (n *Notifier) Late(ctx context.Context) (oldest time.Time, waiting int64, err error) {
	err = n.d.Read(ctx, func(tx *db.Tx) error {
		row, err := db.One[struct {
			Oldest  time.Time
			Waiting int64
		}](ctx, tx, "SELECT MIN(created) AS oldest, COUNT(*) AS waiting FROM notify_outbox WHERE state = 0")
		oldest, waiting = row.Oldest, row.Waiting
		return err
	})
	return oldest, waiting, err
}

// line refuses what would begin another header.
func line(s string) (string, error) {
	if len(s) > 500 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.New(fault.Invalid, "notify.message", "a subject must be one line of text")
	}
	return s, nil
}

// bare is an address without a name, and with nothing smuggled in.
func bare(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>",;:\()`, r)
	}) {
		return "", fault.New(fault.Invalid, "notify.address", "not a mail address")
	}
	return s, nil
}
