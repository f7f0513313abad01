package testcam

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"vidne.dk/vidne/internal/clock"
)

// handler answers requests for a camera.
type handler struct{ c *Camera }

func (h *handler) OnConnOpen(x *gortsplib.ServerHandlerOnConnOpenCtx) {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	h.c.conns[x.Conn] = struct{}{}
}

func (h *handler) OnConnClose(x *gortsplib.ServerHandlerOnConnCloseCtx) {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	delete(h.c.conns, x.Conn)
}

func (h *handler) OnRequest(_ *gortsplib.ServerConn, r *base.Request) {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	h.c.requests = append(h.c.requests, string(r.Method))
	if len(h.c.requests) > 4096 {
		h.c.requests = h.c.requests[1024:]
	}
	h.c.bump()
}

// enter checks path and password; a response means that the answer is no.
func (h *handler) enter(conn *gortsplib.ServerConn, r *base.Request, path string) (*base.Response, error) {
	if h.c.opt.Login != LoginNone && !conn.VerifyCredentials(r, h.c.opt.User, h.c.opt.Password) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, liberrors.ErrServerAuth{}
	}
	if path != "/"+h.c.opt.Path {
		return &base.Response{StatusCode: base.StatusNotFound}, nil
	}
	return nil, nil
}

func (h *handler) offer() *gortsplib.ServerStream {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.c.stream == nil {
		return nil
	}
	return h.c.stream.rtsp
}

func (h *handler) OnDescribe(x *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if no, err := h.enter(x.Conn, x.Request, x.Path); no != nil {
		return no, nil, err
	}
	s := h.offer()
	if s == nil {
		return &base.Response{StatusCode: base.StatusServiceUnavailable}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, s, nil
}

func (h *handler) OnSetup(x *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if no, err := h.enter(x.Conn, x.Request, x.Path); no != nil {
		return no, nil, err
	}
	if h.c.opt.UDP == UDPOnly && x.Transport.Protocol == gortsplib.ProtocolTCP {
		return &base.Response{StatusCode: base.StatusUnsupportedTransport}, nil, nil
	}
	s := h.offer()
	if s == nil {
		return &base.Response{StatusCode: base.StatusServiceUnavailable}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, s, nil
}

func (h *handler) OnPlay(x *gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	if no, err := h.enter(x.Conn, x.Request, x.Path); no != nil {
		return no, err
	}
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (h *handler) OnGetParameter(*gortsplib.ServerHandlerOnGetParameterCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// Certificate makes up a certificate that names host and is signed by itself.
func Certificate(host string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := clock.System().Now()
	t := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: host},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:         true, BasicConstraintsValid: true,
		DNSNames: []string{host},
	}
	if ip := net.ParseIP(host); ip != nil {
		t.IPAddresses, t.DNSNames = []net.IP{ip}, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
