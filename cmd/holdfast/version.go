package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/holdfast-io/holdfast/cmd/holdfast/serve"
)

// version prints what runs. Scripts take the third word of the first line.
func version(_ context.Context, _ []string, stdout, _ io.Writer) int {
	v := buildVersion(debug.ReadBuildInfo())
	_, err := fmt.Fprintf(stdout, "holdfast version %s (commit-id=%s)\nRuntime: %s %s/%s\nLicense: Apache-2.0 <https://www.apache.org/licenses/LICENSE-2.0>\n",
		v.Tag, v.Commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return exitError
	}
	return exitOK
}

// buildVersion reads what the Go toolchain has stamped into the program: the tag it was built at, or a version made of date
// and commit.
func buildVersion(info *debug.BuildInfo, ok bool) serve.Version {
	v := serve.Version{Tag: "DEVELOPMENT", Commit: "unknown"}
	if !ok {
		return v
	}
	if tag := info.Main.Version; tag != "" && tag != "(devel)" {
		v.Tag = tag
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}
