package fault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/req"
)

// TestErasedKeyIsNotOnTheDisk looks for erased keys in the blocks of a real
// disk, past every file system: the slot file of docs/ref/keys.md leaves no
// byte of them, while a file that is only removed leaves all.
func TestErasedKeyIsNotOnTheDisk(t *testing.T) {
	req.Shows(t, "KEEP-1", "KEEP-6")
	needLoop(t)
	if !inside(t) {
		return
	}
	image, disk := ext4(t, 48<<20)
	s, err := keys.Open(durable.OS(), filepath.Join(disk, "keys"), keys.NewKey())
	must(t, err)
	var all []keys.Period
	for hour := range int64(40) {
		p := keys.Period{Camera: "hall", Hour: hour, Class: "crime"}
		all = append(all, p)
		_, err := s.Period(p)
		must(t, err)
	}
	wrapped := slots(t, filepath.Join(disk, "keys", keys.FileName))
	if len(wrapped) != 40 {
		t.Fatalf("%d keys in the slot file", len(wrapped))
	}
	marker := bytes.Repeat([]byte("only removed"), 500)
	must(t, os.WriteFile(filepath.Join(disk, "plain"), marker, 0o600))
	syscall.Sync()
	must(t, os.Remove(filepath.Join(disk, "plain")))
	must(t, s.Erase(all[:20]...), s.Close())
	syscall.Sync()

	blocks, err := os.ReadFile(image)
	must(t, err)
	if !bytes.Contains(blocks, marker) {
		t.Error("a removed file is gone from the disk: then this test sees nothing")
	}
	for hour, key := range wrapped {
		switch n := bytes.Count(blocks, key); {
		case hour < 20 && n > 0:
			t.Errorf("the erased key of hour %d lies on the disk", hour)
		case hour < 20 && (bytes.Contains(blocks, key[:20]) || bytes.Contains(blocks, key[20:40])):
			t.Errorf("a part of the erased key of hour %d lies on the disk", hour)
		case hour >= 20 && n < 2:
			t.Errorf("the key of hour %d lies on the disk %d times", hour, n)
		}
	}
}

// slots reads the wrapped keys by hour from a slot file, as docs/ref/keys.md
// says where they are.
func slots(t *testing.T, name string) map[int64][]byte {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	out := map[int64][]byte{}
	for at := 8192; at+256 <= len(b); at += 256 {
		if rec := b[at : at+256]; string(rec[:4]) == "VKS1" && rec[4] == 1 {
			out[int64(rec[24])|int64(rec[25])<<8] = bytes.Clone(rec[112:172])
		}
	}
	return out
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}
