// Package durable keeps files that survive a power cut, over a file-system
// interface small enough for tests to break on purpose.
//
// It promises that what a function here has reported as done is still there
// after the power is cut at any later moment: [WriteFile] replaces a file
// whole or not at all, [Journal.Append] returns when the record lies on the
// disk, [Group.Sync] when the file's bytes do. The promise holds as far as
// the disk keeps its own: a disk that says "written" and has not is found by
// check sums, later.
//
// It refuses to guess. A failed sync is never tried again on the same bytes,
// because the kernel has by then forgotten that they are dirty; a journal that
// is damaged anywhere but in its torn end is reported, never shortened.
//
// Errors of the disk enter the house here and are given their kind once, see
// [Fault]. The package is for Linux.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"

	"vidne.dk/vidne/internal/fault"
)

// File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Closer
	// Sync returns when the file's bytes and its size are on the disk. After an
	// error it is unknown which of the bytes are; write them again elsewhere.
	Sync() error
	Truncate(size int64) error
	Stat() (fs.FileInfo, error)
	// Name is the path that the file was opened by.
	Name() string
}

// FS is a file system. Names are paths as the operating system takes them.
// Errors carry the kinds of [Fault], and [errors.Is] with [fs.ErrNotExist]
// and its like works on them.
type FS interface {
	// OpenFile opens as [os.OpenFile] does. A created file's name is durable
	// only after SyncDir of its directory.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Rename and Remove are durable only after SyncDir of each directory.
	Rename(oldName, newName string) error
	Remove(name string) error
	// MkdirAll makes the directory and what is missing above it, and syncs
	// each parent that it changed.
	MkdirAll(name string, perm fs.FileMode) error
	// ReadDir is sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	SyncDir(name string) error
	Usage(name string) (Usage, error)
}

// Usage says how full the file system is that holds a path.
type Usage struct {
	Total, Free       uint64 // bytes; Free is what this process may use
	Inodes, InodeFree uint64 // 0 and 0 where the file system has no fixed number
	Type              string // "ext4", "xfs", "btrfs", "tmpfs"; hexadecimal magic if unknown
}

// CopyOnWrite reports whether a file system of this type writes changed bytes
// to a new place, so that overwriting a key leaves the old bytes behind.
func (u Usage) CopyOnWrite() bool {
	switch u.Type {
	case "btrfs", "zfs", "bcachefs", "f2fs", "nilfs", "overlay":
		return true
	}
	return false
}

// Reasons that [Fault] gives.
const (
	KeyFull     = "disk.full"
	KeyReadOnly = "disk.read-only"
	KeyError    = "disk.error"
)

// Fault gives an error of the operating system its kind: no room (bytes,
// inodes or quota) is Exhausted "disk.full", a read-only file system is
// Unavailable "disk.read-only", a failing or missing device is Unavailable
// "disk.error". Others pass as they are.
func Fault(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var no syscall.Errno
	if !errors.As(err, &no) {
		if errors.Is(err, io.ErrShortWrite) {
			return fault.As(fault.Unavailable, KeyError, err)
		}
		return err
	}
	switch no {
	case syscall.ENOSPC, syscall.EDQUOT:
		return fault.As(fault.Exhausted, KeyFull, err)
	case syscall.EROFS:
		return fault.As(fault.Unavailable, KeyReadOnly, err)
	case syscall.EIO, syscall.ENXIO, syscall.ENODEV, syscall.ESTALE, syscall.ETIMEDOUT:
		return fault.As(fault.Unavailable, KeyError, err)
	}
	return err
}

// TempSuffix ends the name of every temporary file that [WriteFile] makes. A
// crash can leave one behind; whoever owns the directory may remove it.
const TempSuffix = ".tmp"

// WriteFile replaces a file whole: after a crash at any moment there is the
// old one or the new one. It is durable when WriteFile returns nil.
func WriteFile(f FS, name string, data []byte, perm fs.FileMode) (err error) {
	defer fault.Wrap(&err, "durable.WriteFile(%s)", name)
	temp := fmt.Sprintf("%s.%08x%s", name, rand.Uint32(), TempSuffix)
	file, err := f.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	if err := writeAndClose(file, data); err != nil {
		return errors.Join(err, f.Remove(temp))
	}
	if err := f.Rename(temp, name); err != nil {
		return errors.Join(err, f.Remove(temp))
	}
	return f.SyncDir(filepath.Dir(name))
}

func writeAndClose(file File, data []byte) error {
	_, err := file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

// ReadFile reads a file whole.
func ReadFile(f FS, name string) (data []byte, err error) {
	file, err := f.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := file.Close(); err == nil && e != nil {
			data, err = nil, e
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data = make([]byte, info.Size())
	n, err := io.ReadFull(file, data)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // shortened while reading: what is there
	}
	return data[:n], err
}
