package edge

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// bodyGrace and bodyRate are how long a body may take: some seconds, and
	// what a bad line needs for its size. A form has half a minute, the largest
	// drawing a quarter of an hour.
	bodyGrace = 20 * time.Second
	bodyRate  = 64 << 10 // bytes a second
	// unsaid is what a body without a length is taken to be.
	unsaid = 1 << 20
	// readWithin is how long a browser may leave what it is sent unread.
	readWithin = 2 * time.Minute
)

// timed gives a body its end, and each part of an answer.
func (d *Door) timed(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	out := &answer{ResponseWriter: w, rc: http.NewResponseController(w), door: d}
	out.until(time.Time{})
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return out, r
	}
	size := r.ContentLength
	if size < 0 {
		size = unsaid
	}
	b := &body{ReadCloser: http.MaxBytesReader(w, r.Body, d.MaxBody), rc: out.rc}
	b.until(d.real.Now().Add(bodyGrace + time.Duration(size/bodyRate)*time.Second))
	r.Body = b
	return out, r
}

// body is a request's, which has to be there in time. When it is, the
// connection has all the time of the answer: a stream may last.
type body struct {
	io.ReadCloser
	rc   *http.ResponseController
	done bool
}

func (b *body) until(t time.Time) {
	// What cannot be timed, such as a recorder in a test, takes its time.
	_ = b.rc.SetReadDeadline(t)
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !b.done {
		b.done = true
		b.until(time.Time{})
	}
	return n, err
}

// answer is a response each of whose parts has to be read in time.
type answer struct {
	http.ResponseWriter
	rc   *http.ResponseController
	door *Door
}

func (a *answer) until(t time.Time) {
	_ = a.rc.SetWriteDeadline(t) // as above
}

func (a *answer) extend() { a.until(a.door.real.Now().Add(readWithin)) }

// Write sends a part, and leaves the connection without a deadline: between two
// parts of a stream may lie minutes.
func (a *answer) Write(p []byte) (int, error) {
	a.extend()
	n, err := a.ResponseWriter.Write(p)
	a.until(time.Time{})
	return n, err
}

// FlushError sends what is held back.
func (a *answer) FlushError() error {
	a.extend()
	err := a.rc.Flush()
	a.until(time.Time{})
	return err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
