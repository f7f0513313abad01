// Package durabletest breaks file systems on purpose.
//
// [CrashFS] lies in memory and, when the power is cut, loses what was not
// synced: sectors of files, sizes, and names in directories, each by a seed.
// [Faulty] stands in front of any file system and lets the n-th operation
// fail, the disk be full, without inodes or read-only, a write be short or
// silently lost.
package durabletest

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"vidne.dk/vidne/internal/durable"
)

// ErrCrashed is what every operation returns once the power is cut.
var ErrCrashed = errors.New("the power is cut")

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// CrashFS is a file system in memory that knows what is durable.
type CrashFS struct {
	mu      sync.Mutex
	rng     *rand.Rand
	root    *node
	crashed bool
	left    int // operations until the power is cut by itself; -1: never
	ops     int
	usage   durable.Usage
}

// node is a file or a directory.
type node struct {
	dir  bool
	mode fs.FileMode

	// Directory: what it holds, and what of that survives.
	entries, durable map[string]*node
	pending          []change

	// File: what a reader sees, what survives, and the sectors that differ.
	data, stable []byte
	dirty        map[int]bool
	resized      bool
}

// change is one step in a directory that is not synced: name now leads to
// child (nil: to nothing), and with a rename inside the directory, from is gone.
type change struct {
	name, from string
	child      *node
}

// NewCrash makes an empty file system; seed decides what a power cut loses.
func NewCrash(seed uint64) *CrashFS {
	return newCrash(rand.New(rand.NewPCG(seed, 0x76_69_64_6e_65)), newDir(0o755))
}

func newCrash(rng *rand.Rand, root *node) *CrashFS {
	return &CrashFS{rng: rng, root: root, left: -1,
		usage: durable.Usage{Total: 1 << 40, Free: 1 << 39, Type: "ext4"}}
}

func newDir(mode fs.FileMode) *node {
	return &node{dir: true, mode: mode | fs.ModeDir, entries: map[string]*node{}, durable: map[string]*node{}}
}

// CrashAfter cuts the power by itself before the n-th next operation that
// changes anything; 0 means before the next.
func (c *CrashFS) CrashAfter(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = n
}

// Ops is how many operations have changed something.
func (c *CrashFS) Ops() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ops
}

// Crashed reports whether the power is cut.
func (c *CrashFS) Crashed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.crashed
}

// SetUsage sets what Usage answers.
func (c *CrashFS) SetUsage(u durable.Usage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.usage = u
}

// Crash cuts the power: c answers ErrCrashed from now on, and what survived
// is returned as a new file system.
func (c *CrashFS) Crash() *CrashFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.crashed = true
	seen := map[*node]*node{}
	n := newCrash(c.rng, c.survive(c.root, seen))
	n.usage = c.usage
	return n
}

// Clone copies the file system as it is, as a disk image is copied, with
// nothing lost: what is not synced is durable in the copy.
func (c *CrashFS) Clone(seed uint64) *CrashFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := NewCrash(seed)
	n.root = clone(c.root, map[*node]*node{})
	n.usage = c.usage
	return n
}

func clone(n *node, seen map[*node]*node) *node {
	if old, ok := seen[n]; ok {
		return old
	}
	if !n.dir {
		out := &node{mode: n.mode, data: slices.Clone(n.data), stable: slices.Clone(n.data)}
		seen[n] = out
		return out
	}
	out := newDir(n.mode)
	seen[n] = out
	for name, child := range n.entries {
		out.entries[name] = clone(child, seen)
	}
	out.durable = maps.Clone(out.entries)
	return out
}

func (c *CrashFS) survive(n *node, seen map[*node]*node) *node {
	if old, ok := seen[n]; ok {
		return old
	}
	if !n.dir {
		data := c.surviving(n)
		out := &node{mode: n.mode, data: data, stable: slices.Clone(data)}
		seen[n] = out
		return out
	}
	left := maps.Clone(n.durable)
	keep := c.keeper(len(n.pending))
	for i, ch := range n.pending {
		if keep(i) {
			ch.apply(left)
		}
	}
	out := newDir(n.mode)
	seen[n] = out
	for _, name := range slices.Sorted(maps.Keys(left)) { // sorted: the seed decides, not the map
		out.entries[name] = c.survive(left[name], seen)
	}
	out.durable = maps.Clone(out.entries)
	return out
}

// keeper decides which of n changes survive: all, none, a beginning, or any.
func (c *CrashFS) keeper(n int) func(int) bool {
	switch c.rng.IntN(4) {
	case 0:
		return func(int) bool { return true }
	case 1:
		return func(int) bool { return false }
	case 2:
		upTo := c.rng.IntN(n + 1)
		return func(i int) bool { return i < upTo }
	}
	return func(int) bool { return c.rng.IntN(2) == 0 }
}

func (ch change) apply(m map[string]*node) {
	if ch.from != "" {
		delete(m, ch.from)
	}
	if ch.child == nil {
		delete(m, ch.name)
		return
	}
	m[ch.name] = ch.child
}

// surviving is what is left of a file's bytes: of each dirty sector the old
// or the new, and the old size or the new.
func (c *CrashFS) surviving(n *node) []byte {
	size := len(n.stable)
	if n.resized && c.rng.IntN(2) == 0 {
		size = len(n.data)
	}
	out := make([]byte, size)
	copy(out, n.stable)
	keep := c.keeper(len(n.dirty))
	for i, s := range slices.Sorted(maps.Keys(n.dirty)) {
		if keep(i) {
			flush(out, n.data, s)
		}
	}
	return out
}

// flush copies one sector as far as both reach.
func flush(dst, src []byte, s int) {
	from, to := s*sector, min((s+1)*sector, len(src), len(dst))
	if from < to {
		copy(dst[from:to], src[from:to])
	}
}

// step counts an operation that changes something; the power may be cut by it.
func (c *CrashFS) step() error {
	if c.left == 0 {
		c.crashed = true
	}
	if c.crashed {
		return ErrCrashed
	}
	if c.left > 0 {
		c.left--
	}
	c.ops++
	return nil
}

func (c *CrashFS) find(name string) (*node, error) {
	if c.crashed {
		return nil, ErrCrashed
	}
	n := c.root
	for _, part := range split(name) {
		if !n.dir {
			return nil, syscall.ENOTDIR
		}
		next, ok := n.entries[part]
		if !ok {
			return nil, syscall.ENOENT
		}
		n = next
	}
	return n, nil
}

// parent finds the directory of name and the last part of its path.
func (c *CrashFS) parent(name string) (*node, string, error) {
	name = filepath.Clean(name)
	d, err := c.find(filepath.Dir(name))
	if err == nil && !d.dir {
		err = syscall.ENOTDIR
	}
	return d, filepath.Base(name), err
}

func split(name string) []string {
	var parts []string
	for name = filepath.Clean(name); name != "/" && name != "."; name = filepath.Dir(name) {
		parts = append(parts, filepath.Base(name))
	}
	slices.Reverse(parts)
	return parts
}

func pathError(op, name string, err error) error {
	if err == nil || errors.Is(err, ErrCrashed) {
		return err
	}
	return durable.Fault(&fs.PathError{Op: op, Path: name, Err: err})
}

func (d *node) set(ch change) {
	ch.apply(d.entries)
	d.pending = append(d.pending, ch)
}

// OpenFile is [durable.FS].
func (c *CrashFS) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.open(name, flag, perm)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &crashFile{c: c, n: n, name: name, flag: flag}, nil
}

func (c *CrashFS) open(name string, flag int, perm fs.FileMode) (*node, error) {
	d, base, err := c.parent(name)
	if err != nil {
		return nil, err
	}
	n, ok := d.entries[base]
	switch {
	case ok && flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return nil, syscall.EEXIST
	case ok && n.dir && flag&(os.O_WRONLY|os.O_RDWR) != 0:
		return nil, syscall.EISDIR
	case !ok && flag&os.O_CREATE == 0:
		return nil, syscall.ENOENT
	case !ok:
		if err := c.step(); err != nil {
			return nil, err
		}
		n = &node{mode: perm}
		d.set(change{name: base, child: n})
	case flag&os.O_TRUNC != 0:
		if err := c.step(); err != nil {
			return nil, err
		}
		n.resize(0)
	}
	return n, nil
}
