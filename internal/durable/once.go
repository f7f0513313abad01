package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// CreateOnce makes a file that must be made by one process only, whole or not
// at all, and says whether this call made it. When it is there already nothing
// is written and the answer is false: read what the other wrote.
func CreateOnce(name string, data []byte, perm fs.FileMode) (made bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*"+TempSuffix)
	if err != nil {
		return false, Fault(err)
	}
	temp := f.Name()
	defer func() { err = errors.Join(err, Fault(os.Remove(temp))) }()
	if err := fill(f, data, perm); err != nil {
		return false, Fault(err)
	}
	// Unlike a rename, a link fails when the name is taken.
	if err := os.Link(temp, name); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return false, nil
		}
		return false, Fault(err)
	}
	return true, OS().SyncDir(filepath.Dir(name))
}

func fill(f *os.File, data []byte, perm fs.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
