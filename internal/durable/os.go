package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"vidne.dk/vidne/internal/fault"
)

type osFS struct{}

// OS is the machine's own file system.
func OS() FS { return osFS{} }

func (osFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, Fault(err)
	}
	return &osFile{f: f}, nil
}

func (osFS) Rename(oldName, newName string) error { return Fault(os.Rename(oldName, newName)) }
func (osFS) Remove(name string) error             { return Fault(os.Remove(name)) }

func (o osFS) MkdirAll(name string, perm fs.FileMode) error {
	name = filepath.Clean(name)
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: name, Err: unix.ENOTDIR}
	case !errors.Is(err, fs.ErrNotExist):
		return Fault(err)
	}
	parent := filepath.Dir(name)
	if err := o.MkdirAll(parent, perm); err != nil {
		return err
	}
	if err := os.Mkdir(name, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return Fault(err)
	}
	// Also when another made it first: it may not be durable yet.
	return o.SyncDir(parent)
}

func (osFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(name)
	return entries, Fault(err)
}

func (osFS) Stat(name string) (fs.FileInfo, error) {
	info, err := os.Stat(name)
	return info, Fault(err)
}

func (osFS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return Fault(err)
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return Fault(err)
}

// File system types by their magic number, statfs(2).
var magics = map[int64]string{
	unix.EXT4_SUPER_MAGIC:      "ext4",
	unix.XFS_SUPER_MAGIC:       "xfs",
	unix.BTRFS_SUPER_MAGIC:     "btrfs",
	unix.TMPFS_MAGIC:           "tmpfs",
	unix.OVERLAYFS_SUPER_MAGIC: "overlay",
	unix.NFS_SUPER_MAGIC:       "nfs",
	unix.F2FS_SUPER_MAGIC:      "f2fs",
	unix.NILFS_SUPER_MAGIC:     "nilfs",
	unix.FUSE_SUPER_MAGIC:      "fuse",
	unix.CIFS_SUPER_MAGIC:      "cifs",
	unix.SMB2_SUPER_MAGIC:      "smb2",
	0x2fc12fc1:                 "zfs",
	0xca451a4e:                 "bcachefs",
}

func (osFS) Usage(name string) (Usage, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(name, &st); err != nil {
		return Usage{}, Fault(&fs.PathError{Op: "statfs", Path: name, Err: err})
	}
	kind, ok := magics[int64(st.Type)] //nolint:unconvert // 32 bits wide on some machines
	if !ok {
		kind = fmt.Sprintf("%#x", uint32(st.Type))
	}
	size := uint64(st.Bsize)
	return Usage{
		Total: st.Blocks * size, Free: st.Bavail * size,
		Inodes: st.Files, InodeFree: st.Ffree, Type: kind,
	}, nil
}

// syncAll opens what makes every file on dir's file system durable at once.
func (osFS) syncAll(dir string) (volume, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, Fault(err)
	}
	return osVolume{d}, nil
}

type osVolume struct{ d *os.File }

func (v osVolume) Sync() error {
	// Since Linux 5.8 syncfs(2) reports each failed write-back once to each
	// open description, so this one must stay open between calls.
	return Fault(unix.Syncfs(int(v.d.Fd())))
}

func (v osVolume) Close() error { return v.d.Close() }

type osFile struct{ f *os.File }

func (o *osFile) Read(p []byte) (int, error) {
	n, err := o.f.Read(p)
	return n, Fault(err)
}

func (o *osFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.f.ReadAt(p, off)
	return n, Fault(err)
}

func (o *osFile) Write(p []byte) (int, error) {
	n, err := o.f.Write(p)
	return n, Fault(err)
}

func (o *osFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := o.f.WriteAt(p, off)
	return n, Fault(err)
}

func (o *osFile) Close() error               { return Fault(o.f.Close()) }
func (o *osFile) Truncate(size int64) error  { return Fault(o.f.Truncate(size)) }
func (o *osFile) Stat() (fs.FileInfo, error) { i, err := o.f.Stat(); return i, Fault(err) }
func (o *osFile) Name() string               { return o.f.Name() }

// Sync is fdatasync(2): the bytes, and of the metadata what is needed to read
// them back, which includes the size.
func (o *osFile) Sync() error {
	for {
		err := unix.Fdatasync(int(o.f.Fd()))
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return Fault(&fs.PathError{Op: "fdatasync", Path: o.f.Name(), Err: err})
		}
	}
}

// DropCache asks the kernel to forget its clean copy of the file, so that the
// next read comes from the disk.
func (o *osFile) DropCache() error {
	return Fault(unix.Fadvise(int(o.f.Fd()), 0, 0, unix.FADV_DONTNEED))
}

// CacheDropper is a file that can forget what is cached of it. Proofs that
// bytes are gone read after dropping.
type CacheDropper interface{ DropCache() error }

// DropPart asks the same of the bytes from one offset to another.
func (o *osFile) DropPart(from, to int64) error {
	return Fault(unix.Fadvise(int(o.f.Fd()), from, to-from, unix.FADV_DONTNEED))
}

// PartDropper is a file that can forget what is cached of a part of it. What is
// not synced yet stays; nothing that was written is lost.
type PartDropper interface{ DropPart(from, to int64) error }

// Lock takes the directory for this process until release is called or the
// process ends, however it ends. It is fault.Conflict "dir.locked" when
// another process has it.
func Lock(dir string) (release func(), err error) {
	name := filepath.Join(dir, "lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, Fault(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fault.New(fault.Conflict, "dir.locked", "%s is in use by another process", dir)
		}
		return nil, Fault(&fs.PathError{Op: "flock", Path: name, Err: err})
	}
	return func() { _ = f.Close() }, nil // closing releases; nothing was written
}
