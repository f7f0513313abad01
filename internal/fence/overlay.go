package fence

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

const (
	// overlayFont is what the text is drawn with (Debian package
	// fonts-dejavu-core): it has the letters of every language of the portal.
	overlayFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
	// overlayBytes is how long the text always is, so that a reader never meets
	// half of a longer one.
	overlayBytes = 160
	// overlayEvery is how often the text is made anew: it holds a clock.
	overlayEvery = 250 * time.Millisecond
)

// Overlay is a text that is drawn into every picture: who looks, and when. The
// zero Overlay draws nothing.
type Overlay struct {
	// Say gives the text as it is now, one line; what is beyond 160 bytes is
	// cut off.
	Say func() string
	// Clock says when to ask again.
	Clock clock.Clock
}

// burn is an overlay on its way into a run: the text lies in memory that
// ffmpeg reads before each picture, and in no argument.
type burn struct {
	o    Overlay
	file *os.File
}

// burn prepares an overlay; nil when there is none to draw.
func (o Overlay) burn() (*burn, error) {
	if o.Say == nil {
		return nil, nil //nolint:nilnil // nothing to draw is no error
	}
	if _, err := os.Stat(overlayFont); err != nil {
		return nil, fault.New(fault.Unavailable, "overlay.font", "no font to draw a name with (Debian package fonts-dejavu-core)")
	}
	file, err := memory()
	if err != nil {
		return nil, err
	}
	b := &burn{o, file}
	return b, b.write()
}

// memory is a file that lies on no disk.
func memory() (*os.File, error) {
	fd, err := unix.MemfdCreate("overlay", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fault.As(fault.Unavailable, "ffmpeg.start", err)
	}
	return os.NewFile(uintptr(fd), "overlay"), nil
}

func (b *burn) write() error {
	_, err := b.file.WriteAt([]byte(overlayLine(b.o.Say())), 0)
	return err
}

// overlayLine is a text as it is drawn: printable, and always as long.
func overlayLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	for len(s) > overlayBytes {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s + strings.Repeat(" ", overlayBytes-len(s))
}

// close lets go of the memory.
func (b *burn) close() {
	if b != nil {
		_ = b.file.Close() // memory
	}
}

// keep renews the text until it is told to end.
func (b *burn) keep(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		clock.Every(ctx, b.o.Clock, overlayEvery, func() { _ = b.write() }) // memory: it cannot fail where it did not before
	}()
	return func() {
		cancel()
		<-done
	}
}

// filter draws the text; fd is where the run has its memory.
func (b *burn) filter(fd int) string {
	return "drawtext=fontfile=" + overlayFont + ":textfile=/proc/self/fd/" + strconv.Itoa(fd) +
		":reload=1:expansion=none:fontsize=max(12\\,h/22):fontcolor=white:box=1:boxcolor=black@0.65:boxborderw=6:x=w/60:y=h-th-h/40"
}
