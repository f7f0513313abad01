package verify

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

const (
	handedForm = "vidne-log-extract-1"
	sealedForm = "vidne-sealed-1"
	// maxHanded is the largest file in an extract that is read, unpacked.
	maxHanded = 512 << 20
	// maxManifest is the same of manifest.json.
	maxManifest = 16 << 20
)

// The files of an extract that are looked into.
const (
	handedManifest = "manifest.json"
	handedProof    = "log.vidnelog"
	handedTable    = "log.csv"

	sealedProof     = "bevis.vidnelog"
	sealedSums      = "SHA256SUMS"
	sealedSignature = "SHA256SUMS.p7s"
)

// Handed checks an extract of the log of who looked, as it is handed out: a zip
// file by docs/ref/log-extract.md; or another sealed package, by
// docs/ref/sealed.md. What is compared with the keys is the proof
// in it; the entry of the act, which the proof shows, binds the other files.
func Handed(in io.ReaderAt, size int64, keys []Key) (*Report, error) {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return nil, otherKind("not a zip file: %v", err)
	}
	h := &handed{Report: &Report{What: "handed"}, files: map[string]*zip.File{}}
	for _, f := range z.File {
		if h.files[f.Name] != nil {
			h.wrong("handed.zip", f.Name)
			return h.Report, nil
		}
		h.files[f.Name] = f
	}
	if h.files[handedManifest] != nil && h.files[sealedProof] != nil {
		h.sealed(keys)
		return h.Report, nil
	}
	if h.files[handedManifest] == nil || h.files[handedProof] == nil {
		return nil, otherKind("no %s and %s in the zip file", handedManifest, handedProof)
	}
	if !h.proof(keys) || !h.manifest() {
		return h.Report, nil
	}
	h.compareFiles(handedProof)
	h.compareRows()
	return h.Report, nil
}

type handed struct {
	*Report
	files map[string]*zip.File
	shown spans // what the proof shows, but the act and deletions
	act   *Entry
	said  struct {
		Reason   string `json:"reason"`
		Manifest string `json:"manifest"`
	}
	list struct {
		Format     string            `json:"format"`
		Controller string            `json:"controller"`
		Count      uint64            `json:"count"`
		Entries    string            `json:"entries"`
		Files      map[string]string `json:"files"`
		Act        string            `json:"act"` // of a sealed package
	}
	entries spans
}

// proof checks the ledger's extract. False: there is nothing to compare with.
func (h *handed) proof(keys []Key) bool {
	in, err := h.files[handedProof].Open()
	if err != nil {
		h.wrong("handed.zip", handedProof)
		return false
	}
	defer in.Close()
	var shown spans
	report, err := Extract(io.LimitReader(in, maxHanded), keys, ExtractOptions{Visit: func(e Entry) {
		if e.Kind == "ledger.expired" {
			return
		}
		shown.add(e.Index)
		if h.act = nil; e.Kind == "log.handed" {
			h.act = &e
		}
	}})
	if err != nil {
		h.wrong("handed.zip", handedProof)
		return false
	}
	h.Facts, h.Faults = append(h.Facts, report.Facts...), append(h.Faults, report.Faults...)
	if h.act == nil || json.Unmarshal(h.act.Body, &h.said) != nil {
		h.wrong("handed.act")
		return false
	}
	// The act is the last; an earlier one may be among what is handed out.
	if last := &shown[len(shown)-1]; last.first == last.last {
		shown = shown[:len(shown)-1]
	} else {
		last.last--
	}
	h.shown = shown
	return true
}

// read unpacks a file whole, and its hash with it.
func (h *handed) read(name string, most int64) (data []byte, sum string, ok bool) {
	f := h.files[name]
	if f == nil {
		h.wrong("handed.zip", name)
		return nil, "", false
	}
	in, err := f.Open()
	if err == nil {
		defer in.Close()
		data, err = io.ReadAll(io.LimitReader(in, most+1))
	}
	if err != nil || int64(len(data)) > most {
		h.wrong("handed.zip", name)
		return nil, "", false
	}
	s := sha256.Sum256(data)
	return data, hex.EncodeToString(s[:]), true
}

func (h *handed) manifest() bool {
	data, sum, ok := h.read(handedManifest, maxManifest)
	if !ok {
		return false
	}
	if sum != h.said.Manifest || json.Unmarshal(data, &h.list) != nil || h.list.Format != handedForm {
		h.wrong("handed.manifest")
		return false
	}
	if h.entries, ok = parseSpans(h.list.Entries); !ok || h.entries.count() != h.list.Count {
		h.wrong("handed.manifest")
		return false
	}
	h.fact("handed.made", h.list.Controller, moment(h.act.Time), h.list.Count, plainText(h.said.Reason))
	if !same(h.entries, h.shown) {
		h.wrong("handed.entries", h.shown.String(), h.entries.String())
	}
	return true
}

// plainText is a text that people typed, for a terminal.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0x61c {
			return '·'
		}
		return r
	}, s)
}

// compareFiles holds the files against the manifest; beside names no hash of
// which stands in it.
func (h *handed) compareFiles(beside ...string) {
	for name := range h.files {
		if _, named := h.list.Files[name]; !named && name != handedManifest && !slices.Contains(beside, name) {
			h.wrong("handed.foreign", fmt.Sprintf("%q", name))
		}
	}
	for _, name := range sorted(h.list.Files) {
		_, sum, ok := h.read(name, maxHanded)
		switch {
		case !ok:
		case sum != h.list.Files[name]:
			h.wrong("handed.changed", fmt.Sprintf("%q", name))
		default:
			h.fact("handed.file", name)
		}
	}
}

// compareRows holds the first column of the table against the proof.
func (h *handed) compareRows() {
	data, _, ok := h.read(handedTable, maxHanded)
	if !ok {
		return
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = ';', -1, true
	var rows spans
	for n := 0; ; n++ {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			h.wrong("handed.csv", err.Error(), h.entries.String())
			return
		}
		if n == 0 {
			continue // the heading
		}
		i, ok := number(record[0])
		if !ok || len(rows) > 0 && i <= rows[len(rows)-1].last {
			h.wrong("handed.csv", fmt.Sprintf("%q", record[0]), h.entries.String())
			return
		}
		rows.add(i)
	}
	if !same(rows, h.entries) {
		h.wrong("handed.csv", rows.String(), h.entries.String())
		return
	}
	h.fact("handed.rows", rows.count())
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
