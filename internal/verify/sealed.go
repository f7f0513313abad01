package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// sealed checks a sealed package (docs/ref/sealed.md): the last entry that its
// proof shows is of the act that the manifest names, and has the manifest's
// hash; the files are those of the manifest. The signature in it is openssl's to
// check: it needs a certificate from elsewhere.
func (h *handed) sealed(keys []Key) {
	in, err := h.files[sealedProof].Open()
	if err != nil {
		h.wrong("handed.zip", sealedProof)
		return
	}
	defer in.Close()
	report, err := Extract(io.LimitReader(in, maxHanded), keys, ExtractOptions{Visit: func(e Entry) { h.act = &e }})
	if err != nil {
		h.wrong("handed.zip", sealedProof)
		return
	}
	h.Facts, h.Faults = append(h.Facts, report.Facts...), append(h.Faults, report.Faults...)
	if h.act == nil || json.Unmarshal(h.act.Body, &h.said) != nil {
		h.wrong("handed.act")
		return
	}
	data, sum, ok := h.read(handedManifest, maxManifest)
	if !ok {
		return
	}
	if sum != h.said.Manifest || json.Unmarshal(data, &h.list) != nil || h.list.Format != sealedForm || h.list.Act != h.act.Kind {
		h.wrong("handed.manifest")
		return
	}
	h.fact("sealed.made", h.list.Controller, moment(h.act.Time), h.act.Kind, plainText(h.said.Reason))
	h.compareFiles(sealedProof, sealedSums, sealedSignature)
	h.compareSums()
}

// compareSums holds SHA256SUMS against the files: what openssl's signature is of.
func (h *handed) compareSums() {
	data, _, ok := h.read(sealedSums, maxManifest)
	if !ok {
		return
	}
	var want bytes.Buffer
	for _, name := range sorted(h.files) {
		if name == sealedSums || name == sealedSignature {
			continue
		}
		_, sum, ok := h.read(name, maxHanded)
		if !ok {
			return
		}
		fmt.Fprintf(&want, "%s  %s\n", sum, name)
	}
	if !bytes.Equal(data, want.Bytes()) {
		h.wrong("handed.changed", fmt.Sprintf("%q", sealedSums))
	}
}
