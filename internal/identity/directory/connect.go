package directory

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"vidne.dk/vidne/internal/fault"
)

func joinHost(host, port string) string { return net.JoinHostPort(host, port) }

// trust says which certificates are believed.
func trust(c Config) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, err
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fault.New(fault.Invalid, "", "ca_file %s holds no certificate", c.CAFile)
		}
	}
	if len(c.Fingerprints) == 0 {
		return t, nil
	}
	var pins [][sha256.Size]byte
	for _, f := range c.Fingerprints {
		b, err := hex.DecodeString(strings.ReplaceAll(f, ":", ""))
		if err != nil || len(b) != sha256.Size {
			return nil, fault.New(fault.Invalid, "", "fingerprint %q is not SHA-256 in hex", f)
		}
		pins = append(pins, [sha256.Size]byte(b))
	}
	// A pinned certificate is the one that was seen, whoever signed it and
	// whatever name and end it carries.
	t.InsecureSkipVerify = true // VerifyConnection below is what verifies
	t.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) > 0 && slices.Contains(pins, sha256.Sum256(s.PeerCertificates[0].Raw)) {
			return nil
		}
		return errors.New("the certificate is none of the pinned ones")
	}
	return t, nil
}

// mostAnswer bounds what a controller may send on one connection: 50 people
// with their attributes are some hundred kilobytes.
const mostAnswer = 16 << 20

// bounded ends a connection that sends too much.
type bounded struct {
	net.Conn
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.Conn.Read(p)
	b.left -= int64(n)
	return n, err
}

// sickFor is how long a controller that did not answer is asked last.
const sickFor = time.Minute

// order is the controllers, those that answered before those that did not.
func (d *Domain) order() (well, sick []*controller) {
	now := d.clock.Now()
	for _, k := range d.controllers {
		k.mu.Lock()
		if now.Before(k.sick) {
			sick = append(sick, k)
		} else {
			well = append(well, k)
		}
		k.mu.Unlock()
	}
	return well, sick
}

func (k *controller) failed(until time.Time) {
	k.mu.Lock()
	k.sick = until
	k.mu.Unlock()
}

// open connects to one controller and makes the connection TLS. Nothing is said
// before that. Everything that is done on the connection has to be done within
// the wait, whatever the controller does.
func (d *Domain) open(ctx context.Context, k *controller) (c *ldap.Conn, done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, d.c.Wait)
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", k.host)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	// Closing the connection is what ends a read or a handshake in any state.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	done = func() {
		stop()
		if c != nil {
			_ = c.Close()
		}
		_ = raw.Close()
		cancel()
	}
	trust := d.trust.Clone()
	trust.ServerName = k.name
	var conn net.Conn = &bounded{raw, mostAnswer}
	if !k.upgrade {
		secure := tls.Client(conn, trust)
		if err := secure.HandshakeContext(ctx); err != nil {
			done()
			return nil, nil, err
		}
		conn = secure
	}
	c = ldap.NewConn(conn, !k.upgrade)
	c.Start()
	if k.upgrade {
		if err := c.StartTLS(trust); err != nil {
			done()
			return nil, nil, err
		}
	}
	return c, done, nil
}

// at runs f on a connection to the first controller that gives one and that f
// does not call absent. It is f's error then, or fault.Unavailable "login.away".
func (d *Domain) at(ctx context.Context, f func(*ldap.Conn) error) error {
	well, sick := d.order()
	var fails []error
	for _, k := range slices.Concat(well, sick) {
		if ctx.Err() != nil {
			fails = append(fails, ctx.Err())
			break
		}
		err := d.once(ctx, k, f)
		var gone *absentError
		if !errors.As(err, &gone) {
			k.failed(time.Time{})
			return err
		}
		k.failed(d.clock.Now().Add(sickFor))
		if gone.last {
			return fault.As(fault.Unavailable, "login.away", gone.err)
		}
		d.log.Info("a controller does not answer", slog.String("controller", k.address), slog.Any("error", gone.err))
		fails = append(fails, fault.As(fault.Unavailable, "", gone.err))
	}
	return fault.As(fault.Unavailable, "login.away", errors.Join(fails...))
}

// absentError is a controller that did not do its part.
type absentError struct {
	err  error
	last bool // no other is to be asked instead
}

func (a *absentError) Error() string { return a.err.Error() }

func (d *Domain) once(ctx context.Context, k *controller, f func(*ldap.Conn) error) error {
	c, done, err := d.open(ctx, k)
	if err != nil {
		return &absentError{err: err}
	}
	defer done()
	return f(c)
}

// heldFor is how long the reader's account is left alone when its password was
// refused: asking every minute would lock it.
const heldFor = 30 * time.Minute

// reading runs f on a connection that the reader's account is bound to.
func (d *Domain) reading(ctx context.Context, f func(*ldap.Conn) error) error {
	d.mu.Lock()
	held := d.clock.Now().Before(d.held)
	d.mu.Unlock()
	if held {
		return fault.New(fault.Unavailable, "login.reader", "the directory refused the reader's account, which is now left alone for %v", heldFor)
	}
	return d.at(ctx, func(c *ldap.Conn) error {
		err := c.Bind(d.c.Reader, d.c.Password)
		if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			d.mu.Lock()
			d.held = d.clock.Now().Add(heldFor)
			d.mu.Unlock()
			d.log.Error("the directory refuses the reader's account", slog.Any("error", err))
			return fault.New(fault.Unavailable, "login.reader", "the directory refuses the reader's account: %v", err)
		}
		if err != nil {
			return &absentError{err: err}
		}
		if err = f(c); unwell(err) {
			return &absentError{err: err}
		}
		return err
	})
}

// unwell says that another controller may do better.
func unwell(err error) bool {
	return ldap.IsErrorAnyOf(err, ldap.ErrorNetwork, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultOperationsError,
		ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultConnectError, ldap.LDAPResultServerDown, ldap.LDAPResultTimeout, ldap.LDAPResultOther, ldap.ErrorUnexpectedResponse)
}
