package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), process{args: os.Args[1:], environ: os.Environ(), readFile: os.ReadFile, stdout: os.Stdout, stderr: os.Stderr}))
}
