package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// newLogger makes the log of a server. Lines of text read
//
//	2026-03-01T10:00:00Z WARN: a drive is out of service drive=/mnt/disk3 err="input/output error"
//
// and as JSON {"level":"WARNING","time":"...","message":"a drive is out of service","drive":"/mnt/disk3",...}.
func newLogger(w io.Writer, c config.Log) *slog.Logger {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(c.Level)) // checked by config
	if c.Quiet {
		level = max(level, slog.LevelWarn)
	}
	attr := func(a slog.Attr) slog.Attr { return a }
	if c.Anonymous {
		attr = anonymiser()
	}
	if c.JSON {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 {
				a = jsonNames(a)
			}
			return attr(a)
		}}))
	}
	return slog.New(&textHandler{w: w, mu: new(sync.Mutex), level: level, attr: attr})
}

// jsonNames renames what every line has to what collectors of MinIO's logs look for.
func jsonNames(a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.MessageKey:
		a.Key = "message"
	case slog.TimeKey:
		a.Value = slog.StringValue(a.Value.Time().UTC().Format(time.RFC3339Nano))
	case slog.LevelKey:
		if a.Value.String() == "WARN" {
			a.Value = slog.StringValue("WARNING")
		}
	}
	return a
}

// anonymiser replaces names by digests that tell them apart within one run and say nothing beyond it.
func anonymiser() func(slog.Attr) slog.Attr {
	salt := rand.Text()
	return func(a slog.Attr) slog.Attr {
		switch a.Key {
		case "bucket", "key", "drive", "file", "prefix":
			digest := sha256.Sum256([]byte(salt + a.Value.String()))
			return slog.String(a.Key, hex.EncodeToString(digest[:6]))
		case "err":
			return slog.String(a.Key, "hidden") // errors name what they are about
		}
		return a
	}
}

// textHandler writes lines for people. It is copied by WithAttrs and WithGroup; the copies share the writer and its lock.
type textHandler struct {
	w     io.Writer
	mu    *sync.Mutex // held while a line is written
	level slog.Level
	attr  func(slog.Attr) slog.Attr
	fixed string // attributes of WithAttrs, formatted
	group string // prefix of keys
}

func (h *textHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	b.WriteString(r.Time.UTC().Format(time.RFC3339) + " " + r.Level.String() + ": " + printable(r.Message) + h.fixed)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(h.format(a))
		return true
	})
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(b.Bytes())
	return err
}

func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	for _, a := range attrs {
		c.fixed += h.format(a)
	}
	return &c
}

func (h *textHandler) WithGroup(name string) slog.Handler {
	c := *h
	c.group += name + "."
	return &c
}

func (h *textHandler) format(a slog.Attr) string {
	a.Value = a.Value.Resolve()
	a = h.attr(a)
	if a.Value.Kind() == slog.KindGroup {
		inner := *h
		if a.Key != "" {
			inner.group += a.Key + "."
		}
		var s strings.Builder
		for _, member := range a.Value.Group() {
			s.WriteString(inner.format(member))
		}
		return s.String()
	}
	if a.Equal(slog.Attr{}) {
		return ""
	}
	value := a.Value.String()
	if value == "" || strings.ContainsAny(value, " =\"") || printable(value) != value {
		value = strconv.Quote(value)
	}
	return " " + h.group + a.Key + "=" + value
}

// printable makes sure that what a client can choose, such as a key, cannot forge a line.
func printable(s string) string {
	quoted := strconv.Quote(s)
	inner := quoted[1 : len(quoted)-1]
	if strings.ReplaceAll(inner, `\"`, `"`) == s || inner == s {
		return s
	}
	return inner
}
