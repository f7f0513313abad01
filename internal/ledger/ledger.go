// Package ledger is an append-only Merkle log that is written in the same
// transaction as what it records: an act that is not logged did not happen.
//
// What it promises: an entry once committed cannot be changed, removed, added
// or moved without a holder of an earlier checkpoint being able to show it,
// offline, with internal/verify, which shares no code with this. Bodies can
// expire, proofs stay valid. Before a checkpoint is signed, everything since
// the last one is read back and computed anew (one flipped bit, signed
// unseen, has ended public logs).
//
// What it refuses: to sign, extract or prove what does not fit together. That
// is Corrupt "ledger.corrupt", an incident for people, and nothing here ever
// repairs it.
//
// The exact bytes are in docs/ref/ledger.md. Several logs can live in one
// database. Appends are serialised by the database's one writer.
package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"embed"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	originPrefix = "vidne/"
	maxName      = 64
	keyCorrupt   = "ledger.corrupt"
	keyKey       = "ledger.key"
)

// Log is one log. It is safe for concurrent use.
type Log struct {
	d      *db.DB
	name   string
	clk    clock.Clock
	signer *signer
	old    *signer // signs along while keys are rolled
	lost   string  // why the old key cannot sign along
	salts  io.Reader

	mu    sync.Mutex
	id    int64 // number of the log in this database, 0 until known
	ready bool  // tables made, key checked

	named    bool     // names are to be kept
	nameless []string // kinds whose names are not kept

	observer atomic.Pointer[Observer]
	last     atomic.Pointer[head] // after the last append here, whether it was committed or not
}

// Option changes how a log is opened.
type Option func(*Log) error

// Rolling says that key takes over from old: the change is logged, and
// checkpoints are signed by both for as long as the log is opened so.
func Rolling(old ed25519.PrivateKey) Option {
	return func(l *Log) (err error) {
		l.old, err = newSigner(l.Origin(), old)
		return err
	}
}

// Lost says that the key before is gone and cannot sign the change. The
// reason is logged. Readers who trust the old key must be told the new one by
// other means.
func Lost(why string) Option {
	return func(l *Log) error {
		if why == "" {
			return fault.New(fault.Invalid, keyKey, "a lost key needs a reason")
		}
		l.lost = why
		return nil
	}
}

// Open opens the log of this name, making it if it is new. The key must be
// the one that signed before, unless an option says why not.
//
// A database that is away is not an error: what needs it answers Unavailable
// until it is back, and [Log.Ready] finishes the opening.
func Open(ctx context.Context, d *db.DB, name string, key ed25519.PrivateKey, clk clock.Clock, options ...Option) (*Log, error) {
	if !plain(name) {
		return nil, fault.New(fault.Invalid, "ledger.name", "not a log's name: %q", name)
	}
	l := &Log{d: d, name: name, clk: clk, salts: rand.Reader}
	var err error
	if l.signer, err = newSigner(l.Origin(), key); err != nil {
		return nil, err
	}
	for _, o := range options {
		if err := o(l); err != nil {
			return nil, err
		}
	}
	if err := l.Ready(ctx); err != nil && !fault.Is(err, fault.Unavailable) {
		return nil, err
	}
	return l, nil
}

// Origin is the first line of the log's checkpoints.
func (l *Log) Origin() string { return originPrefix + l.name }

// Public is the log's name and the verifier key of its checkpoints, to be
// handed out.
func (l *Log) Public() (name, verifierKey string) { return l.name, l.signer.verifier }

// Ready finishes the opening of a log whose database was away. It is cheap
// when there is nothing to do, and must not be called inside a transaction.
func (l *Log) Ready(ctx context.Context) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ready {
		return nil
	}
	defer fault.Wrap(&err, "ledger %s", l.name)
	if err := db.Tables(ctx, l.d, "ledger", migrations); err != nil {
		return err
	}
	var id int64
	err = l.d.Write(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, l.name)
		if fault.Is(err, fault.NotFound) {
			h = head{Name: l.name, Signer: l.signer.verifier, Named: -1}
			if h.ID, err = db.One[int64](ctx, tx, "SELECT COALESCE(MAX(id), 0) + 1 FROM ledger_log"); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "INSERT INTO ledger_log (id, name, size, edge, signer) VALUES (?, ?, 0, ?, ?)",
				h.ID, h.Name, []byte{}, h.Signer)
		}
		if err != nil {
			return err
		}
		id = h.ID
		return l.takeOver(ctx, tx, h)
	})
	if err == nil {
		err = l.nameAll(ctx)
	}
	if err == nil {
		l.id, l.ready = id, true
	}
	return err
}

// takeOver logs a change of the signing key, or refuses it.
func (l *Log) takeOver(ctx context.Context, tx *db.Tx, h head) error {
	if h.Signer == l.signer.verifier {
		return nil
	}
	if l.lost == "" && (l.old == nil || l.old.verifier != h.Signer) {
		return fault.New(fault.Refused, keyKey, "the log was signed by %s, this key is %s", h.Signer, l.signer.verifier)
	}
	body := struct {
		New  string `json:"new"`
		Old  string `json:"old"`
		Lost string `json:"lost"`
	}{l.signer.verifier, h.Signer, l.lost}
	if _, err := l.appendTo(ctx, tx, h, []New{{At: l.clk.Now(), Kind: "ledger.key", Body: body}}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE ledger_log SET signer = ? WHERE id = ?", l.signer.verifier, h.ID)
	return err
}

func (l *Log) number(ctx context.Context) (int64, error) {
	if err := l.Ready(ctx); err != nil {
		return 0, err
	}
	return l.id, nil
}

// Size is the number of committed entries.
func (l *Log) Size(ctx context.Context) (size int64, err error) {
	if _, err := l.number(ctx); err != nil {
		return 0, err
	}
	err = l.d.Read(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, l.name)
		size = h.Size
		return err
	})
	return size, err
}

type head struct {
	ID     int64
	Name   string
	Size   int64
	Edge   []byte
	Signer string
	Named  int64 // how many of the first have their names entered, or -1
}

func readHead(ctx context.Context, tx *db.Tx, name string) (head, error) {
	h, err := db.One[head](ctx, tx, "SELECT id, name, size, edge, signer, named FROM ledger_log WHERE name = ?", name)
	if h.Edge == nil {
		h.Edge = []byte{} // of an empty tree, which is not the same as none
	}
	return h, err
}

// signer is one Ed25519 key under the log's origin.
type signer struct {
	verifier string
	key      ed25519.PrivateKey
	hash     uint32
	origin   string
}

func (s *signer) Name() string                    { return s.origin }
func (s *signer) KeyHash() uint32                 { return s.hash }
func (s *signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

func newSigner(origin string, key ed25519.PrivateKey) (*signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fault.New(fault.Invalid, keyKey, "not an Ed25519 key")
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("ledger: no public key")
	}
	vkey, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, fault.As(fault.Invalid, keyKey, err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fault.As(fault.Invalid, keyKey, err)
	}
	return &signer{verifier: vkey, key: key, hash: v.KeyHash(), origin: origin}, nil
}

// plain reports whether s can name a log or a kind of entry.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}
