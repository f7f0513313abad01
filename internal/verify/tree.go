package verify

import (
	"crypto/sha256"
	"math/bits"
)

type digest = [sha256.Size]byte

// leafHash and nodeHash are RFC 6962 section 2.1.
func leafHash(data []byte) digest {
	return sha256.Sum256(append([]byte{0}, data...))
}

func nodeHash(left, right digest) digest {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// forest grows a tree from the left, holding the complete subtrees that are
// not yet part of a larger one.
type forest struct {
	leaves uint64
	trees  []subtree
}

type subtree struct {
	leaves uint64 // a power of two
	hash   digest
}

// plant appends a complete subtree.
func (f *forest) plant(leaves uint64, hash digest) {
	f.leaves += leaves
	grown := subtree{leaves, hash}
	for n := len(f.trees); n > 0 && f.trees[n-1].leaves == grown.leaves; n-- {
		grown = subtree{2 * grown.leaves, nodeHash(f.trees[n-1].hash, grown.hash)}
		f.trees = f.trees[:n-1]
	}
	f.trees = append(f.trees, grown)
}

// root is the hash of the whole tree.
func (f *forest) root() digest {
	if len(f.trees) == 0 {
		return sha256.Sum256(nil)
	}
	h := f.trees[len(f.trees)-1].hash
	for i := len(f.trees) - 2; i >= 0; i-- {
		h = nodeHash(f.trees[i].hash, h)
	}
	return h
}

// pieces are the sizes of the complete subtrees that make up the leaves lo to
// before hi, in their order.
func pieces(lo, hi uint64) []uint64 {
	var out []uint64
	for lo < hi {
		size := uint64(1) << (bits.Len64(hi-lo) - 1)
		if lo != 0 {
			size = min(size, lo&-lo)
		}
		out = append(out, size)
		lo += size
	}
	return out
}

// consistent is RFC 9162 section 2.1.4.2: whether the proof leads from the
// older root to both.
func consistent(old, size uint64, oldRoot, root digest, proof []digest) bool {
	switch {
	case old > size:
		return false
	case old == size:
		return len(proof) == 0 && oldRoot == root
	case old == 0:
		return len(proof) == 0
	}
	if old&(old-1) == 0 {
		proof = append([]digest{oldRoot}, proof...)
	}
	if len(proof) == 0 {
		return false
	}
	fn, sn := old-1, size-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := proof[0], proof[0]
	for _, c := range proof[1:] {
		if sn == 0 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = nodeHash(c, fr), nodeHash(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = nodeHash(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	return fr == oldRoot && sr == root && sn == 0
}
