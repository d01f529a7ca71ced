package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-io/holdfast/objectlayer/crypt"
)

// About is what the command is for, in the list of commands.
const About = "look at drives, objects and files without a server"

// Env is what the command is told besides its arguments, by whoever reads the configuration.
type Env struct {
	Drives    []string          // those a server would be started on; used when none are given
	SetDrives int               // MINIO_ERASURE_SET_DRIVE_COUNT; 0 = none
	KMS       crypt.KMS         // nil = none
	Root      crypt.Credentials // for documents sealed with them before 2021
	Terminal  bool              // stderr is a terminal
}

// The exit codes of [Run].
const (
	ExitClean      = 0 // nothing is amiss
	ExitDegraded   = 1 // everything reads, and something is amiss
	ExitUnreadable = 2 // something does not read, or a start would be refused
	ExitFailed     = 3 // the arguments make no sense, or could not be looked at
)

// Run is the command "holdfast inspect". args are the arguments behind that name. Answers go to stdout, warnings and progress to
// stderr. It returns the exit code. It ends early when ctx does.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env Env) int {
	c := &command{stdout: stdout, stderr: stderr, env: env, print: &printer{w: stdout}}
	exit, err := c.run(ctx, args)
	if err == nil {
		err = c.print.err
	}
	if err != nil {
		fmt.Fprintf(stderr, "holdfast inspect: %s\n", safe(err.Error()))
		return ExitFailed
	}
	return exit
}

// command is one run of the command line.
type command struct {
	stdout, stderr io.Writer
	env            Env
	print          *printer

	asJSON, verify, system, help bool
	objectName                   string
	setDrives                    int
}

func (c *command) run(ctx context.Context, args []string) (exit int, err error) {
	args, err = c.parse(args)
	if err != nil {
		return 0, err
	}
	if c.help {
		_, err := io.WriteString(c.stdout, usage)
		return ExitClean, err
	}
	if len(args) == 1 && isFile(args[0]) {
		return c.file(ctx, args[0])
	}
	if name, rest, ok := c.splitObject(args); ok {
		c.objectName, args = name, rest
	}
	if len(args) == 0 {
		args = c.env.Drives
	}
	if len(args) == 0 {
		return 0, errors.New("name the drives, or a file; see holdfast inspect --help")
	}
	switch {
	case c.objectName != "":
		return c.object(ctx, args)
	case c.verify:
		return c.verifyAll(ctx, args)
	case c.system:
		return c.documents(ctx, args)
	}
	return c.labels(ctx, args)
}

func (c *command) options() Options {
	return Options{SetDrives: c.setDrives, KMS: c.env.KMS, Root: c.env.Root}
}

// warn tells what the answer may suffer from.
func (c *command) warn(s Survey) {
	for _, text := range s.Warnings {
		fmt.Fprintf(c.stderr, "warning: %s\n", safe(text))
	}
}

func (c *command) labels(ctx context.Context, drives []string) (int, error) {
	s, err := Labels(ctx, drives, c.options())
	if err != nil {
		return 0, err
	}
	c.warn(s)
	exit := ExitDegraded
	switch s.Start {
	case StartWhole:
		exit = ExitClean
	case StartRefused:
		exit = ExitUnreadable
	}
	if c.asJSON {
		return exit, writeJSON(c.stdout, s)
	}
	c.print.survey(s)
	return exit, nil
}

func (c *command) object(ctx context.Context, drives []string) (int, error) {
	bucket, key, err := parseObject(c.objectName)
	if err != nil {
		return 0, err
	}
	r, err := Object(ctx, drives, bucket, key, c.options())
	if err != nil {
		return 0, err
	}
	c.warn(r.Survey)
	exit := ExitDegraded
	switch state := r.State(); {
	case len(r.Records) == 0:
		exit = ExitFailed
	case state == Sound:
		exit = ExitClean
	case state == Unreadable:
		exit = ExitUnreadable
	}
	if c.asJSON {
		return exit, writeJSON(c.stdout, r)
	}
	c.print.object(r)
	return exit, nil
}

// line is one line of JSON where there are many.
type line struct {
	Finding  *Finding  `json:"finding,omitempty"`
	Document *Document `json:"document,omitempty"`
	Report   *Report   `json:"report,omitempty"`
}

func (c *command) verifyAll(ctx context.Context, drives []string) (int, error) {
	o := c.options()
	o.Progress = new(Progress)
	var failure error
	shown := c.watch(o.Progress)
	o.Found = func(f Finding) {
		shown.clear()
		if c.asJSON {
			failure = errors.Join(failure, writeJSON(c.stdout, line{Finding: &f}))
			return
		}
		c.print.finding(f)
	}
	r, err := Verify(ctx, drives, o)
	shown.stop()
	if err = errors.Join(err, failure); err != nil {
		return 0, err
	}
	c.warn(r.Survey)
	exit := ExitDegraded
	switch {
	case !r.Reads() || len(r.Survey.Pools) > 0 && r.Summary.Drives == 0:
		exit = ExitUnreadable
	case r.Clean():
		exit = ExitClean
	}
	if c.asJSON {
		return exit, writeJSON(c.stdout, line{Report: &r})
	}
	c.print.absentees(r.Survey)
	c.print.summary(r)
	return exit, nil
}

func (c *command) documents(ctx context.Context, drives []string) (int, error) {
	exit := ExitClean
	s, err := System(ctx, drives, c.options(), func(d Document) error {
		switch {
		case !d.State.Reads():
			exit = ExitUnreadable
		case d.State != Sound || d.Error != "":
			exit = max(exit, ExitDegraded)
		}
		if c.asJSON {
			return writeJSON(c.stdout, line{Document: &d})
		}
		c.print.document(d)
		return c.print.err
	})
	if err != nil {
		return 0, err
	}
	c.warn(s)
	return exit, nil
}

func (c *command) file(ctx context.Context, path string) (int, error) {
	r, err := File(ctx, path)
	if err != nil {
		return 0, err
	}
	exit := ExitClean
	if r.Journal != nil {
		for _, v := range r.Journal.Versions {
			if !v.State.Reads() {
				exit = ExitUnreadable
			}
		}
	}
	if c.asJSON {
		return exit, writeJSON(c.stdout, r)
	}
	return exit, c.print.file(r)
}
