package durabletest

import (
	"io/fs"
	"os"
	"sync"
	"syscall"

	"vidne.dk/vidne/internal/durable"
)

// Op is a kind of operation that can be made to fail.
type Op int

// The operations. OpCreate is an OpenFile that makes the file; OpOpen is any
// other. OpAny counts them all.
const (
	OpAny Op = iota
	OpOpen
	OpCreate
	OpRead
	OpWrite
	OpSync
	OpTruncate
	OpRename
	OpRemove
	OpMkdir
	OpReadDir
	OpSyncDir
	OpStat
	opEnd
)

// Faulty stands in front of a file system and breaks it on demand.
type Faulty struct {
	durable.FS

	mu       sync.Mutex
	counts   [opEnd]int
	plans    []plan
	full     bool
	inodes   bool
	readOnly bool
	only     func(name string) bool
}

type plan struct {
	op      Op
	at      int // by counts[op]
	forever bool
	short   bool // write half, then fail
	lose    bool // say done, do nothing
	err     error
}

// NewFaulty makes a file system that works until told otherwise.
func NewFaulty(f durable.FS) *Faulty { return &Faulty{FS: f} }

// FailNth lets the n-th next operation of this kind (1 is the next) fail once.
func (f *Faulty) FailNth(op Op, n int, err error) { f.add(plan{op: op, at: n, err: err}) }

// FailFrom lets the n-th next operation of this kind and all after it fail.
func (f *Faulty) FailFrom(op Op, n int, err error) {
	f.add(plan{op: op, at: n, err: err, forever: true})
}

// ShortWrite lets the n-th next write do half of its work, then fail for
// want of space.
func (f *Faulty) ShortWrite(n int) {
	f.add(plan{op: OpWrite, at: n, short: true, err: syscall.ENOSPC})
}

// LoseWrite lets the n-th next write report success and do nothing, as a
// lying disk does.
func (f *Faulty) LoseWrite(n int) { f.add(plan{op: OpWrite, at: n, lose: true}) }

func (f *Faulty) add(p plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.at += f.counts[p.op]
	f.plans = append(f.plans, p)
}

// SetFull makes writes, new files and directories fail for want of space.
func (f *Faulty) SetFull(on bool) { f.mu.Lock(); f.full = on; f.mu.Unlock() }

// SetNoInodes makes new files and directories fail for want of inodes.
func (f *Faulty) SetNoInodes(on bool) { f.mu.Lock(); f.inodes = on; f.mu.Unlock() }

// SetReadOnly makes every change fail, as a disk does that the kernel has
// remounted read-only.
func (f *Faulty) SetReadOnly(on bool) { f.mu.Lock(); f.readOnly = on; f.mu.Unlock() }

// Only limits counting and failing to names for which match is true; nil: all.
func (f *Faulty) Only(match func(name string) bool) { f.mu.Lock(); f.only = match; f.mu.Unlock() }

// Heal takes back every fault; the counts go on.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plans, f.full, f.inodes, f.readOnly, f.only = nil, false, false, false, nil
}

// Count is how many operations of this kind were asked for.
func (f *Faulty) Count(op Op) int { f.mu.Lock(); defer f.mu.Unlock(); return f.counts[op] }

// check counts an operation and says which fault strikes it.
func (f *Faulty) check(op Op, name string) (p plan, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.only != nil && !f.only(name) {
		return p, nil
	}
	f.counts[OpAny]++
	f.counts[op]++
	fail := func(e error) error {
		if e == nil {
			return nil
		}
		return durable.Fault(&fs.PathError{Op: "faulty", Path: name, Err: e})
	}
	for _, p := range f.plans {
		n := f.counts[p.op]
		if (p.op == OpAny || p.op == op) && (n == p.at || p.forever && n > p.at) {
			return p, fail(p.err)
		}
	}
	switch op {
	case OpOpen, OpRead, OpReadDir, OpStat, OpAny:
		return p, nil
	case OpCreate, OpMkdir:
		if f.inodes || f.full {
			return p, fail(syscall.ENOSPC)
		}
	case OpWrite:
		if f.full {
			return p, fail(syscall.ENOSPC)
		}
	}
	if f.readOnly {
		return p, fail(syscall.EROFS)
	}
	return p, nil
}

// OpenFile is [durable.FS].
func (f *Faulty) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	op := OpOpen
	if flag&os.O_CREATE != 0 {
		if _, err := f.FS.Stat(name); err != nil {
			op = OpCreate
		}
	}
	if _, err := f.check(op, name); err != nil {
		return nil, err
	}
	file, err := f.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &faultyFile{File: file, f: f}, nil
}

// Rename is [durable.FS].
func (f *Faulty) Rename(oldName, newName string) error {
	if _, err := f.check(OpRename, newName); err != nil {
		return err
	}
	return f.FS.Rename(oldName, newName)
}

// Remove is [durable.FS].
func (f *Faulty) Remove(name string) error {
	if _, err := f.check(OpRemove, name); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

// MkdirAll is [durable.FS].
func (f *Faulty) MkdirAll(name string, perm fs.FileMode) error {
	if info, err := f.FS.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if _, err := f.check(OpMkdir, name); err != nil {
		return err
	}
	return f.FS.MkdirAll(name, perm)
}

// ReadDir is [durable.FS].
func (f *Faulty) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, err := f.check(OpReadDir, name); err != nil {
		return nil, err
	}
	return f.FS.ReadDir(name)
}

// Stat is [durable.FS].
func (f *Faulty) Stat(name string) (fs.FileInfo, error) {
	if _, err := f.check(OpStat, name); err != nil {
		return nil, err
	}
	return f.FS.Stat(name)
}

// SyncDir is [durable.FS].
func (f *Faulty) SyncDir(name string) error {
	if _, err := f.check(OpSyncDir, name); err != nil {
		return err
	}
	return f.FS.SyncDir(name)
}

type faultyFile struct {
	durable.File
	f *Faulty
}

func (f *faultyFile) Read(p []byte) (int, error) {
	if _, err := f.f.check(OpRead, f.Name()); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *faultyFile) ReadAt(p []byte, off int64) (int, error) {
	if _, err := f.f.check(OpRead, f.Name()); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *faultyFile) write(p []byte, write func([]byte) (int, error)) (int, error) {
	pl, err := f.f.check(OpWrite, f.Name())
	switch {
	case pl.short:
		n, e := write(p[:len(p)/2])
		if e != nil {
			return n, e
		}
		return n, err
	case pl.lose:
		return len(p), nil
	case err != nil:
		return 0, err
	}
	return write(p)
}

func (f *faultyFile) Write(p []byte) (int, error) { return f.write(p, f.File.Write) }

func (f *faultyFile) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p, func(b []byte) (int, error) { return f.File.WriteAt(b, off) })
}

func (f *faultyFile) Sync() error {
	if _, err := f.f.check(OpSync, f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *faultyFile) Truncate(size int64) error {
	if _, err := f.f.check(OpTruncate, f.Name()); err != nil {
		return err
	}
	return f.File.Truncate(size)
}
