package inspect

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// parse reads flags and arguments in any order; behind "--" everything is an argument.
func (c *command) parse(args []string) (rest []string, err error) {
	flags := flag.NewFlagSet("inspect", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&c.asJSON, "json", false, "")
	flags.BoolVar(&c.verify, "verify", false, "")
	flags.BoolVar(&c.system, "system", false, "")
	flags.BoolVar(&c.help, "help", false, "")
	flags.BoolVar(&c.help, "h", false, "")
	flags.StringVar(&c.objectName, "object", "", "")
	flags.IntVar(&c.setDrives, "set-drives", c.env.SetDrives, "")
	for {
		if err := flags.Parse(args); err != nil {
			return nil, fmt.Errorf("%w; see holdfast inspect --help", err)
		}
		used := len(args) - flags.NArg()
		if used > 0 && args[used-1] == "--" {
			rest = append(rest, flags.Args()...)
			break
		}
		if flags.NArg() == 0 {
			break
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
	asked := 0
	for _, one := range []bool{c.verify, c.system, c.objectName != ""} {
		if one {
			asked++
		}
	}
	if asked > 1 {
		return nil, errors.New("--verify, --system and --object exclude each other")
	}
	return rest, nil
}

// splitObject takes BUCKET/KEY off the end of the arguments: what looks like no path, and leads nowhere.
func (c *command) splitObject(args []string) (name string, rest []string, ok bool) {
	if c.objectName != "" || c.verify || c.system || len(args) == 0 || len(args) == 1 && len(c.env.Drives) == 0 {
		return "", nil, false
	}
	last := args[len(args)-1]
	if strings.HasPrefix(last, "/") || strings.HasPrefix(last, "./") || strings.HasPrefix(last, "../") ||
		strings.Contains(last, "...") || strings.Contains(last, "://") || !strings.Contains(last, "/") || exists(last) {
		return "", nil, false
	}
	return last, args[:len(args)-1], true
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

const usage = `holdfast inspect: look at drives, objects and files without a server. It only reads.

Usage:
  holdfast inspect [--json] DRIVE...
        Who the drives are, and what a start on them would do.
  holdfast inspect [--json] DRIVE... BUCKET/KEY
        All copies of an object: every version, where its shards lie, whether they verify.
        With --object BUCKET/KEY for names that could be paths.
  holdfast inspect --verify [--json] DRIVE...
        Everything: reads every record and every shard, and reports what does not read, what
        has lost redundancy and what belongs to nothing.
  holdfast inspect --system [--json] DRIVE...
        The store's own documents without their secrets: settings of buckets, configuration,
        users and policies. What is sealed needs HOLDFAST_KMS_SECRET_KEY or MINIO_KMS_SECRET_KEY.
  holdfast inspect [--json] FILE
        One xl.meta, format.json, part.N.meta, .metadata.bin, .healing.bin or pool.bin.

Drives are named as for holdfast server, all of them, in order.

Flags:
  --json              one JSON document per line
  --set-drives N      drives of a set, where the server was started with a fixed number

Exit code:
  0  nothing is amiss
  1  everything reads, and something is amiss
  2  something does not read, or a start would be refused
  3  the arguments make no sense, or could not be looked at
`
