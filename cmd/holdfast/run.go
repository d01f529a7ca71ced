// Command holdfast is an S3 object store on the drives of one machine.
//
// Everything it knows it is told on the command line, in the environment and in files; package config reads them all. The
// commands are in a table ([commands]); a command is a function that takes its arguments and returns an exit code, so that
// tests run it like any other.
//
//	0  done, or stopped by a signal
//	1  something is wrong with the command line, the configuration or the server
//
// inspect has codes of its own, which its help explains.
//
// Help and answers go to standard output, everything about a running server to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/holdfast-io/holdfast/cmd/holdfast/inspect"
	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// process is what the operating system gives a program.
type process struct {
	args           []string // without the program's name
	environ        []string
	readFile       func(string) ([]byte, error)
	stdout, stderr io.Writer
}

// command is one sub-command.
type command struct {
	name    string
	summary string // a few words for the list of commands
	// run does it and returns the exit code. The arguments are those behind the name.
	run func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

// commands are all sub-commands in the order of help. A command of another package is one more line here.
func commands(p process) []command {
	return []command{
		{"server", "serve drives over S3", p.server},
		{"inspect", inspect.About, p.inspect},
		{"version", "print the version", version},
	}
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
)

// run finds the command and runs it.
func run(ctx context.Context, p process) int {
	if len(p.args) > 0 && slices.Contains([]string{"--version", "-version", "-v"}, p.args[0]) {
		return version(ctx, nil, p.stdout, p.stderr)
	}
	name, args, err := config.Command(p.args)
	var usage *config.UsageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(p.stdout, "Incorrect Usage: %s\n\n", usage.Text)
		printHelp(p.stdout, commands(p))
		return exitError
	case errors.Is(err, config.ErrHelp), name == "", name == "help", name == "h":
		printHelp(p.stdout, commands(p))
		return exitOK
	}
	for _, c := range commands(p) {
		if c.name == name {
			return c.run(ctx, args, p.stdout, p.stderr)
		}
	}
	fmt.Fprintf(p.stdout, "%q is not a holdfast sub-command. See \"holdfast --help\".\n", name)
	return exitError
}

func printHelp(w io.Writer, all []command) {
	var list strings.Builder
	for _, c := range all {
		fmt.Fprintf(&list, "  %-10s%s\n", c.name, c.summary)
	}
	fmt.Fprintf(w, `holdfast keeps objects on drives and serves them over S3. It reads and writes drives as MinIO
does, and takes its place with the same arguments and environment.

Usage:
  holdfast COMMAND [flags] [arguments]

Commands:
%s
Examples:
  Four drives, any two of which may fail:
    holdfast server /mnt/disk{1...4}

  What is on a drive:
    holdfast inspect /mnt/disk{1...4}

  What can be set:
    holdfast server --help
`, list.String())
}
