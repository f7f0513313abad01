package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestKindAndKeySurviveWrapping(t *testing.T) {
	base := As(Unavailable, "db.away", io.ErrUnexpectedEOF)
	err := fmt.Errorf("saving a segment: %w", base)
	if Of(err) != Unavailable || Key(err) != "db.away" || !Is(err, Unavailable) {
		t.Errorf("got kind %v, key %q", Of(err), Key(err))
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}

func TestAnErrorWithoutKindIsADefectHere(t *testing.T) {
	if err := errors.New("x"); Of(err) != Internal || Key(err) != "internal" {
		t.Errorf("got %v, %q", Of(err), Key(err))
	}
	if Is(nil, Internal) || As(Invalid, "x", nil) != nil {
		t.Error("no error must stay no error")
	}
}

func TestKindNamesRoundTrip(t *testing.T) {
	for k := Internal; k <= Refused; k++ {
		if KindNamed(k.String()) != k {
			t.Errorf("%v reads back as %v", k, KindNamed(k.String()))
		}
	}
	if KindNamed("") != Internal {
		t.Error("an unknown name must be internal")
	}
}

func TestWrapNamesTheFunctionOnce(t *testing.T) {
	f := func() (err error) {
		defer Wrap(&err, "open(%s)", "a")
		return New(NotFound, "thing.gone", "no such thing")
	}
	if got := f().Error(); got != "open(a): no such thing" {
		t.Errorf("got %q", got)
	}
}

func TestStatus(t *testing.T) {
	for k, want := range map[Kind]int{Internal: 500, Invalid: 422, Denied: 403, NotFound: 404, Conflict: 409, Unavailable: 503, Exhausted: 503, Corrupt: 500, Refused: 422} {
		if k.Status() != want {
			t.Errorf("%v answers %d", k, k.Status())
		}
	}
}
