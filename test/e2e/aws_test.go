package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-io/holdfast/test/harness"
)

// awsCLI is the AWS command line, version 1 of the newest release, set up for a server.
func awsCLI(t *testing.T, s *harness.Server) harness.Command {
	t.Helper()
	dir := t.TempDir()
	aws := harness.Command{
		Path: harness.Tool(t, "aws"),
		Dir:  dir,
		Env: []string{
			"HOME=" + dir,
			"AWS_ENDPOINT_URL=" + s.URL,
			"AWS_ACCESS_KEY_ID=" + s.AccessKey,
			"AWS_SECRET_ACCESS_KEY=" + s.SecretKey,
			"AWS_DEFAULT_REGION=" + harness.Region,
			"AWS_MAX_ATTEMPTS=1",
			"AWS_EC2_METADATA_DISABLED=true",
			"LC_ALL=C.UTF-8",
		},
	}
	if s.CAFile != "" {
		aws.Env = append(aws.Env, "AWS_CA_BUNDLE="+s.CAFile)
	}
	return aws
}

// TestAWSFiles copies and moves files up and down, over HTTP and HTTPS.
func TestAWSFiles(t *testing.T) {
	t.Parallel()
	for name, tls := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aws := awsCLI(t, harness.Start(t, harness.Options{TLS: tls}))
			files := sampleTree()
			files.write(t, filepath.Join(aws.Dir, "local"))
			aws.Run(t, "s3", "mb", "s3://cli")
			aws.Run(t, "s3", "cp", "--recursive", "local", "s3://cli/copied/")
			aws.Run(t, "s3", "cp", "--recursive", "s3://cli/copied/", "down")
			wantTree(t, filepath.Join(aws.Dir, "down"), files)
			aws.Run(t, "s3", "cp", "--recursive", "s3://cli/copied/", "s3://cli/again/") // copied by the server, the large file in parts
			aws.Run(t, "s3", "sync", "s3://cli/again/", "down-again")
			wantTree(t, filepath.Join(aws.Dir, "down-again"), files)
			aws.Run(t, "s3", "mv", "s3://cli/copied/small.txt", "s3://cli/moved.txt")
			if got := aws.Run(t, "s3", "cp", "s3://cli/moved.txt", "-"); got != files["small.txt"] {
				t.Errorf("cp to standard output: got %q, want %q", got, files["small.txt"])
			}
			aws.Fail(t, "s3", "cp", "s3://cli/copied/small.txt", "-")
			aws.RunInput(t, "from standard input", "s3", "cp", "-", "s3://cli/piped")
			if got := aws.Run(t, "s3", "cp", "s3://cli/piped", "-"); got != "from standard input" {
				t.Errorf("cp from standard input: got %q", got)
			}
			aws.Fail(t, "s3", "rb", "s3://cli")
			aws.Run(t, "s3", "rb", "--force", "s3://cli")
			if got := aws.Run(t, "s3", "ls"); got != "" {
				t.Errorf("ls: got %q, want nothing", got)
			}
		})
	}
}

// TestAWSSync keeps a bucket and a folder in step.
func TestAWSSync(t *testing.T) {
	t.Parallel()
	aws := awsCLI(t, harness.Start(t, harness.Options{}))
	files, local := sampleTree(), filepath.Join(aws.Dir, "local")
	files.write(t, local)
	aws.Run(t, "s3", "mb", "s3://sync")
	aws.Run(t, "s3", "sync", "local", "s3://sync")
	if got := aws.Run(t, "s3", "sync", "local", "s3://sync"); got != "" {
		t.Errorf("nothing changed, and sync did %s", got)
	}
	if err := os.Remove(filepath.Join(local, "empty")); err != nil {
		t.Fatal(err)
	}
	delete(files, "empty")
	tree{"dir/new": "new", "small.txt": "changed, and longer"}.write(t, local)
	files["dir/new"], files["small.txt"] = "new", "changed, and longer"
	aws.Run(t, "s3", "sync", "--delete", "local", "s3://sync")
	aws.Run(t, "s3", "sync", "s3://sync", "down")
	wantTree(t, filepath.Join(aws.Dir, "down"), files)
}

// TestAWSList looks at what ls prints.
func TestAWSList(t *testing.T) {
	t.Parallel()
	aws := awsCLI(t, harness.Start(t, harness.Options{}))
	aws.Run(t, "s3", "mb", "s3://list")
	for _, key := range []string{"a", "dir/b", "dir/c"} {
		aws.RunInput(t, key, "s3", "cp", "-", "s3://list/"+key)
	}
	names := func(output string) []string {
		var list []string
		for line := range strings.Lines(output) {
			fields := strings.Fields(line)
			list = append(list, fields[len(fields)-1])
		}
		return list
	}
	if diff := cmp.Diff([]string{"dir/", "a"}, names(aws.Run(t, "s3", "ls", "s3://list"))); diff != "" {
		t.Errorf("ls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "dir/b", "dir/c"}, names(aws.Run(t, "s3", "ls", "--recursive", "--page-size", "1", "s3://list"))); diff != "" {
		t.Errorf("ls --recursive (-want +got):\n%s", diff)
	}
	aws.Run(t, "s3", "rm", "--recursive", "s3://list/dir/")
	if diff := cmp.Diff([]string{"a"}, names(aws.Run(t, "s3", "ls", "--recursive", "s3://list"))); diff != "" {
		t.Errorf("ls after rm (-want +got):\n%s", diff)
	}
}

func TestAWSPresign(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	aws := awsCLI(t, s)
	aws.Run(t, "s3", "mb", "s3://presign")
	aws.RunInput(t, "shared", "s3", "cp", "-", "s3://presign/a b")
	for _, signature := range []string{"s3v4", "s3"} {
		config := "[default]\ns3 =\n  signature_version = " + signature + "\n"
		path := filepath.Join(aws.Dir, "config-"+signature)
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		signing := aws
		signing.Env = append(append([]string(nil), aws.Env...), "AWS_CONFIG_FILE="+path)
		url := strings.TrimSpace(signing.Run(t, "s3", "presign", "s3://presign/a b"))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := s.HTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != "shared" {
			t.Errorf("%s: got %s %q, %v", signature, response.Status, body, err)
		}
	}
}

// document parses what s3api prints.
func document(t *testing.T, output string) map[string]any {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal([]byte(output), &d); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return d
}

// TestAWSAPI makes single calls of the API.
func TestAWSAPI(t *testing.T) {
	t.Parallel()
	aws := awsCLI(t, harness.Start(t, harness.Options{}))
	body := filepath.Join(aws.Dir, "body")
	if err := os.WriteFile(body, []byte("the body"), 0o644); err != nil {
		t.Fatal(err)
	}
	api := func(args ...string) string {
		t.Helper()
		return aws.Run(t, append([]string{"s3api"}, args...)...)
	}
	api("create-bucket", "--bucket", "api")
	api("put-object", "--bucket", "api", "--key", "key", "--body", body, "--metadata", "a=b", "--content-type", "text/x-test", "--checksum-algorithm", "SHA256")
	head := document(t, api("head-object", "--bucket", "api", "--key", "key", "--checksum-mode", "ENABLED"))
	for field, want := range map[string]any{
		"ContentLength": 8.0, "ContentType": "text/x-test", "ChecksumSHA256": "UA3NwV0ak2o5xRRN2nL4F5DbT0v5vnH8OPxtuiT1SkE=",
	} {
		if field != "ChecksumSHA256" && head[field] != want || head[field] == nil {
			t.Errorf("head: got %s %v, want %v", field, head[field], want)
		}
	}
	api("get-object", "--bucket", "api", "--key", "key", "--range", "bytes=4-", filepath.Join(aws.Dir, "part"))
	if got, err := os.ReadFile(filepath.Join(aws.Dir, "part")); err != nil || string(got) != "body" {
		t.Errorf("get a range: got %q, %v", got, err)
	}
	api("copy-object", "--bucket", "api", "--key", "copy", "--copy-source", "api/key")
	attributes := document(t, api("get-object-attributes", "--bucket", "api", "--key", "copy", "--object-attributes", "ETag", "ObjectSize", "Checksum"))
	if attributes["ObjectSize"] != 8.0 {
		t.Errorf("attributes: got %v", attributes)
	}
	api("put-object-tagging", "--bucket", "api", "--key", "key", "--tagging", "TagSet=[{Key=a,Value=1}]")
	if got := document(t, api("get-object-tagging", "--bucket", "api", "--key", "key")); len(got["TagSet"].([]any)) != 1 {
		t.Errorf("tags: got %v", got)
	}
	api("delete-object-tagging", "--bucket", "api", "--key", "key")
	api("put-bucket-tagging", "--bucket", "api", "--tagging", "TagSet=[{Key=team,Value=x}]")
	if got := document(t, api("get-bucket-tagging", "--bucket", "api")); len(got["TagSet"].([]any)) != 1 {
		t.Errorf("tags of the bucket: got %v", got)
	}
	if got := aws.Fail(t, "s3api", "get-object", "--bucket", "api", "--key", "absent", "/dev/null"); !strings.Contains(got, "NoSuchKey") {
		t.Errorf("an absent key: got %s", got)
	}
	api("delete-objects", "--bucket", "api", "--delete", "Objects=[{Key=key},{Key=copy}]")
	api("get-bucket-location", "--bucket", "api")
	api("get-bucket-acl", "--bucket", "api")
	api("delete-bucket", "--bucket", "api")
}

// TestAWSMultipart uploads parts one call at a time.
func TestAWSMultipart(t *testing.T) {
	t.Parallel()
	aws := awsCLI(t, harness.Start(t, harness.Options{}))
	files := tree{"1": strings.Repeat("1", 5<<20), "2": "the end"}
	files.write(t, aws.Dir)
	api := func(args ...string) string {
		t.Helper()
		return aws.Run(t, append([]string{"s3api"}, args...)...)
	}
	api("create-bucket", "--bucket", "parts")
	id := document(t, api("create-multipart-upload", "--bucket", "parts", "--key", "key"))["UploadId"].(string)
	var parts []map[string]any
	for _, number := range []string{"1", "2"} {
		part := document(t, api("upload-part", "--bucket", "parts", "--key", "key", "--upload-id", id, "--part-number", number, "--body", number))
		parts = append(parts, map[string]any{"PartNumber": len(parts) + 1, "ETag": part["ETag"]})
	}
	if got := document(t, api("list-parts", "--bucket", "parts", "--key", "key", "--upload-id", id)); len(got["Parts"].([]any)) != 2 {
		t.Errorf("list-parts: got %v", got)
	}
	if got := document(t, api("list-multipart-uploads", "--bucket", "parts")); len(got["Uploads"].([]any)) != 1 {
		t.Errorf("list-multipart-uploads: got %v", got)
	}
	named, err := json.Marshal(map[string]any{"Parts": parts})
	if err != nil {
		t.Fatal(err)
	}
	api("complete-multipart-upload", "--bucket", "parts", "--key", "key", "--upload-id", id, "--multipart-upload", string(named))
	api("get-object", "--bucket", "parts", "--key", "key", "whole")
	wantTree(t, filepath.Join(aws.Dir), tree{"1": files["1"], "2": files["2"], "whole": files["1"] + files["2"]})
}

// TestAWSVersions lists and removes versions.
func TestAWSVersions(t *testing.T) {
	t.Parallel()
	aws := awsCLI(t, harness.Start(t, harness.Options{}))
	api := func(args ...string) string {
		t.Helper()
		return aws.Run(t, append([]string{"s3api"}, args...)...)
	}
	api("create-bucket", "--bucket", "versions")
	api("put-bucket-versioning", "--bucket", "versions", "--versioning-configuration", "Status=Enabled")
	if got := document(t, api("get-bucket-versioning", "--bucket", "versions")); got["Status"] != "Enabled" {
		t.Errorf("get-bucket-versioning: got %v", got)
	}
	for _, content := range []string{"one", "two"} {
		aws.RunInput(t, content, "s3", "cp", "-", "s3://versions/key")
	}
	aws.Run(t, "s3", "rm", "s3://versions/key")
	list := document(t, api("list-object-versions", "--bucket", "versions"))
	versions, markers := list["Versions"].([]any), list["DeleteMarkers"].([]any)
	if len(versions) != 2 || len(markers) != 1 {
		t.Fatalf("list-object-versions: got %v", list)
	}
	oldest := versions[1].(map[string]any)["VersionId"].(string)
	api("get-object", "--bucket", "versions", "--key", "key", "--version-id", oldest, "old")
	if got, err := os.ReadFile(filepath.Join(aws.Dir, "old")); err != nil || string(got) != "one" {
		t.Errorf("the oldest version: got %q, %v", got, err)
	}
	api("delete-object", "--bucket", "versions", "--key", "key", "--version-id", markers[0].(map[string]any)["VersionId"].(string))
	if got := aws.Run(t, "s3", "cp", "s3://versions/key", "-"); got != "two" {
		t.Errorf("without the marker: got %q, want two", got)
	}
}
