// Command bench measures one or two S3 servers and prints a table.
//
//	go run ./test/bench -a http://KEY:SECRET@127.0.0.1:9000 -b http://KEY:SECRET@127.0.0.1:9100
//	go run ./test/bench -a ... -b ... -run 'get|list' -seconds 10 -rounds 4 -o results.txt && benchstat -col /server results.txt
//
// # What is measured
//
// Each workload is run against A, then B, then A again and so on, so that what else the machine does falls on both. Requests
// are signed (as presigned URLs, with the payload unsigned) and written out before the clock starts; a run sends bytes and
// reads bytes on connections that stay open, and does nothing else. So the figures are the server's, and two servers get
// byte for byte the same requests but for key, secret and host.
//
// For each run: operations and bytes per second; the latency from the first byte sent to the last byte read (median, 99 and
// 99.9 of 100) and to the first byte read (median); processor time of the server per operation and the peak of its resident
// memory, both from /proc, where the server runs on this machine.
//
// # Traps
//
// Client and server share the machine: compare ratios, not figures of different machines. A bucket of its own is made for
// the run and removed afterwards. Whether both servers promise the same durability is the caller's to know.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		log.New(os.Stderr, "bench: ", 0).Fatal(err)
	}
}

// settings are what the command line says.
type settings struct {
	endpoints []string
	duration  time.Duration // of a run
	rounds    int           // runs per workload and server
	only      *regexp.Regexp
	output    string // file for results in Go's benchmark format; empty for none
	scale     int    // divides the number of objects, for tests
}

func parse(args []string) (settings, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	a := flags.String("a", "", "first server: http://KEY:SECRET@HOST:PORT")
	b := flags.String("b", "", "second server, to compare with")
	seconds := flags.Float64("seconds", 5, "length of a run")
	rounds := flags.Int("rounds", 2, "runs of each workload on each server")
	only := flags.String("run", "", "regular expression: only workloads whose name matches")
	output := flags.String("o", "", "file to append results to, in the format of Go benchmarks")
	scale := flags.Int("scale", 1, "divide the number of objects by this")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if *a == "" || *seconds <= 0 || *rounds < 1 || *scale < 1 {
		return settings{}, errors.New("-a is needed; -seconds, -rounds and -scale must be positive")
	}
	s := settings{endpoints: []string{*a}, duration: time.Duration(*seconds * float64(time.Second)), rounds: *rounds, output: *output, scale: *scale}
	if *b != "" {
		s.endpoints = append(s.endpoints, *b)
	}
	var err error
	s.only, err = regexp.Compile(*only)
	return s, err
}

// run is the program.
func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	var servers []*server
	for i, address := range s.endpoints {
		server, err := newServer(ctx, string(rune('a'+i)), address)
		if err != nil {
			return err
		}
		defer server.removeBucket()
		servers = append(servers, server)
	}
	report := newReport(out, servers)
	for _, w := range workloads(s.scale) {
		if !s.only.MatchString(w.name) {
			continue
		}
		results, err := measure(ctx, servers, w, s)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		report.row(w, results)
	}
	return errors.Join(report.close(), report.save(s.output))
}

// measure runs a workload on all servers in turn, and returns the results of each.
func measure(ctx context.Context, servers []*server, w workload, s settings) ([]result, error) {
	results := make([]result, len(servers))
	for range s.rounds {
		for i, server := range servers {
			r, err := server.run(ctx, w, s.duration)
			if err != nil {
				return nil, fmt.Errorf("server %s: %w", server.name, err)
			}
			results[i].add(r)
		}
	}
	return results, nil
}
