package verify

import "bytes"

// Parsers runs what reads foreign bytes behind a signature.
func Parsers(manifest, sig, stamp, mp4, list []byte) {
	openCMS(sig, cmsDetached, manifest)
	openStamp(stamp, manifest)
	if f, err := readFilm(bytes.NewReader(mp4)); err == nil {
		if got, ok := shots(list); ok {
			f.same(got)
		}
	}
}
