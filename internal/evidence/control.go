package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// maxSamples bounds the list of pictures of one original: some 48 hours.
const maxSamples = 256 << 20

// bounded keeps what is written, up to a limit.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, fault.New(fault.Exhausted, "evidence.samples", "the list of pictures is more than %d bytes", b.most)
	}
	return b.Buffer.Write(p)
}

// summed hashes what passes.
type summed struct {
	w io.Writer
	h hash.Hash
	n int64
}

func newSummed(w io.Writer) *summed { return &summed{w: w, h: sha256.New()} }

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.h.Write(p[:n])
	s.n += int64(n)
	return n, err
}

func (s *summed) hex() string { return hex.EncodeToString(s.h.Sum(nil)) }

// control writes the part that checks the rest. The manifest is next to last:
// it names everything before it. SHA256SUMS names the manifest as well.
func (p *making) control(ctx context.Context) error {
	for i, l := range p.o.Logs {
		signers, err := signersOf(l.Extract)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("4-KONTROL/log/%02d.vidnelog", i+1)
		if err := p.bytes(roleControl, name, l.Extract); err != nil {
			return err
		}
		p.m.Logs = append(p.m.Logs, manifestLog{name, l.Origin, signers})
	}
	var page bytes.Buffer
	if err := p.howTo().HTML(&page); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		b    []byte
	}{{fileCertificate, p.Signer.Certificate()}, {fileCheckText, []byte(p.commands())}, {fileCheckPage, page.Bytes()}} {
		if err := p.bytes(roleControl, f.name, f.b); err != nil {
			return err
		}
	}
	p.m.Signature = manifestSign{fileSignature, fileCertificate, p.Signer.Fingerprint()}
	text, stamp, err := p.stamped(ctx)
	if err != nil {
		return err
	}
	p.out.Manifest = text
	signature, err := p.Signer.Sign(text, p.made)
	if err != nil {
		return err
	}
	last := []struct {
		name string
		b    []byte
	}{{fileManifest, text}, {fileSignature, signature}}
	if stamp != nil {
		last = append(last, struct {
			name string
			b    []byte
		}{fileStamp, stamp})
	}
	for _, f := range last {
		if err := p.bytes(roleControl, f.name, f.b); err != nil {
			return err
		}
	}
	return p.bytes(roleControl, fileSums, []byte(p.sumsText()))
}

// stamped is the manifest and, where a service answered, its stamp. The
// manifest says which of the two it is.
func (p *making) stamped(ctx context.Context) (text, stamp []byte, err error) {
	if p.Stamps != nil {
		p.m.Stamp = manifestStamp{File: fileStamp}
		if text, err = canonical(p.m); err != nil {
			return nil, nil, err
		}
		if stamp, err = p.Stamps.Stamp(ctx, text); err == nil {
			return text, stamp, nil
		}
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		p.m.Stamp = manifestStamp{Missing: "no answer"}
	} else {
		p.m.Stamp = manifestStamp{Missing: "not configured"}
	}
	text, err = canonical(p.m)
	return text, nil, err
}

func (p *making) sumsText() string {
	var b strings.Builder
	for _, w := range p.sums {
		fmt.Fprintf(&b, "%s  %s\n", w.SHA256, w.Name)
	}
	return b.String()
}

// signersOf lists who signed the checkpoint of an extract, by origin and key
// hash (docs/ref/ledger.md), so that a signature cannot be taken off unseen.
func signersOf(extract []byte) ([]string, error) {
	head, _, found := bytes.Cut(extract, []byte("\nentries\n"))
	if !found || !bytes.HasPrefix(extract, []byte("vidne-extract-v1\n")) {
		return nil, fault.New(fault.Invalid, "evidence.log", "no extract of a ledger")
	}
	var out []string
	for line := range strings.SplitSeq(string(head), "\n") {
		rest, ok := strings.CutPrefix(line, "\u2014 ")
		if !ok {
			continue
		}
		origin, blob, _ := strings.Cut(rest, " ")
		raw, err := base64.StdEncoding.DecodeString(blob)
		if err != nil || len(raw) < 5 {
			return nil, fault.New(fault.Invalid, "evidence.log", "a signature that is none")
		}
		out = append(out, origin+"+"+hex.EncodeToString(raw[:4]))
	}
	slices.Sort(out)
	return out, nil
}
