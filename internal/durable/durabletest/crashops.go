package durabletest

import (
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"vidne.dk/vidne/internal/durable"
)

// Rename is [durable.FS]. Inside one directory a crash leaves the old name or
// the new; across two it may leave both or neither.
func (c *CrashFS) Rename(oldName, newName string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return pathError("rename", oldName, c.rename(oldName, newName))
}

func (c *CrashFS) rename(oldName, newName string) error {
	from, oldBase, err := c.parent(oldName)
	if err != nil {
		return err
	}
	to, newBase, err := c.parent(newName)
	if err != nil {
		return err
	}
	n, ok := from.entries[oldBase]
	if !ok {
		return syscall.ENOENT
	}
	if over, ok := to.entries[newBase]; ok && over.dir {
		return syscall.EISDIR
	}
	if err := c.step(); err != nil {
		return err
	}
	if from == to {
		from.set(change{name: newBase, from: oldBase, child: n})
		return nil
	}
	to.set(change{name: newBase, child: n})
	from.set(change{name: oldBase})
	return nil
}

// Remove is [durable.FS].
func (c *CrashFS) Remove(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, base, err := c.parent(name)
	if err != nil {
		return pathError("remove", name, err)
	}
	n, ok := d.entries[base]
	if !ok {
		return pathError("remove", name, syscall.ENOENT)
	}
	if n.dir && len(n.entries) > 0 {
		return pathError("remove", name, syscall.ENOTEMPTY)
	}
	if err := c.step(); err != nil {
		return err
	}
	d.set(change{name: base})
	return nil
}

// MkdirAll is [durable.FS]; each directory that it makes is durable.
func (c *CrashFS) MkdirAll(name string, perm fs.FileMode) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.crashed {
		return ErrCrashed
	}
	n := c.root
	for _, part := range split(name) {
		next, ok := n.entries[part]
		switch {
		case !ok:
			if err := c.step(); err != nil {
				return err
			}
			next = newDir(perm)
			n.set(change{name: part, child: next})
			n.sync()
		case !next.dir:
			return pathError("mkdir", name, syscall.ENOTDIR)
		case n.durable[part] != next:
			n.sync()
		}
		n = next
	}
	return nil
}

func (d *node) sync() {
	d.durable = maps.Clone(d.entries)
	d.pending = nil
}

// ReadDir is [durable.FS].
func (c *CrashFS) ReadDir(name string) ([]fs.DirEntry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.find(name)
	if err == nil && !n.dir {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError("readdir", name, err)
	}
	var out []fs.DirEntry
	for _, base := range slices.Sorted(maps.Keys(n.entries)) {
		out = append(out, fs.FileInfoToDirEntry(info{base, n.entries[base]}.fixed()))
	}
	return out, nil
}

// Stat is [durable.FS].
func (c *CrashFS) Stat(name string) (fs.FileInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.find(name)
	if err != nil {
		return nil, pathError("stat", name, err)
	}
	return info{filepath.Base(name), n}.fixed(), nil
}

// SyncDir is [durable.FS].
func (c *CrashFS) SyncDir(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.find(name)
	if err == nil && !n.dir {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return pathError("sync", name, err)
	}
	if err := c.step(); err != nil {
		return err
	}
	n.sync()
	return nil
}

// Usage is [durable.FS]: what SetUsage said.
func (c *CrashFS) Usage(name string) (durable.Usage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.find(name); err != nil {
		return durable.Usage{}, pathError("statfs", name, err)
	}
	return c.usage, nil
}

// Grep calls found with the path of each file in which the bytes occur,
// names and sectors that a power cut may bring back included.
func (c *CrashFS) Grep(match func([]byte) bool) (found []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		if !n.dir {
			if match(n.data) || match(n.stable) {
				found = append(found, path)
			}
			return
		}
		for _, all := range []map[string]*node{n.entries, n.durable} {
			for _, name := range slices.Sorted(maps.Keys(all)) {
				walk(all[name], filepath.Join(path, name))
			}
		}
	}
	walk(c.root, "/")
	return found
}

type info struct {
	name string
	n    *node
}

func (i info) fixed() fs.FileInfo {
	return fixedInfo{i.name, int64(len(i.n.data)), i.n.mode}
}

type fixedInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i fixedInfo) Name() string       { return i.name }
func (i fixedInfo) Size() int64        { return i.size }
func (i fixedInfo) Mode() fs.FileMode  { return i.mode }
func (i fixedInfo) ModTime() time.Time { return time.Time{} }
func (i fixedInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fixedInfo) Sys() any           { return nil }

type crashFile struct {
	c      *CrashFS
	n      *node
	name   string
	flag   int
	at     int64
	closed bool
}

func (f *crashFile) Name() string { return f.name }

func (f *crashFile) ready() error {
	if f.c.crashed {
		return ErrCrashed
	}
	if f.closed {
		return fs.ErrClosed
	}
	return nil
}

func (f *crashFile) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (f *crashFile) ReadAt(p []byte, off int64) (int, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.ready(); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if off >= int64(len(f.n.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.n.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *crashFile) Write(p []byte) (int, error) {
	f.c.mu.Lock()
	at := f.at
	if f.flag&os.O_APPEND != 0 {
		at = int64(len(f.n.data))
	}
	f.c.mu.Unlock()
	n, err := f.WriteAt(p, at)
	f.at = at + int64(n)
	return n, err
}

func (f *crashFile) WriteAt(p []byte, off int64) (int, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.ready(); err != nil {
		return 0, err
	}
	if f.flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return 0, pathError("write", f.name, syscall.EBADF)
	}
	if err := f.c.step(); err != nil {
		return 0, err
	}
	f.c.writeBack(f.n)
	end := int(off) + len(p)
	if end > len(f.n.data) {
		f.n.resize(end)
	}
	copy(f.n.data[off:], p)
	f.n.touch(int(off), end)
	return len(p), nil
}

// writeBack lets the kernel write some dirty sectors on its own, so that what
// survives may also be a version between the last sync and the end.
func (c *CrashFS) writeBack(n *node) {
	if len(n.dirty) == 0 || c.rng.IntN(4) != 0 {
		return
	}
	if len(n.stable) < len(n.data) && c.rng.IntN(2) == 0 {
		n.stable = append(n.stable, make([]byte, len(n.data)-len(n.stable))...)
	}
	for _, s := range slices.Sorted(maps.Keys(n.dirty)) {
		if c.rng.IntN(2) == 0 {
			flush(n.stable, n.data, s)
		}
	}
}

func (d *node) touch(from, to int) {
	if d.dirty == nil {
		d.dirty = map[int]bool{}
	}
	for s := from / sector; s*sector < to; s++ {
		d.dirty[s] = true
	}
}

func (d *node) resize(size int) {
	old := len(d.data)
	if size <= old {
		d.data = slices.Clone(d.data[:size])
	} else {
		d.data = append(d.data, make([]byte, size-old)...)
		d.touch(old, size)
	}
	d.resized = true
}

func (f *crashFile) Truncate(size int64) error {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.ready(); err != nil {
		return err
	}
	if err := f.c.step(); err != nil {
		return err
	}
	f.n.resize(int(size))
	return nil
}

func (f *crashFile) Sync() error {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.ready(); err != nil {
		return err
	}
	if err := f.c.step(); err != nil {
		return err
	}
	switch n := len(f.n.data); {
	case len(f.n.stable) > n:
		f.n.stable = slices.Clone(f.n.stable[:n])
	case len(f.n.stable) < n:
		f.n.stable = append(f.n.stable, make([]byte, n-len(f.n.stable))...)
	}
	for s := range f.n.dirty {
		flush(f.n.stable, f.n.data, s)
	}
	f.n.dirty, f.n.resized = nil, false
	return nil
}

func (f *crashFile) Stat() (fs.FileInfo, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if err := f.ready(); err != nil {
		return nil, err
	}
	return info{filepath.Base(f.name), f.n}.fixed(), nil
}

func (f *crashFile) Close() error {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.closed {
		return fs.ErrClosed
	}
	f.closed = true
	return nil
}
