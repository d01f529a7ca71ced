package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// record writes one entry at a fixed time and returns what came out.
func record(c config.Log, level slog.Level, message string, args ...any) string {
	var b bytes.Buffer
	h := newLogger(&b, c).Handler()
	if !h.Enabled(context.Background(), level) {
		return ""
	}
	r := slog.NewRecord(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), level, message, 0)
	r.Add(args...)
	if err := h.Handle(context.Background(), r); err != nil {
		return err.Error()
	}
	return b.String()
}

func TestTextLog(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		log   config.Log
		level slog.Level
		args  []any
		want  string
	}{
		{"plain", config.Log{}, slog.LevelInfo, nil, "2026-03-01T10:00:00Z INFO: hello\n"},
		{"attributes", config.Log{}, slog.LevelWarn, []any{"drive", "/mnt/disk3", "took", time.Second}, "2026-03-01T10:00:00Z WARN: hello drive=/mnt/disk3 took=1s\n"},
		{"quoted", config.Log{}, slog.LevelError, []any{"err", errors.New("input/output error"), "key", ""}, `2026-03-01T10:00:00Z ERROR: hello err="input/output error" key=""` + "\n"},
		{"forged line", config.Log{}, slog.LevelInfo, []any{"key", "a\n2026 ERROR: b"}, `2026-03-01T10:00:00Z INFO: hello key="a\n2026 ERROR: b"` + "\n"},
		{"escape sequence", config.Log{}, slog.LevelInfo, []any{"key", "\x1b[2J"}, `2026-03-01T10:00:00Z INFO: hello key="\x1b[2J"` + "\n"},
		{"group", config.Log{}, slog.LevelInfo, []any{slog.Group("set", "pool", 1, "index", 2)}, "2026-03-01T10:00:00Z INFO: hello set.pool=1 set.index=2\n"},
		{"secret", config.Log{}, slog.LevelInfo, []any{"password", config.Secret("x")}, "2026-03-01T10:00:00Z INFO: hello password=***\n"},
		{"below the level", config.Log{Level: "info"}, slog.LevelDebug, nil, ""},
		{"debug", config.Log{Level: "debug"}, slog.LevelDebug, nil, "2026-03-01T10:00:00Z DEBUG: hello\n"},
		{"quiet", config.Log{Level: "info", Quiet: true}, slog.LevelInfo, nil, ""},
		{"quiet error", config.Log{Level: "error", Quiet: true}, slog.LevelWarn, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := record(tc.log, tc.level, "hello", tc.args...); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTextLogWith(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	newLogger(&b, config.Log{}).With("bucket", "b").WithGroup("g").With("x", 1).Info("hello", "y", 2)
	if _, got, _ := strings.Cut(b.String(), "INFO: "); got != "hello bucket=b g.x=1 g.y=2\n" {
		t.Errorf("got %q", got)
	}
}

func TestJSONLog(t *testing.T) {
	t.Parallel()
	line := record(config.Log{JSON: true}, slog.LevelWarn, "hello", "drive", "/a", "err", errors.New("gone"))
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"level": "WARNING", "time": "2026-03-01T10:00:00Z", "message": "hello", "drive": "/a", "err": "gone"} {
		if got[key] != want {
			t.Errorf("%s is %v, want %q", key, got[key], want)
		}
	}
}

func TestAnonymousLog(t *testing.T) {
	t.Parallel()
	for _, c := range []config.Log{{Anonymous: true}, {Anonymous: true, JSON: true}} {
		line := record(c, slog.LevelInfo, "hello", "bucket", "payroll", "key", "2026.csv", "took", time.Second, "err", errors.New("open payroll"))
		if strings.Contains(line, "payroll") || strings.Contains(line, "csv") || !strings.Contains(line, "bucket") {
			t.Errorf("got %q", line)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		took time.Duration
		err  error
		want string
	}{
		{"quick", 900 * time.Millisecond, nil, ""},
		{"slow", 1500 * time.Millisecond, nil, "INFO: step took=1s;INFO: step: done took=1.5s"},
		{"slow failure", 2 * time.Second, errors.New("no"), "INFO: step took=1s"},
		{"very slow", 22 * time.Second, nil, "INFO: step took=1s;INFO: step took=5s;INFO: step took=21s;INFO: step: done took=22s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var b bytes.Buffer
				err := progress(t.Context(), newLogger(&b, config.Log{}), "step", func(context.Context) error {
					<-time.After(tc.took)
					return tc.err
				})
				var lines []string
				for line := range strings.Lines(b.String()) {
					_, text, _ := strings.Cut(strings.TrimSpace(line), "Z ")
					lines = append(lines, text)
				}
				if got := strings.Join(lines, ";"); got != tc.want || !errors.Is(err, tc.err) {
					t.Errorf("got %q, %v; want %q", got, err, tc.want)
				}
			})
		})
	}
}
