package anonymise

// Watcher tells what differs from an empty scene, picture after picture.
type Watcher struct {
	scene    *Scene
	grid     Grid
	mask     []byte // 1 where something differs, 2 where it is of a large enough blob
	tmp      []byte
	stack    []int32
	col, row [][2]int // which cells a pixel lies in, from and to without
}

// NewWatcher watches pictures of a grid.
func NewWatcher(sc *Scene, g Grid) *Watcher {
	n := sc.W * sc.H
	w := &Watcher{scene: sc, grid: g, mask: make([]byte, n), tmp: make([]byte, n)}
	for x := range sc.W {
		w.col = append(w.col, [2]int{x * g.Width / (sc.W * g.Cell), min(g.W, ((x+1)*g.Width+sc.W*g.Cell-1)/(sc.W*g.Cell))})
	}
	for y := range sc.H {
		w.row = append(w.row, [2]int{y * g.Height / (sc.H * g.Cell), min(g.H, ((y+1)*g.Height+sc.H*g.Cell-1)/(sc.H*g.Cell))})
	}
	return w
}

// Look gives the cells in which a picture differs from the scene. Too much is
// true where so much does that it cannot be people.
func (w *Watcher) Look(s *Small) (c Cells, much bool) {
	half, n := s.Half(), w.scene.W*w.scene.H
	shift := w.brighter(half)
	for i := range n {
		w.mask[i] = 0
		if differ(half, w.scene.Pix, n, i, shift) > 4*int(w.scene.Least[i]) {
			w.mask[i] = 1
		}
	}
	w.widen(1, 2)
	w.sieve()
	w.widen(spread, spread)
	c = w.grid.None()
	on := 0
	for y := range w.scene.H {
		for x, v := range w.mask[y*w.scene.W : (y+1)*w.scene.W] {
			if v == 0 {
				continue
			}
			on++
			for cy := w.row[y][0]; cy < w.row[y][1]; cy++ {
				for cx := w.col[x][0]; cx < w.col[x][1]; cx++ {
					w.grid.set(c, cx, cy, true)
				}
			}
		}
	}
	return c, float64(on) > tooMuch*float64(n)
}

// brighter is how much brighter the whole picture is than the scene: the
// median over some of its pixels.
func (w *Watcher) brighter(half []byte) int {
	var count [511]int
	all := 0
	for i := 0; i < w.scene.W*w.scene.H; i += 17 {
		count[int(half[i])-int(w.scene.Pix[i])+255]++
		all++
	}
	sum := 0
	for d, c := range count {
		if sum += c; 2*sum >= all {
			return d - 255
		}
	}
	return 0
}

// widen grows what is marked by so many pixels each way.
func (w *Watcher) widen(rx, ry int) {
	W, H := w.scene.W, w.scene.H
	for y := range H {
		reach(w.mask[y*W:], w.tmp[y*W:], W, 1, rx)
	}
	for x := range W {
		reach(w.tmp[x:], w.mask[x:], H, W, ry)
	}
}

// reach marks in out whatever is at most r away from a mark of in, along a line
// of n pixels that lie step apart.
func reach(in, out []byte, n, step, r int) {
	left := 0 // how many still are to be marked
	for i := range n {
		if in[i*step] != 0 {
			left = r + 1
		}
		out[i*step] = 0
		if left > 0 {
			out[i*step] = 1
			left--
		}
	}
	left = 0
	for i := n - 1; i >= 0; i-- {
		if in[i*step] != 0 {
			left = r + 1
		}
		if left > 0 {
			out[i*step] = 1
			left--
		}
	}
}

// sieve takes away blobs that are too small for anybody.
func (w *Watcher) sieve() {
	W, H := w.scene.W, w.scene.H
	try := func(p int) {
		if w.mask[p] == 1 {
			w.mask[p] = 2
			w.stack = append(w.stack, int32(p))
		}
	}
	for i, v := range w.mask {
		if v != 1 {
			continue
		}
		w.stack = w.stack[:0]
		try(i)
		for q := 0; q < len(w.stack); q++ {
			p := int(w.stack[q])
			x, y := p%W, p/W
			if x > 0 {
				try(p - 1)
			}
			if x < W-1 {
				try(p + 1)
			}
			if y > 0 {
				try(p - W)
			}
			if y < H-1 {
				try(p + W)
			}
		}
		if len(w.stack) < smallestBlob {
			for _, p := range w.stack {
				w.mask[p] = 0
			}
		}
	}
}

// SetMovement packs what moved in each picture, and which were too much to be
// people.
func (f *Findings) SetMovement(moved []Cells, much []bool) {
	f.Moved, f.Blind = pack(moved), nil
	for i, m := range much {
		if !m {
			continue
		}
		if n := len(f.Blind); n > 0 && f.Blind[n-1].To == i-1 {
			f.Blind[n-1].To = i
			continue
		}
		f.Blind = append(f.Blind, Blind{i, i, BlindMoved})
	}
}
