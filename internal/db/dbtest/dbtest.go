// Package dbtest gives tests real databases: a SQLite file and a PostgreSQL
// server of their own.
//
// The server is Debian's, started once for a test program on a port and in a
// folder of its own, as user postgres when the test runs as root, and ended
// with the test program however that ends: a supervising shell holds the read
// end of a pipe whose other end only the test has. Where PostgreSQL is not
// installed the test fails, or is skipped by name if VIDNE_PARTIAL=1 says that
// a partial run is wanted.
package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/testport"
)

// startWait bounds the start of a server, on a machine that is busy.
const startWait = 90 * time.Second

// Each runs f as two subtests, on a fresh SQLite and a fresh PostgreSQL
// database.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, Open(t, SQLite(t))) })
	t.Run("postgres", func(t *testing.T) { f(t, Open(t, Postgres(t))) })
}

// Open opens an address for the length of a test.
func Open(t testing.TB, address string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), address)
	if err != nil {
		t.Fatalf("db.Open: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// SQLite returns the address of a database file that does not exist yet.
func SQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// Template is a SQLite database of which the tests of a program begin with
// copies: making the tables of thirty rooms takes longer than most tests.
type Template struct {
	once sync.Once
	data []byte
}

// Copy returns the address of a fresh copy. fill is called once, opens the
// database at the address that it gets, makes the tables and closes it again.
func (p *Template) Copy(t testing.TB, fill func(address string)) string {
	t.Helper()
	p.once.Do(func() {
		path := filepath.Join(t.TempDir(), "template.db")
		fill("sqlite:" + path)
		if _, err := os.Stat(path + "-wal"); err == nil {
			t.Fatal("the template is still open")
		}
		var err error
		if p.data, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	})
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, p.data, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var shared = sync.OnceValues(func() (*Server, error) { return newServer() })

var numbers atomic.Int64

// Postgres returns the address of a fresh database on the server that the
// test program's tests share.
func Postgres(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		missing(t, err)
	}
	return s.Database(t)
}

// Own starts a server for one test, which may stop and pause it.
func Own(t testing.TB) *Server {
	t.Helper()
	s, err := newServer()
	if err != nil {
		missing(t, err)
	}
	t.Cleanup(s.end)
	return s
}

func missing(t testing.TB, err error) {
	t.Helper()
	var lacks notInstalledError
	if errors.As(err, &lacks) && os.Getenv("VIDNE_PARTIAL") == "1" {
		t.Skipf("left out: %v", err)
	}
	t.Fatal(err)
}

type notInstalledError struct{ what string }

func (n notInstalledError) Error() string { return n.what + " is missing (Debian package postgresql)" }

// Server is a PostgreSQL of the test's own.
type Server struct {
	bin, dir string
	port     int
	cred     *syscall.Credential
	mu       sync.Mutex
	run      *exec.Cmd // the supervising shell
	life     io.Closer // closing it ends the server
}

func newServer() (*Server, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return nil, notInstalledError{"PostgreSQL"}
	}
	slices.Sort(found)
	s := &Server{bin: filepath.Dir(found[len(found)-1])}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, notInstalledError{"the user postgres"}
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	var err error
	if s.dir, err = os.MkdirTemp("", "vidne-postgres-"); err != nil {
		return nil, err
	}
	if s.cred != nil {
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return nil, err
		}
	}
	if s.port, err = testport.Pick(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "--no-sync", "-A", "trust", "-U", "vidne", "-E", "UTF8", "--locale=C", "-D", filepath.Join(s.dir, "data"))
	s.as(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := s.start(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *Server) as(c *exec.Cmd) {
	c.Dir = s.dir
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setsid: true}
	c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
}

// supervise runs the server until the pipe on its standard input closes,
// which the kernel does when the test program is gone, and then clears up if
// the folder is to go.
const supervise = `
"$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off \
  -c shared_buffers=32MB -c max_connections=60 -c autovacuum=off >>"$2/log" 2>&1 </dev/null &
pid=$!
echo $pid >"$2/pid"
read -r word
case "$word" in stop) kill -INT $pid ;; *) kill -QUIT $pid; kill -CONT $pid ;; esac
wait $pid
case "$word" in stop) ;; *) rm -rf "$2" ;; esac
`

func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := exec.Command("/bin/sh", "-c", supervise, "sh", s.bin, s.dir, strconv.Itoa(s.port))
	s.as(c)
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s.run, s.life = c, in
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.address("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(30 * time.Millisecond):
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		}
	}
}

func (s *Server) address(database string) string {
	return fmt.Sprintf("postgres://vidne@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// Database makes a fresh database and returns its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	address, err := s.make()
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	return address
}

func (s *Server) make() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.address("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	name := fmt.Sprintf("t%d", numbers.Add(1))
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	return s.address(name), err
}

// Alone starts a server for a program that is no test, such as a bench: the
// address of a fresh database, and what ends the server.
func Alone() (address string, end func(), err error) {
	s, err := newServer()
	if err != nil {
		return "", nil, err
	}
	if address, err = s.make(); err != nil {
		s.end()
		return "", nil, err
	}
	return address, s.end, nil
}

// Stop shuts the server down in an orderly way, breaking its connections.
// Start brings it back with its data.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return
	}
	_, _ = io.WriteString(s.life.(io.Writer), "stop\n")
	_ = s.run.Wait()
	s.run = nil
}

// Start starts a stopped server again.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Pause freezes the server with all its processes: connections stay, nothing
// answers.
func (s *Server) Pause(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume ends a pause.
func (s *Server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(children(pid), pid) {
		if err := syscall.Kill(p, sig); err != nil && err != syscall.ESRCH {
			t.Fatal(err)
		}
	}
}

// children lists the processes whose parent is pid.
func children(pid int) []int {
	var out []int
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// pid (name) state ppid; the name may hold spaces.
		f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(f) > 1 && string(f[1]) == strconv.Itoa(pid) {
			out = append(out, n)
		}
	}
	return out
}

// end ends the server and removes its folder.
func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		_ = s.life.Close()
		_ = s.run.Wait()
		s.run = nil
	}
	_ = os.RemoveAll(s.dir)
}
