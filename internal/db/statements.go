package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

const (
	// keptStatements is how many compiled statements a connection to SQLite
	// keeps; a page of the portal asks some twenty, all of it some hundred.
	keptStatements = 160
	// longestKept bounds their text in bytes: what has a question mark for each
	// of a thousand things is not asked twice.
	longestKept = 4096
)

// keeper opens connections to SQLite that keep their statements compiled:
// compiling one takes longer than running it. PostgreSQL's driver does so by
// itself.
type keeper struct{ driver.Connector }

// sqliteConn is what SQLite's driver can do, and what is handed on.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	raw, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("db: SQLite's driver has changed"), c.Close())
	}
	return &keeping{sqliteConn: raw, kept: map[string]*statement{}}, nil
}

// keeping is one connection. database/sql sees to it that one goroutine at a
// time uses it.
type keeping struct {
	sqliteConn
	kept  map[string]*statement // those that nobody is using
	turns int64
}

type statement struct {
	text string
	stmt sqliteStmt
	used int64 // the turn
}

// take gives the compiled statement of a text, which nobody else has until it
// is given back.
func (c *keeping) take(ctx context.Context, text string) (*statement, error) {
	if s := c.kept[text]; s != nil {
		delete(c.kept, text)
		return s, nil
	}
	p, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s, ok := p.(sqliteStmt)
	if !ok {
		return nil, errors.Join(errors.New("db: SQLite's driver has changed"), p.Close())
	}
	return &statement{text: text, stmt: s}, nil
}

// give takes a statement back, in place of the one not used for longest. One
// that failed is not kept.
func (c *keeping) give(s *statement, err error) error {
	if err != nil || len(s.text) > longestKept || c.kept == nil || c.kept[s.text] != nil {
		return s.stmt.Close()
	}
	c.turns++
	s.used = c.turns
	c.kept[s.text] = s
	if len(c.kept) <= keptStatements {
		return nil
	}
	oldest := s
	for _, o := range c.kept {
		if o.used < oldest.used {
			oldest = o
		}
	}
	delete(c.kept, oldest.text)
	return oldest.stmt.Close()
}

// BeginTx waits for a writer before it no longer than the busy timeout, so that
// nothing need watch over it: the driver does that with a goroutine a statement.
func (c *keeping) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.sqliteConn.BeginTx(context.WithoutCancel(ctx), opts)
}

// brief reports whether a statement ends by itself: it writes the rows that it
// is given, and looks for none.
func brief(text string) bool {
	return strings.HasPrefix(text, "INSERT INTO ") && strings.Contains(text, " VALUES ") && !strings.Contains(text, "SELECT")
}

func (c *keeping) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if brief(text) {
		ctx = context.WithoutCancel(ctx)
	}
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	r, err := s.stmt.ExecContext(ctx, args)
	if cerr := c.give(s, err); err == nil {
		err = cerr
	}
	return r, err
}

func (c *keeping) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	r, err := s.stmt.QueryContext(ctx, args)
	if err != nil {
		_ = c.give(s, err)
		return nil, err
	}
	return &keptRows{Rows: r, conn: c, of: s}, nil
}

// Close ends the connection and what it keeps.
func (c *keeping) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.stmt.Close())
	}
	c.kept = nil
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// keptRows gives its statement back at its end.
type keptRows struct {
	driver.Rows
	conn *keeping
	of   *statement
}

// Close can be called again.
func (r *keptRows) Close() error {
	if r.of == nil {
		return nil
	}
	s := r.of
	r.of = nil
	err := r.Rows.Close()
	if cerr := r.conn.give(s, err); err == nil {
		err = cerr
	}
	return err
}
