package engineapi

import (
	"errors"
	"net/http"
	"strconv"

	"vidne.dk/vidne/internal/fault"
)

func (s *server) statement(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	a, err := s.engine.Statement(r.Context(), b)
	if err != nil {
		return err
	}
	return writeJSON(w, a)
}

func (s *server) anchor(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(w, r)
	if err != nil {
		return err
	}
	if err := s.engine.Anchor(r.Context(), b); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) fragments(w http.ResponseWriter, r *http.Request) error {
	p, err := passOf(r)
	if err != nil {
		return err
	}
	q := FragmentQuery{Camera: r.PathValue("camera")}
	if q.From, q.To, err = intervalOf(r); err != nil {
		return err
	}
	switch as := r.URL.Query().Get("as"); as {
	case "":
	case "h264":
		q.H264 = true
	default:
		return fault.New(fault.Invalid, "fragments.as", "cannot give %q", as)
	}
	q.Keys = r.URL.Query().Get("keys") == "1"
	if r.URL.Query().Has("lines") {
		n, err := numberOf(r, "lines")
		if err != nil || n > 1<<13 {
			return fault.New(fault.Invalid, "fragments.lines", "cannot give %.20q lines", r.URL.Query().Get("lines"))
		}
		q.Lines = int(n)
	}
	out := newStream(r.Context(), w, FrameType)
	defer out.close()
	err = s.engine.Fragments(r.Context(), q, p, out)
	if err != nil && !out.begun {
		return err
	}
	end := &Frame{FragmentHeader: FragmentHeader{Kind: FrameEnd}}
	if err != nil {
		var torn *writeError
		if errors.As(err, &torn) || r.Context().Err() != nil {
			return &streamBroken{err} // the frame may be half out: no end can follow
		}
		end.Cause = Cause(fault.Key(err))
		s.log.Info("stream ended", "camera", q.Camera, "key", fault.Key(err), "error", err.Error())
	}
	if err := out.Frame(end); err != nil {
		return &streamBroken{err}
	}
	return nil
}

func (s *server) still(w http.ResponseWriter, r *http.Request) error {
	p, err := passOf(r)
	if err != nil {
		return err
	}
	q := StillQuery{Camera: r.PathValue("camera")}
	if at := r.URL.Query().Get("at"); at != "" {
		if q.At, err = timeOf(at); err != nil {
			return err
		}
	}
	b, err := s.engine.Still(r.Context(), q, p)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(b) // the peer has gone: nobody is left to tell
	return nil
}

func (s *server) checkpoint(w http.ResponseWriter, r *http.Request) error {
	b, err := s.engine.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(b) // the peer has gone: nobody is left to tell
	return nil
}

func (s *server) entries(w http.ResponseWriter, r *http.Request) error {
	from, err := numberOf(r, "from")
	if err != nil {
		return err
	}
	n, err := numberOf(r, "n")
	if err != nil {
		return err
	}
	e, err := s.engine.LedgerEntries(r.Context(), from, int(min(n, 1000)))
	if err != nil {
		return err
	}
	return writeJSON(w, e)
}

func (s *server) find(w http.ResponseWriter, r *http.Request) error {
	from, to, err := intervalOf(r)
	if err != nil {
		return err
	}
	limit, err := numberOf(r, "limit")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	e, err := s.engine.LedgerFind(r.Context(), LedgerFilter{From: from, To: to, Kinds: q["kind"], Except: q["except"], Text: q.Get("text"), Controller: q.Get("controller"), Limit: int(min(limit, 1000))})
	if err != nil {
		return err
	}
	return writeJSON(w, e)
}

func (s *server) proof(w http.ResponseWriter, r *http.Request) error {
	size, err := numberOf(r, "size")
	if err != nil {
		return err
	}
	var p LedgerProof
	if r.URL.Query().Has("old") {
		var old int64
		if old, err = numberOf(r, "old"); err != nil {
			return err
		}
		p, err = s.engine.ProveTree(r.Context(), old, size)
	} else {
		var index int64
		if index, err = numberOf(r, "index"); err != nil {
			return err
		}
		p, err = s.engine.ProveEntry(r.Context(), index, size)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

func (s *server) extract(w http.ResponseWriter, r *http.Request) error {
	from, err := numberOf(r, "from")
	if err != nil {
		return err
	}
	to, err := numberOf(r, "to")
	if err != nil {
		return err
	}
	out := newStream(r.Context(), w, "application/octet-stream")
	defer out.close()
	if err := s.engine.LedgerExtract(r.Context(), from, to, r.URL.Query().Get("controller"), out); err != nil {
		if out.begun {
			return &streamBroken{err}
		}
		return err
	}
	return out.flush()
}

func numberOf(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "number", "%s is not a number", name)
	}
	return n, nil
}
