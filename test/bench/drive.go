package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// drive sends requests on a number of connections for a while, each as soon as the one before it on its connection is
// answered, and measures. With once the run ends when all were sent.
func drive(ctx context.Context, host string, requests []request, connections int, duration time.Duration, once bool) (result, error) {
	var lanes []*lane
	for range connections {
		l, err := dial(ctx, host)
		if err != nil {
			return result{}, err
		}
		defer l.connection.Close()
		lanes = append(lanes, l)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	begin := time.Now()
	end := begin.Add(duration)
	stop := context.AfterFunc(ctx, func() {
		for _, l := range lanes {
			l.connection.Close()
		}
	})
	defer stop()
	for _, l := range lanes {
		group.Go(func() {
			for l.err == nil && time.Now().Before(end) {
				i := int(next.Add(1) - 1)
				if once && i >= len(requests) {
					return
				}
				l.err = l.send(&requests[i%len(requests)])
			}
		})
	}
	group.Wait()
	r := result{elapsed: time.Since(begin)}
	for _, l := range lanes {
		if l.err != nil {
			return result{}, errors.Join(l.err, ctx.Err())
		}
		r.latencies = append(r.latencies, l.latencies...)
		r.firstBytes = append(r.firstBytes, l.firstBytes...)
		r.moved += l.moved
	}
	return r, nil
}

// lane is one connection and what was measured on it.
type lane struct {
	connection net.Conn
	reader     *bufio.Reader
	latencies  []time.Duration
	firstBytes []time.Duration
	moved      int64
	err        error
}

func dial(ctx context.Context, host string) (*lane, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	return &lane{connection: connection, reader: bufio.NewReaderSize(connection, 256*kib)}, nil
}

// send sends a request and reads its answer.
func (l *lane) send(r *request) error {
	begin := time.Now()
	buffers := net.Buffers{r.head, r.body}
	if _, err := buffers.WriteTo(l.connection); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if _, err := l.reader.Peek(1); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	first := time.Since(begin)
	length, err := l.answer(r)
	if err != nil {
		return err
	}
	l.latencies = append(l.latencies, time.Since(begin))
	l.firstBytes = append(l.firstBytes, first)
	l.moved += int64(r.want.moves)
	if r.want.hasBody && len(r.body) == 0 && r.want.moves > 0 && length != int64(r.want.moves) {
		return fmt.Errorf("got %d bytes, want %d: %s", length, r.want.moves, firstLine(r.head))
	}
	return nil
}

// answer reads an answer and returns the length of its body.
func (l *lane) answer(r *request) (int64, error) {
	line, err := l.reader.ReadSlice('\n')
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	status, err := parseStatus(line)
	if err != nil {
		return 0, err
	}
	length, chunked := int64(0), false
	for {
		line, err := l.reader.ReadSlice('\n')
		if err != nil {
			return 0, fmt.Errorf("read headers: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if value, ok := header(line, "Content-Length"); ok {
			if length, err = strconv.ParseInt(value, 10, 64); err != nil {
				return 0, err
			}
		}
		if value, ok := header(line, "Transfer-Encoding"); ok {
			chunked = strings.EqualFold(value, "chunked")
		}
	}
	if status != r.want.status {
		body, _ := io.ReadAll(io.LimitReader(l.reader, min(length, kib))) // for the message
		return 0, fmt.Errorf("got status %d, want %d: %s: %s", status, r.want.status, firstLine(r.head), body)
	}
	if !r.want.hasBody {
		return 0, nil
	}
	if chunked {
		return l.discardChunks()
	}
	return length, l.discard(length)
}

func parseStatus(line []byte) (int, error) {
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return 0, fmt.Errorf("the answer begins %q", line)
	}
	return strconv.Atoi(string(fields[1]))
}

// header returns the value of a line, if it is of that header.
func header(line []byte, name string) (string, bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !strings.EqualFold(string(line[:len(name)]), name) {
		return "", false
	}
	return textproto.TrimString(string(line[len(name)+1:])), true
}

func firstLine(head []byte) []byte {
	line, _, _ := bytes.Cut(head, []byte("?"))
	return line
}

func (l *lane) discard(n int64) error {
	for n > 0 {
		k, err := l.reader.Discard(int(min(n, mib)))
		if err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
		n -= int64(k)
	}
	return nil
}

func (l *lane) discardChunks() (total int64, err error) {
	for {
		line, err := l.reader.ReadSlice('\n')
		if err != nil {
			return 0, fmt.Errorf("read a chunk: %w", err)
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return 0, err
		}
		if err := l.discard(size + 2); err != nil {
			return 0, err
		}
		if size == 0 {
			return total, nil
		}
		total += size
	}
}
