package config

import "strings"

// Setting is one row of the table: all there is to know about one thing an operator can set.
type Setting struct {
	Name    string   // what documents call it
	Group   string   // the heading it stands under
	Flag    string   // without dashes; empty = none
	Short   string   // one letter, without the dash
	Arg     string   // placeholder of the flag's value; empty with a Flag = a switch that is on or off
	Env     []string // in order of precedence
	YAML    string   // key in the --config file; empty = none
	Default string   // as it would be written
	Doc     string   // one or two sentences
	Fix     string   // what to do about a value that cannot be read
	Secret  bool     // its value is never shown, and each of its variables may be given as <name>_FILE
	Empty   bool     // a variable that is set but empty means the empty value, not the default
	Ignored bool     // accepted so that old command lines work, without effect

	set func(*draft, string) error
}

// draft is a Config in the making, with what is needed to finish it.
type draft struct {
	Config
	volumes      string // drive arguments, separated by white space
	offline      bool   // see Source
	noRootAccess bool
	legacyUser   string // credential under its names of before 2021
	legacySecret string
	unread       map[string]bool // settings whose value was refused
	configDir    string
	certsDir     string
}

// Groups of settings, in the order of the documents.
const (
	groupDrives  = "Drives"
	groupNetwork = "Network"
	groupAccess  = "Access"
	groupKeys    = "Encryption"
	groupStorage = "Storage"
	groupS3      = "S3"
	groupReports = "Logs and metrics"
	groupProcess = "Process"
	groupCompat  = "Accepted without effect"
)

// Settings returns the table.
func Settings() []Setting {
	var all []Setting
	for _, group := range [][]Setting{
		driveSettings(), networkSettings(), accessSettings(), keySettings(), storageSettings(), s3Settings(), reportSettings(),
		processSettings(), ignoredSettings(),
	} {
		all = append(all, group...)
	}
	return all
}

// both returns the names of a variable under our prefix and under MinIO's, ours first.
func both(suffixes ...string) []string {
	var names []string
	for _, prefix := range []string{ownPrefix, minioPrefix} {
		for _, s := range suffixes {
			names = append(names, prefix+s)
		}
	}
	return names
}

const (
	ownPrefix   = "HOLDFAST_"
	minioPrefix = "MINIO_"
)

// Own tells whether the setting is Holdfast's: no MinIO variable has that meaning.
func (s Setting) Own() bool {
	for _, name := range s.Env {
		if !strings.HasPrefix(name, ownPrefix) {
			return false
		}
	}
	return len(s.Env) > 0
}

// into makes a set function of a parser and the place its result belongs.
func into[T any](place func(*draft) *T, parse func(string) (T, error)) func(*draft, string) error {
	return func(d *draft, text string) error {
		v, err := parse(text)
		if err != nil {
			return err
		}
		*place(d) = v
		return nil
	}
}
