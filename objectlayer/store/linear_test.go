package store_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/holdfast-io/holdfast/erasure/drive"
	"github.com/holdfast-io/holdfast/objectlayer"
)

// The history of one key, as concurrent clients see it through slow drives of which some go away now and then, has an order
// that explains every answer (linearizability; Herlihy and Wing, 1990).

// call is what a client asks for.
type call struct {
	kind  string // put, create, swap, delete, get or list
	body  []byte
	match objectlayer.ETag // swap: what must be there
}

// told is what it is told.
type told struct {
	etag    objectlayer.ETag // get, list: "" when the key is absent
	refused bool             // a condition did not hold
	unknown bool             // whether it happened is not known
}

// keyModel is a key: the ETag of its object, "" when there is none.
var keyModel = porcupine.NondeterministicModel{
	Init: func() []any { return []any{objectlayer.ETag("")} },
	Step: func(state, in, out any) []any {
		now, c, t := state.(objectlayer.ETag), in.(call), out.(told)
		next, holds := objectlayer.ETag(""), true
		switch c.kind {
		case "get", "list":
			if t.etag != now {
				return nil
			}
			return []any{now}
		case "create":
			holds = now == ""
		case "swap":
			holds = c.match != "" && now == c.match
		}
		if c.kind != "delete" {
			next = etagOf(c.body)
		}
		switch {
		case t.unknown && holds:
			return []any{now, next}
		case t.unknown, t.refused && !holds:
			return []any{now}
		case !t.refused && holds:
			return []any{next}
		}
		return nil
	},
	Equal: func(a, b any) bool { return a == b },
}

func etagOf(body []byte) objectlayer.ETag {
	sum := md5.Sum(body)
	return objectlayer.ETag(hex.EncodeToString(sum[:]))
}

// client makes calls. An answer that says nothing is not ok.
type client interface {
	do(c call) (t told, ok bool)
}

type storeClient struct{ r *rig }

func (s storeClient) do(c call) (t told, ok bool) {
	var err error
	switch c.kind {
	case "get":
		t.etag, err = s.get()
		return t, err == nil
	case "list":
		t.etag, err = s.list()
		return t, err == nil
	case "delete":
		err = s.r.tryDelete("k", "").Err
	default:
		err = s.put(c)
	}
	switch kind := objectlayer.KindOf(err); {
	case err == nil:
	case kind == objectlayer.KindPrecondition || kind == objectlayer.KindNoObject:
		t.refused = true
	default:
		t.unknown = true
	}
	return t, true
}

func (s storeClient) put(c call) error {
	o := objectlayer.PutOptions{}
	switch c.kind {
	case "create":
		o.Conditions.IfNoneMatch = []objectlayer.ETag{"*"}
	case "swap":
		o.Conditions.IfMatch = []objectlayer.ETag{c.match}
	}
	size := int64(len(c.body))
	if size%2 == 0 {
		size = -1 // into files
	}
	_, err := s.r.Put(s.r.ctx, bkt, "k", bytes.NewReader(c.body), size, o)
	return err
}

func (s storeClient) get() (objectlayer.ETag, error) {
	object, err := s.r.Get(s.r.ctx, bkt, "k", objectlayer.GetOptions{})
	if objectlayer.KindOf(err) == objectlayer.KindNoObject && err != nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer object.Body.Close()
	var body bytes.Buffer
	if _, err := object.Body.WriteTo(&body); err != nil {
		return "", err
	}
	if etag := etagOf(body.Bytes()); etag != object.Info.ETag {
		s.r.Errorf("read the bytes of %s under the ETag %s", etag, object.Info.ETag)
	}
	return object.Info.ETag, nil
}

func (s storeClient) list() (objectlayer.ETag, error) {
	page, err := s.r.List(s.r.ctx, bkt, objectlayer.ListOptions{Max: 10})
	if err != nil || len(page.Objects) == 0 {
		return "", err
	}
	return page.Objects[0].ETag, nil
}

// stubborn answers every get like its first one. The check has to notice that.
type stubborn struct {
	client
	first *told
}

func (s *stubborn) do(c call) (told, bool) {
	if c.kind != "get" {
		return s.client.do(c)
	}
	if s.first == nil {
		t, ok := s.client.do(c)
		if !ok {
			return t, false
		}
		s.first = &t
	}
	return *s.first, true
}

func TestLinearizable(t *testing.T) {
	t.Parallel()
	for _, sh := range []shape{{4, 2}, {4, 1}, {5, 2}} {
		t.Run(sh.String(), func(t *testing.T) {
			t.Parallel()
			ops := history(t, sh, 40, func(c client) client { return c })
			if got := porcupine.CheckOperationsTimeout(keyModel.ToModel(), ops, 20*time.Second); got != porcupine.Ok {
				t.Errorf("history of %d calls: %s", len(ops), got)
			}
		})
	}
}

func TestStubbornIsNoticed(t *testing.T) {
	t.Parallel()
	ops := history(t, shape{4, 2}, 8, func(c client) client { return &stubborn{client: c} })
	if got := porcupine.CheckOperationsTimeout(keyModel.ToModel(), ops, 20*time.Second); got != porcupine.Illegal {
		t.Errorf("history of clients that make up answers: %s", got)
	}
}

// history lets clients make so many calls each, about one key, while drives are slow, come and go.
func history(t *testing.T, sh shape, calls int, wrap func(client) client) (ops []porcupine.Operation) {
	const clients = 6
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := newRig(t, sh)
	r.bucket()
	r.slow(seed)
	var (
		mu   sync.Mutex // guards ops
		tick atomic.Int64
		seen atomic.Value // the ETag somebody saw last
		busy sync.WaitGroup
	)
	seen.Store(objectlayer.ETag(""))
	clientOf := make([]client, clients)
	do := func(id int, ask call) {
		op := porcupine.Operation{ClientId: id, Input: ask, Call: tick.Add(1)}
		answer, ok := clientOf[id].do(ask)
		op.Output, op.Return = answer, tick.Add(1)
		if !ok {
			return
		}
		if answer.unknown {
			op.Return = math.MaxInt64
		}
		if ask.kind == "get" {
			seen.Store(answer.etag)
		}
		mu.Lock()
		defer mu.Unlock()
		ops = append(ops, op)
	}
	for id := range clients {
		clientOf[id] = wrap(storeClient{r})
		random := rand.New(rand.NewPCG(seed, uint64(id)))
		busy.Go(func() {
			for n := range calls {
				kind := []string{"put", "create", "swap", "swap", "delete", "get", "get", "list"}[random.IntN(8)]
				body := fmt.Appendf(nil, "%d of client %d %*s", n, id, 1+random.IntN(2), "")
				do(id, call{kind: kind, body: body, match: seen.Load().(objectlayer.ETag)})
			}
		})
	}
	over := make(chan struct{})
	go func() { busy.Wait(); close(over) }()
	r.harass(rand.New(rand.NewPCG(seed, clients)), over)
	for _, d := range r.drives[0] { // at last everything works, and everybody looks
		d.mu.Lock()
		d.gate, d.lie = nil, nil
		d.mu.Unlock()
	}
	do(0, call{kind: "put", body: []byte("the end")})
	for id := range clients {
		do(id, call{kind: "get"})
	}
	return ops
}

// slow makes every call of a drive take a moment, and some commits lie about having failed.
func (r *rig) slow(seed uint64) {
	for slot, d := range r.drives[0] {
		var mu sync.Mutex
		random := rand.New(rand.NewPCG(seed, 1000+uint64(slot)))
		draw := func(n int) int {
			mu.Lock()
			defer mu.Unlock()
			return random.IntN(n)
		}
		d.mu.Lock()
		d.gate = func(string, drive.Path) error {
			time.Sleep(time.Duration(draw(300)) * time.Microsecond)
			return nil
		}
		d.lie = func() error {
			if draw(20) == 0 {
				return errBroken
			}
			return nil
		}
		d.mu.Unlock()
	}
}

// harass takes one drive away after the other until it is over.
func (r *rig) harass(random *rand.Rand, over chan struct{}) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.away(subset(random.IntN(2)) << random.IntN(len(r.drives[0])))
		case <-over:
			r.away(0)
			return
		}
	}
}
