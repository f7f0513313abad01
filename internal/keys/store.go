package keys

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// FileName is the slot file's name in its directory.
const FileName = "keys.slots"

// Store is one slot file. It is safe for concurrent use by one process.
type Store struct {
	f    durable.FS
	name string
	file durable.File

	// write is held by whoever changes the file; mu guards what is in memory
	// and is never held while the disk works.
	write    sync.Mutex
	readOnly bool // the disk could not be written at Open; held by write

	mu       sync.RWMutex
	head     header
	roots    map[uint32]Key
	slots    []slot
	index    map[ref][]int // more than one only after damage; all are erased together
	free     []int         // sorted, highest first
	going    map[ref]bool  // an erasure began: the key is not given out again
	unsure   map[int]bool  // a write failed: the disk may hold anything
	pending  map[ref]*pending
	warnings []error
}

// ref is what a slot is for: a period or a hold.
type ref struct {
	period Period
	hold   permit.ID
}

func (s *slot) ref() ref { return ref{s.period, s.hold} }

type pending struct {
	key  Key
	err  error
	done bool
}

// Open opens the slot file in dir, making it when there is none, and mends
// what a crash left half done. It is fault.Denied "key.master" when the file
// was made with another master key, and fault.Corrupt "key.header" when
// neither copy of the header can be read. On a disk that cannot be written
// the keys can still be looked up.
func Open(f durable.FS, dir string, master Key) (s *Store, err error) {
	defer fault.Wrap(&err, "keys.Open(%s)", dir)
	s = &Store{
		f: f, name: filepath.Join(dir, FileName),
		roots: map[uint32]Key{}, index: map[ref][]int{}, going: map[ref]bool{},
		unsure: map[int]bool{}, pending: map[ref]*pending{},
	}
	data, err := durable.ReadFile(f, s.name)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = s.create(dir, master)
	}
	if err != nil {
		return nil, err
	}
	staleHeader, err := s.readHeader(data, master)
	if err != nil {
		return nil, err
	}
	if s.file, err = f.OpenFile(s.name, os.O_RDWR, 0); err != nil {
		s.warn(err)
		s.readOnly = true
		if s.file, err = f.OpenFile(s.name, os.O_RDONLY, 0); err != nil {
			return nil, err
		}
	}
	s.readSlots(data)
	if usage, err := f.Usage(dir); err == nil && usage.CopyOnWrite() {
		s.warn(fault.New(fault.Unavailable, "key.copy-on-write",
			"%s lies on %s, which keeps old blocks: an erased key may be recovered from the disk", s.name, usage.Type))
	}
	if err := s.mend(staleHeader); err != nil {
		s.warn(err) // whoever erases tries again before it says that a key is gone
	}
	return s, nil
}

func (s *Store) create(dir string, master Key) ([]byte, error) {
	if err := s.f.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	h := header{gen: 1}
	if _, err := rand.Read(h.store[:]); err != nil {
		return nil, err
	}
	h.roots = []root{wrapRoot(master, NewKey(), h.store, 1)}
	data := make([]byte, 2*pageSize)
	copy(data, h.encode())
	copy(data[pageSize:], h.encode())
	return data, durable.WriteFile(s.f, s.name, data, 0o600)
}

func wrapRoot(master, k Key, store [16]byte, id uint32) root {
	r := root{id: id}
	copy(r.wrapped[:], Wrap(master, k, rootAAD(store, id)))
	return r
}

// readHeader takes the newer copy that the master key opens. It says whether
// the copies differ.
func (s *Store) readHeader(data []byte, master Key) (stale bool, err error) {
	if len(data) < 2*pageSize {
		return false, fault.New(fault.Corrupt, "key.header", "%d bytes are no slot file", len(data))
	}
	a, okA := decodeHeader(data[:slotSize])
	b, okB := decodeHeader(data[pageSize : pageSize+slotSize])
	var copies []header
	if okA {
		copies = append(copies, a)
	}
	if okB {
		copies = append(copies, b)
	}
	if len(copies) == 0 {
		return false, fault.New(fault.Corrupt, "key.header", "neither copy of the header can be read")
	}
	slices.SortStableFunc(copies, func(x, y header) int { return cmp.Compare(y.gen, x.gen) })
	for _, h := range copies {
		roots := map[uint32]Key{}
		for _, r := range h.roots {
			if k, err := Unwrap(master, r.wrapped[:], rootAAD(h.store, r.id)); err == nil {
				roots[r.id] = k
			}
		}
		if len(roots) == len(h.roots) {
			s.head, s.roots = h, roots
			return !okA || !okB || a.gen != b.gen, nil
		}
	}
	return false, fault.New(fault.Denied, "key.master", "the master key is not the one that the key file was made with")
}

func (s *Store) readSlots(data []byte) {
	pairs := max(0, (len(data)+2*pageSize-1)/(2*pageSize)-1)
	padded := append(slices.Clip(data), make([]byte, (pairs+1)*2*pageSize-len(data))...)
	s.slots = make([]slot, pairs*perPage)
	for n := range s.slots {
		rawA, rawB := at(padded, n, 0), at(padded, n, 1)
		a, okA := decodeSlot(rawA, n)
		b, okB := decodeSlot(rawB, n)
		switch {
		case !okA && !okB:
			s.slots[n] = slot{state: stateDamaged}
			s.warn(fault.New(fault.Corrupt, "key.slot", "neither copy of slot %d in %s can be read; the slot is left alone", n, s.name))
			continue
		case !okA || okB && b.gen > a.gen:
			s.slots[n] = b
		default:
			s.slots[n] = a
		}
		if string(rawA) != string(rawB) {
			s.unsure[n] = true
		}
		if sl := &s.slots[n]; sl.state != stateFree {
			s.index[sl.ref()] = append(s.index[sl.ref()], n)
		} else if !s.unsure[n] {
			s.free = append(s.free, n)
		}
	}
	slices.Reverse(s.free)
}

// stateDamaged is only in memory: both copies are unreadable.
const stateDamaged = 255

func at(data []byte, n, copyNo int) []byte {
	off := offset(n, copyNo)
	return data[off : off+slotSize]
}

func (s *Store) warn(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, err)
}

// Warnings is what was found at [Open] that a person should know: a
// copy-on-write file system (key.copy-on-write), damaged slots (key.slot), a
// disk that cannot be written.
func (s *Store) Warnings() []error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.warnings)
}

// ID is the store's own number, made with the file, in hex. Who keeps footage
// keeps this beside it, so that another store is not taken for it.
func (s *Store) ID() string { return hex.EncodeToString(s.head.store[:]) }

// Period returns the key of a period, making it when there is none. It is
// durable when Period returns. Calls at the same time share their syncs.
func (s *Store) Period(p Period) (Key, error) {
	if err := errors.Join(checkName(p.Camera), checkClass(p.Class)); err != nil {
		return Key{}, err
	}
	return s.obtain(ref{period: p})
}

// Hold returns the key of a hold, making it when there is none. It is durable
// when Hold returns.
func (s *Store) Hold(id permit.ID) (Key, error) {
	if err := checkName(string(id)); err != nil {
		return Key{}, err
	}
	return s.obtain(ref{hold: id})
}

// Lookup returns the key of a period, or fault.NotFound "key.erased" when it
// was erased, is being erased, or never was.
func (s *Store) Lookup(p Period) (Key, error) { return s.lookup(ref{period: p}) }

// LookupHold is [Store.Lookup] for a hold.
func (s *Store) LookupHold(id permit.ID) (Key, error) { return s.lookup(ref{hold: id}) }

// Erase overwrites the keys of these periods in place, both copies, syncs, and
// reads back to prove it. Nil means that the keys are gone, also when they
// were gone before. From the call on they are not given out, whatever the
// disk answers; after an error call again.
func (s *Store) Erase(ps ...Period) error {
	refs := make([]ref, len(ps))
	for i, p := range ps {
		refs[i] = ref{period: p}
	}
	return s.erase(refs)
}

// EraseHold is [Store.Erase] for the key of a hold.
func (s *Store) EraseHold(id permit.ID) error { return s.erase([]ref{{hold: id}}) }

// Periods lists the periods whose keys are on the disk, those included whose
// erasure has failed so far, ordered by hour, camera and class.
func (s *Store) Periods() []Period {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Period
	for r := range s.index {
		if r.hold == "" {
			out = append(out, r.period)
		}
	}
	slices.SortFunc(out, func(a, b Period) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Camera, b.Camera), cmp.Compare(a.Class, b.Class))
	})
	return out
}

// Holds lists the holds whose keys are on the disk, in order.
func (s *Store) Holds() []permit.ID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := map[permit.ID]bool{}
	for r := range s.index {
		if r.hold != "" {
			ids[r.hold] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// Close closes the file. Everything is durable already.
func (s *Store) Close() error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.file.Close()
}

func checkClass(c permit.Class) error {
	if c == "" || len(c) > 16 {
		return fault.New(fault.Invalid, "key.name", "a legal class of %d bytes, 1 to 16 can be kept", len(c))
	}
	return nil
}

func (r ref) String() string {
	if r.hold != "" {
		return fmt.Sprintf("hold %s", r.hold)
	}
	return r.period.String()
}
