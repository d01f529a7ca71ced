package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// printFatal tells the operator why the server does not run, and what to do next, in the form
//
//	FATAL Invalid MINIO_ADDRESS: not of the form host:port
//	      > Write host:port, such as :9000 or 127.0.0.1:9000
//	      HINT:
//	        holdfast server --help shows every flag
func printFatal(w io.Writer, err error) {
	var many config.Faults
	var one *config.Fault
	switch {
	case errors.As(err, &many):
		for _, fault := range many {
			printFault(w, fault)
		}
	case errors.As(err, &one):
		printFault(w, one)
	default:
		printFault(w, &config.Fault{What: "Unable to serve", Reason: err.Error()})
	}
	fmt.Fprint(w, "      HINT:\n        holdfast server --help shows every flag, docs/operate/settings.md every setting\n")
}

func printFault(w io.Writer, f *config.Fault) {
	fmt.Fprintf(w, "FATAL %s: %s\n", f.What, f.Reason)
	if f.Action != "" {
		fmt.Fprintf(w, "      > %s\n", f.Action)
	}
}
