package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticks a second of /proc/PID/stat: USER_HZ is 100 on every Linux there is.
const ticks = 100

// usage is what processes have used so far.
type usage struct {
	cpu  time.Duration // user and system
	rss  int64         // bytes resident now
	pss  int64         // the same with shared pages shared out
	wall time.Time
}

// usageOf sums over processes.
func usageOf(pids []int) (usage, error) {
	u := usage{wall: time.Now()}
	for _, pid := range pids {
		dir := "/proc/" + strconv.Itoa(pid)
		b, err := os.ReadFile(dir + "/stat")
		if err != nil {
			return u, err
		}
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+2:]))
		if len(f) < 22 {
			return u, fmt.Errorf("short %s/stat", dir)
		}
		user, _ := strconv.ParseInt(f[11], 10, 64)
		system, _ := strconv.ParseInt(f[12], 10, 64)
		u.cpu += time.Duration(user+system) * time.Second / ticks
		pages, _ := strconv.ParseInt(f[21], 10, 64)
		u.rss += pages * int64(os.Getpagesize())
		if roll, err := os.ReadFile(dir + "/smaps_rollup"); err == nil {
			for line := range strings.Lines(string(roll)) {
				if w := strings.Fields(line); len(w) == 3 && w[0] == "Pss:" {
					kb, _ := strconv.ParseInt(w[1], 10, 64)
					u.pss += kb << 10
				}
			}
		}
	}
	return u, nil
}

// role is this program run again as one part of a measurement, so that each
// part's processor time is its own. It talks in lines on standard input and
// output, and ends with its input.
type role struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startRole(ctx context.Context, args ...string) (*role, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &role{cmd: exec.CommandContext(ctx, self, args...)}
	r.cmd.Stderr = os.Stderr
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = bufio.NewReader(out)
	return r, r.cmd.Start()
}

func (r *role) pid() int { return r.cmd.Process.Pid }

// ask sends a line and reads the answer.
func (r *role) ask(line string) (string, error) {
	if _, err := io.WriteString(r.in, line+"\n"); err != nil {
		return "", err
	}
	return r.line()
}

func (r *role) line() (string, error) {
	s, err := r.out.ReadString('\n')
	return strings.TrimSpace(s), err
}

func (r *role) stop() {
	_ = r.in.Close()
	done := make(chan struct{})
	go func() { _ = r.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = r.cmd.Process.Kill()
		<-done
	}
}

// answers serves lines on standard input until it ends.
func answers(f func(line string) string) error {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		if _, err := fmt.Println(f(in.Text())); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
