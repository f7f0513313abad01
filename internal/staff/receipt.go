package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notify"
)

// LinkPath is where a link leads, before its code.
const LinkPath = "/kvittering/"

// newCode makes the code of a link: 128 bits that nothing tells of.
func newCode() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

func hashed(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// Mails reports whether anybody can be written to.
func (r *Room) Mails() bool { return r.c.Mail != nil && r.c.Mail.Out.Mails() }

// Send mails the newest notice of a location to everybody on its roll who lacks
// it and has an address, and says to how many. fault.Conflict "staff.nomail":
// there is no mail server; "staff.notice": there is nothing to tell.
func (r *Room) Send(ctx context.Context, location string, who Who) (n int, err error) {
	if !r.Mails() {
		return 0, fault.New(fault.Conflict, "staff.nomail", "there is no mail server")
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		rolls, err := r.rolls(ctx, tx, who.Controller, []string{location})
		if err != nil {
			return err
		}
		if len(rolls) == 0 || !rolls[0].Wanted() {
			return fault.New(fault.Conflict, "staff.notice", "nothing to tell at %s", location)
		}
		for _, m := range rolls[0].Members {
			if _, has := rolls[0].Receipt(m); has || m.Mail == "" {
				continue
			}
			n++
			if err := r.send(ctx, tx, rolls[0], m, "notice", who); err != nil {
				return err
			}
		}
		return nil
	})
	r.c.Mail.Wake()
	return n, err
}

// send mails a member their link; say is "notice" or "reminder".
func (r *Room) send(ctx context.Context, tx *db.Tx, x Roll, m Member, say string, who Who) error {
	code, now := newCode(), r.now()
	if _, err := tx.Exec(ctx, `INSERT INTO staff_codes (hash, member, made) VALUES (?, ?, ?)`, hashed(code), m.ID, now); err != nil {
		return err
	}
	if m.SentVersion != x.Notice.Version { // the first time is when they were told
		m.SentVersion, m.Sent = x.Notice.Version, now
	}
	if err := r.put(ctx, tx, m); err != nil {
		return err
	}
	if err := r.enter(ctx, tx, "staff.sent", x.Location, who, map[string]any{"member": m.ID, "version": x.Notice.Version, "what": say}); err != nil {
		return err
	}
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "staff-" + db.NewID(), Kind: "staff." + say, Thread: x.Controller + "/staff/" + m.ID, Room: "staff", Say: say,
		Args: []any{x.Notice.Who}, Path: LinkPath + code, Private: true}, m)
}

// Linked is what the code of a link opens.
type Linked struct {
	Member  Member
	Notice  Notice   // the newest
	Receipt *Receipt // of it; nil: not confirmed yet
}

// ByCode finds whose link it is. A code that is not one, or whose member has left,
// is NotFound "staff.code".
func (r *Room) ByCode(ctx context.Context, code string) (l Linked, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		l, err = r.byCode(ctx, tx, code)
		return err
	})
	return l, err
}

func (r *Room) byCode(ctx context.Context, tx *db.Tx, code string) (l Linked, err error) {
	unknown := fault.New(fault.NotFound, "staff.code", "no such code")
	l.Member, err = db.One[Member](ctx, tx, `SELECT `+memberColumns+` FROM staff_members WHERE left_at = 0 AND id = (SELECT member FROM staff_codes WHERE hash = ?)`, hashed(code))
	if fault.Is(err, fault.NotFound) {
		return l, unknown
	}
	if err != nil {
		return l, err
	}
	rolls, err := r.rolls(ctx, tx, l.Member.Controller, []string{l.Member.Location})
	if err != nil {
		return l, err
	}
	if len(rolls) == 0 || rolls[0].Notice == nil {
		return l, unknown
	}
	l.Notice = *rolls[0].Notice
	for _, m := range rolls[0].Members {
		if x, has := rolls[0].Receipt(m); has && m.ID == l.Member.ID {
			l.Receipt = &x
		}
	}
	return l, nil
}

// Acknowledge is a member confirming by their link that they have read a version.
// Another than the newest is Conflict "staff.version"; of one that is confirmed
// already nothing changes.
func (r *Room) Acknowledge(ctx context.Context, code string, version int, address string) error {
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		l, err := r.byCode(ctx, tx, code)
		if err != nil || l.Receipt != nil {
			return err
		}
		if l.Notice.Version != version {
			return fault.New(fault.Conflict, "staff.version", "version %d, not %d", l.Notice.Version, version)
		}
		told := r.now()
		if l.Member.SentVersion == version {
			told = l.Member.Sent
		}
		x := Receipt{Member: l.Member.ID, Version: version, Told: told, At: r.now(), How: ByLink}
		return r.receive(ctx, tx, l.Member, x, Who{Controller: l.Member.Controller, Person: "staff-" + l.Member.ID, Address: address})
	})
}

func (r *Room) receive(ctx context.Context, tx *db.Tx, m Member, x Receipt, who Who) error {
	_, err := tx.Exec(ctx, `INSERT INTO staff_receipts (member, version, controller, told, at, how, noted_by, words, document) VALUES (`+db.Marks(9)+`) ON CONFLICT DO NOTHING`,
		x.Member, x.Version, m.Controller, x.Told, x.At, string(x.How), x.NotedBy, x.Words, x.Document)
	if err != nil {
		return err
	}
	return r.enter(ctx, tx, "staff.received", m.Location, who, map[string]any{"member": m.ID, "version": x.Version, "how": string(x.How), "told": x.Told, "document": x.Document})
}

// Note is receipts that are written down.
type Note struct {
	Members  []string
	Version  int
	Told     time.Time // the day on which they were told
	How      How       // ByList, InPerson or ByStatement
	Words    string
	Document string // in internal/document; may be empty
}

// Write writes receipts down: by a list with signatures, which is attached; by
// word of whoever handed the notice over; by a firm's statement, in words or
// attached. fault.Invalid: staff.members, staff.how, staff.told (before the
// notice was made, or ahead), staff.list, staff.words; Conflict "staff.version".
func (r *Room) Write(ctx context.Context, location string, n Note, who Who) error {
	said := shortest
	if n.Document != "" {
		said = 0
	}
	var err error
	if n.Words, err = words("staff.words", n.Words, said, longWords); err != nil && n.How != ByList {
		return err
	}
	switch {
	case len(n.Members) == 0:
		return bad("staff.members")
	case !slices.Contains([]How{ByList, InPerson, ByStatement}, n.How):
		return bad("staff.how")
	case n.How == ByList && n.Document == "":
		return bad("staff.list")
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		rolls, err := r.rolls(ctx, tx, who.Controller, []string{location})
		if err != nil {
			return err
		}
		if len(rolls) == 0 || !rolls[0].Wanted() || rolls[0].Notice.Version != n.Version {
			return fault.New(fault.Conflict, "staff.version", "version %d is not the newest of %s", n.Version, location)
		}
		x, now := rolls[0], r.now()
		if n.Told.Before(dayOf(x.Notice.Made)) || n.Told.After(now) {
			return bad("staff.told")
		}
		for _, id := range n.Members {
			i := slices.IndexFunc(x.Members, func(m Member) bool { return m.ID == id })
			if i < 0 {
				return fault.New(fault.NotFound, "staff.member", "no member %.40q of %s", id, location)
			}
			m := x.Members[i]
			if (m.Kind == Firm) != (n.How == ByStatement) {
				return bad("staff.statement")
			}
			if _, has := x.Receipt(m); has {
				continue
			}
			if err := r.receive(ctx, tx, m, Receipt{Member: id, Version: n.Version, Told: n.Told, At: now, How: n.How, NotedBy: who.Name, Words: n.Words, Document: n.Document}, who); err != nil {
				return err
			}
		}
		return nil
	})
}
