package edge

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

const (
	headerWithin = 10 * time.Second
	idleFor      = 2 * time.Minute
	// streamsEach is how many requests one connection may have at once (HTTP/2):
	// a wall of cameras, and the page around it.
	streamsEach = 64
)

// Server serves h with limits. settings, if any, are those of TLS; serve with
// ServeTLS then.
func Server(h http.Handler, settings *tls.Config, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, TLSConfig: settings, ReadHeaderTimeout: headerWithin, IdleTimeout: idleFor, MaxHeaderBytes: HeaderSize,
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: streamsEach, SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second, WriteByteTimeout: readWithin},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
