package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
)

// manifest names each file with the beginning of its SHA-256.
func manifest(files map[string][]byte) []byte {
	sums := map[string]string{}
	for name, data := range files {
		sum := sha256.Sum256(data)
		sums[name] = hex.EncodeToString(sum[:8])
	}
	out, err := json.MarshalIndent(sums, "", "\t") // ordered by key
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	return append(out, '\n')
}

// write makes dir hold exactly files, and .gitkeep if it is there.
func write(dir string, files map[string][]byte) error {
	var stale []string
	if err := eachFile(dir, func(rel string) {
		if _, ok := files[rel]; !ok && rel != ".gitkeep" {
			stale = append(stale, rel)
		}
	}); err != nil {
		return err
	}
	for _, rel := range stale {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(rel))); err != nil {
			return err
		}
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if old, err := os.ReadFile(target); err == nil && bytes.Equal(old, files[name]) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		tmp := target + ".new"
		if err := os.WriteFile(tmp, files[name], 0o644); err != nil {
			return err
		}
		if err := os.Rename(tmp, target); err != nil {
			return err
		}
	}
	return nil
}
