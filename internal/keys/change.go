package keys

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// growth is how many pairs of pages the file grows by.
const growth = 8

func (s *Store) lookup(r ref) (Key, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if at := s.index[r]; len(at) > 0 && !s.going[r] {
		return s.open(&s.slots[at[0]])
	}
	return Key{}, fault.New(fault.NotFound, "key.erased", "there is no key for %s", r)
}

func (s *Store) open(sl *slot) (Key, error) {
	k, ok := s.roots[sl.root]
	if !ok {
		return Key{}, fault.New(fault.Corrupt, "key.wrapped", "root key %d is not there", sl.root)
	}
	return Unwrap(k, sl.wrapped[:], sl.aad(s.head.store))
}

func (s *Store) obtain(r ref) (Key, error) {
	s.mu.Lock()
	if at := s.index[r]; len(at) > 0 {
		defer s.mu.Unlock()
		if s.going[r] {
			return Key{}, fault.New(fault.Conflict, "key.going", "the key for %s is being erased", r)
		}
		return s.open(&s.slots[at[0]])
	}
	p := s.pending[r]
	if p == nil {
		p = &pending{}
		s.pending[r] = p
	}
	s.mu.Unlock()

	// Whoever comes to the file first makes the keys of all who wait.
	s.write.Lock()
	defer s.write.Unlock()
	if !p.done {
		s.mu.Lock()
		batch := s.pending
		s.pending = map[ref]*pending{}
		s.mu.Unlock()
		err := s.make(batch)
		for _, p := range batch {
			p.err, p.done = err, true
		}
	}
	return p.key, p.err
}

// make writes new keys to free slots.
func (s *Store) make(batch map[ref]*pending) error {
	if err := s.settle(); err != nil {
		return err
	}
	if err := s.grow(len(batch)); err != nil {
		return err
	}
	current := s.head.roots[len(s.head.roots)-1].id
	changes := map[int]slot{}
	for r, p := range batch {
		s.mu.Lock()
		if at := s.index[r]; len(at) > 0 { // made since it was asked for
			var err error
			p.key, err = s.open(&s.slots[at[0]])
			s.mu.Unlock()
			if err != nil {
				return err
			}
			continue
		}
		n := s.free[len(s.free)-1]
		s.free = s.free[:len(s.free)-1]
		sl := slot{state: statePeriod, gen: s.slots[n].gen + 1, root: current, period: r.period, hold: r.hold}
		s.mu.Unlock()
		if r.hold != "" {
			sl.state = stateHold
		}
		p.key = NewKey()
		copy(sl.wrapped[:], Wrap(s.roots[current], p.key, sl.aad(s.head.store)))
		changes[n] = sl
	}
	if err := s.put(changes); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for n, sl := range changes {
			s.slots[n] = slot{gen: sl.gen} // free again, once the disk says so
			s.unsure[n] = true
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, sl := range changes {
		s.slots[n] = sl
		s.index[sl.ref()] = append(s.index[sl.ref()], n)
	}
	return nil
}

// put writes the slots' copies A, syncs, writes the copies B, syncs: at each
// moment at least one copy of each slot is whole.
func (s *Store) put(changes map[int]slot) error {
	if len(changes) == 0 {
		return nil
	}
	for copyNo := range 2 {
		for _, n := range slices.Sorted(maps.Keys(changes)) {
			sl := changes[n]
			if err := s.writeAt(sl.encode(n), offset(n, copyNo)); err != nil {
				return err
			}
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeAt(b []byte, off int64) error {
	n, err := s.file.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = durable.Fault(io.ErrShortWrite)
	}
	return err
}

// settle comes before every change: it writes again the slots of which the
// disk may hold anything.
func (s *Store) settle() error {
	if s.readOnly {
		file, err := s.f.OpenFile(s.name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		_ = s.file.Close() // nothing was written through it
		s.file, s.readOnly = file, false
	}
	if len(s.unsure) == 0 {
		return nil
	}
	changes := map[int]slot{}
	for n := range s.unsure {
		sl := s.slots[n]
		sl.gen++
		changes[n] = sl
	}
	s.mu.Lock()
	for n, sl := range changes {
		s.slots[n] = sl // so that another try has a higher generation again
	}
	s.mu.Unlock()
	if err := s.put(changes); err != nil {
		return err
	}
	if err := s.prove(changes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, sl := range changes {
		if sl.state == stateFree {
			s.release(n)
		}
	}
	clear(s.unsure)
	return nil
}

func (s *Store) release(n int) {
	at, _ := slices.BinarySearchFunc(s.free, n, func(a, b int) int { return b - a })
	s.free = slices.Insert(s.free, at, n)
}

// grow sees to it that n slots are free.
func (s *Store) grow(n int) error {
	for len(s.free) < n {
		first := len(s.slots)
		changes := map[int]slot{}
		for i := range growth * perPage {
			changes[first+i] = slot{gen: 1}
		}
		if err := s.put(changes); err != nil {
			return err
		}
		s.mu.Lock()
		for i := range growth * perPage {
			s.slots = append(s.slots, slot{gen: 1})
			s.release(first + i)
		}
		s.mu.Unlock()
	}
	return nil
}

func (s *Store) erase(refs []ref) (err error) {
	defer fault.Wrap(&err, "keys.Erase")
	s.mu.Lock()
	for _, r := range refs {
		if len(s.index[r]) > 0 {
			s.going[r] = true
		}
	}
	s.mu.Unlock()
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.settle(); err != nil {
		return err
	}
	changes := map[int]slot{}
	s.mu.Lock()
	for _, r := range refs {
		for _, n := range s.index[r] {
			s.going[r] = true
			s.slots[n].gen++ // also when it fails: the next try is newer
			changes[n] = slot{gen: s.slots[n].gen}
		}
	}
	s.mu.Unlock()
	if err := s.put(changes); err != nil {
		return err
	}
	if err := s.prove(changes); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, sl := range changes {
		s.slots[n] = sl
		s.release(n)
	}
	for _, r := range refs {
		delete(s.index, r)
		delete(s.going, r)
	}
	return nil
}

// prove reads both copies back, past the kernel's cache where that can be
// had, and compares.
func (s *Store) prove(changes map[int]slot) error {
	if d, ok := s.file.(durable.CacheDropper); ok {
		if err := d.DropCache(); err != nil {
			return err
		}
	}
	got := make([]byte, slotSize)
	for n, sl := range changes {
		want := sl.encode(n)
		for copyNo := range 2 {
			if _, err := s.file.ReadAt(got, offset(n, copyNo)); err != nil {
				return err
			}
			if !bytes.Equal(got, want) {
				return fault.New(fault.Corrupt, "key.not-erased", "slot %d does not hold what was written to it", n)
			}
		}
	}
	return nil
}

// mend finishes what a crash left half done.
func (s *Store) mend(staleHeader bool) error {
	s.write.Lock()
	defer s.write.Unlock()
	// A process that was killed may have left what was read in the kernel's
	// memory only.
	if err := errors.Join(s.file.Sync(), s.f.SyncDir(filepath.Dir(s.name))); err != nil {
		return err
	}
	if staleHeader {
		h := s.head
		h.gen++
		if err := s.putHeader(h); err != nil {
			return err
		}
	}
	if err := s.settle(); err != nil {
		return err
	}
	if len(s.head.roots) > 1 {
		return s.finishRotation()
	}
	return nil
}

func (s *Store) putHeader(h header) error {
	for copyNo := range 2 {
		if err := s.writeAt(h.encode(), int64(copyNo)*pageSize); err != nil {
			return err
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head = h
	return nil
}

// Rotate puts another master key in place of the present one and wraps every
// key anew. After a crash the store opens with the old master key or the
// new; once it has opened with the new one, the rest is done at [Open]. When
// Rotate returns nil nothing in the file can be opened with the old one.
func (s *Store) Rotate(master Key) (err error) {
	defer fault.Wrap(&err, "keys.Rotate")
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.settle(); err != nil {
		return err
	}
	if len(s.head.roots) > 1 {
		if err := s.finishRotation(); err != nil { // an earlier one
			return err
		}
	}
	old := s.head.roots[0].id
	next := NewKey()
	h := header{gen: s.head.gen + 2, store: s.head.store, roots: []root{
		wrapRoot(master, s.roots[old], s.head.store, old),
		wrapRoot(master, next, s.head.store, old+1),
	}}
	s.mu.Lock()
	s.head.gen += 2 // also when it fails: the next try is newer
	s.roots[old+1] = next
	s.mu.Unlock()
	if err := s.putHeader(h); err != nil {
		return err
	}
	return s.finishRotation()
}

// finishRotation wraps every key with the last root key and drops the first.
func (s *Store) finishRotation() error {
	last := s.head.roots[len(s.head.roots)-1]
	changes := map[int]slot{}
	for n := range s.slots {
		sl := s.slots[n]
		if sl.state != statePeriod && sl.state != stateHold || sl.root == last.id {
			continue
		}
		k, err := s.open(&sl)
		if err != nil {
			return err
		}
		sl.gen++
		sl.root = last.id
		copy(sl.wrapped[:], Wrap(s.roots[last.id], k, sl.aad(s.head.store)))
		changes[n] = sl
	}
	if err := errors.Join(s.put(changes), s.prove(changes)); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for n, sl := range changes {
			s.slots[n].gen = sl.gen
			s.unsure[n] = true
		}
		return err
	}
	s.mu.Lock()
	for n, sl := range changes {
		s.slots[n] = sl
	}
	s.mu.Unlock()
	if err := s.putHeader(header{gen: s.head.gen + 1, store: s.head.store, roots: []root{last}}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.roots {
		if id != last.id {
			delete(s.roots, id)
		}
	}
	return nil
}
