package page

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// Signer signs what is handed out, so that openssl can tell whose it is;
// evidence.Signer does.
type Signer interface {
	Sign(content []byte, at time.Time) ([]byte, error)
	Certificate() []byte
	Fingerprint() string
}

// sealedForm names the form that docs/ref/sealed.md describes.
const sealedForm = "vidne-sealed-1"

// Sealed (forseglet pakke) is what an act hands out: its files, and the entry
// of the ledger that binds them.
type Sealed struct {
	Act   string         // the ledger's kind of the entry
	Body  map[string]any // of the entry, beside who; the manifest's hash is added
	Files map[string][]byte
	// Entries are others of the ledger that are shown, in rising order.
	Entries []int64
	// Readme is what is said of it, in Danish, a paragraph each: {0} is the
	// ledger's key and {1} the fingerprint of the certificate, where there is one.
	Readme []string
}

type sealedManifest struct {
	Format     string            `json:"format"`
	Act        string            `json:"act"`
	Controller string            `json:"controller"`
	Log        string            `json:"log"`
	Made       time.Time         `json:"made"`
	Files      map[string]string `json:"files"`
}

// Seal enters the act and makes the zip file. It gives the number of the act's
// entry, from 0.
func (v *Visit) Seal(s Sealed) (file []byte, entry int64, err error) {
	log, key := v.Site.Ledger.Public()
	files := map[string][]byte{"noegle.txt": []byte(key + "\n")}
	fingerprint := ""
	if v.Site.Signer != nil {
		files["afsender.pem"], fingerprint = v.Site.Signer.Certificate(), v.Site.Signer.Fingerprint()
	}
	words := strings.NewReplacer("{0}", key, "{1}", fingerprint)
	files["LAESMIG.txt"] = []byte("\ufeff" + words.Replace(strings.Join(s.Readme, "\r\n\r\n")) + "\r\n")
	for name, data := range s.Files {
		files[name] = data
	}
	m := sealedManifest{Format: sealedForm, Act: s.Act, Controller: v.Person.Controller, Log: "vidne/" + log, Made: v.Now.UTC(), Files: map[string]string{}}
	for name, data := range files {
		m.Files[name] = hashOf(data)
	}
	if files["manifest.json"], err = json.MarshalIndent(m, "", "  "); err != nil {
		return nil, 0, fault.As(fault.Internal, "", err)
	}
	body := v.Entry(s.Body)
	body["manifest"] = hashOf(files["manifest.json"])
	if err := v.Site.DB.Write(v.Ctx, func(tx *db.Tx) (err error) {
		entry, err = v.Site.Ledger.Append(v.Ctx, tx, v.Now, s.Act, body)
		return err
	}); err != nil {
		return nil, 0, err
	}
	var proof bytes.Buffer
	from := entry
	if len(s.Entries) > 0 {
		from = min(from, s.Entries[0])
	}
	if err := v.Site.Ledger.ExtractSome(v.Ctx, from, entry+1, &proof, func(e *ledger.Entry) bool {
		_, shown := slices.BinarySearch(s.Entries, e.Index)
		return shown || e.Index == entry
	}); err != nil {
		return nil, 0, err
	}
	files["bevis.vidnelog"] = proof.Bytes()
	files["SHA256SUMS"] = sums(files)
	if v.Site.Signer != nil {
		if files["SHA256SUMS.p7s"], err = v.Site.Signer.Sign(files["SHA256SUMS"], v.Now); err != nil {
			return nil, 0, err
		}
	}
	file, err = zipOf(files, v.Now)
	return file, entry, err
}

func hashOf(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// sums are the files' hashes as sha256sum reads them.
func sums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range names(files) {
		fmt.Fprintf(&b, "%s  %s\n", hashOf(files[name]), name)
	}
	return b.Bytes()
}

func names(files map[string][]byte) []string {
	out := make([]string, 0, len(files))
	for name := range files {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func zipOf(files map[string][]byte, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names(files) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fault.As(fault.Internal, "", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	return b.Bytes(), nil
}
