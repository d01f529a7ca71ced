// Package s3api is the S3 door: it parses S3 requests into calls on an objectlayer.Store and prints the answers.
//
// # Concepts
//
// A request becomes a [call]: which operation of which bucket and key (address.go, route.go), by whom (auth.go), with which
// view of the store. The route table is the whole surface: one row per operation with the kinds of authentication it takes;
// routing is generated from it, and so is the test that walks it with every wrong credential. Each operation has a file of
// its own that reads top to bottom: headers into options, one call, answer into headers.
//
// Errors are returned, never written by an operation; [Server.ServeHTTP] prints them in one place. An answer that streams is
// not begun before its first byte is there, so a read that fails at once is still an error document; one that fails later
// breaks the connection, because nothing else tells the client that the body is short.
//
// The door holds no policy and keeps nothing between requests but a counter for request ids. What a caller may do is the
// Gate's to say.
//
//	door := s3api.New(s3api.Options{Gate: gate, Accounts: accounts})
//	server := &http.Server{Handler: door, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
//
// # Traps
//
// Paths are taken raw: a mux that cleans "//" or ".." must not stand before this handler. Bodies are only read through
// call.payload, which holds them to their signature, their announced hash and a minimum rate; the deadline for headers is
// the http.Server's. docs/compat/s3.md lists what is supported and what differs from Amazon and MinIO.
package s3api

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/sigv4"
	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// Options are the settings of a Server. Gate and Accounts are required.
type Options struct {
	Gate     objectlayer.Gate
	Accounts objectlayer.Accounts
	// Region is the one region signatures may name; empty = any.
	Region string
	// Domains are the base domains of virtual-host style addressing; none = path style only.
	Domains []string
	// HostID is what X-Amz-Id-2 says of this node, 64 hex digits; empty = none.
	HostID string
	// Origins are the origins browsers may call from, with "*" as a wildcard; empty = all.
	Origins []string
	// MaxRequests is how many requests are served at once, those above it are told to come again; 0 = no limit.
	MaxRequests int
	// Patience is how long a client may take for each stretch of a body, see pace.go; 0 = 30 s.
	Patience time.Duration
	Logger   *slog.Logger     // nil = discard
	Clock    func() time.Time // nil = time.Now
}

func (o Options) withDefaults() Options {
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if len(o.Origins) == 0 {
		o.Origins = []string{"*"}
	}
	o.Domains = slices.Clone(o.Domains)
	for i := range o.Domains {
		o.Domains[i] = strings.ToLower(strings.Trim(o.Domains[i], "."))
	}
	slices.SortFunc(o.Domains, func(a, b string) int { return len(b) - len(a) }) // the most specific first
	return o
}

// Server is the S3 door. Make one with New.
type Server struct {
	o         Options
	routes    routeTable
	verifier  sigv4.Verifier
	anyRegion sigv4.Verifier // for the calls with which clients find out the region
	slots     chan struct{}  // one per request being served; nil = no limit
	lastID    atomic.Int64
	hostID    []string
	region    []string
	limit     []string
}

var _ http.Handler = (*Server)(nil)

// New returns a server. It starts nothing.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{o: o, routes: newRouteTable(routes())}
	keys := secrets{o.Accounts}
	s.verifier = sigv4.Verifier{Secrets: keys, Region: o.Region, Domains: o.Domains, Now: o.Clock}
	s.anyRegion = sigv4.Verifier{Secrets: keys, Domains: o.Domains, Now: o.Clock}
	if o.HostID != "" {
		s.hostID = []string{o.HostID}
	}
	if o.Region != "" {
		s.region = []string{o.Region}
	}
	if o.MaxRequests > 0 {
		s.slots = make(chan struct{}, o.MaxRequests)
		s.limit = []string{decimal(o.MaxRequests)}
	}
	return s
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(w, r)
	defer c.rescue()
	c.standardHeaders()
	if s.cors(c) {
		return
	}
	if err := c.serve(); err != nil {
		c.fail(err)
	}
}

// namer is a response writer that wants to know which operation it is the response of.
type namer interface{ NameAPI(string) }

// serve takes a request through its stages.
func (c *call) serve() error {
	if err := c.checkHeaders(); err != nil {
		return err
	}
	if err := c.address(); err != nil {
		return err
	}
	if !c.s.enter(c) {
		return s3err.TooManyRequests
	}
	defer c.s.leave()
	if err := c.findRoute(); err != nil {
		return err
	}
	if n, ok := c.w.ResponseWriter.(namer); ok {
		n.NameAPI(c.route.name)
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	return c.route.handle(c)
}

// enter takes a slot. A full house refuses at once: a request that waits only adds to the load.
func (s *Server) enter(c *call) bool {
	if s.slots == nil {
		return true
	}
	select {
	case s.slots <- struct{}{}:
		h := c.w.Header()
		h["X-Ratelimit-Limit"] = s.limit
		c.set("X-Ratelimit-Remaining", decimal(cap(s.slots)-len(s.slots)))
		return true
	default:
		return false
	}
}

func (s *Server) leave() {
	if s.slots != nil {
		<-s.slots
	}
}

// rescue turns a panic into an answer. It is a fault of ours; the process lives on.
func (c *call) rescue() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	c.s.o.Logger.Error("request panicked", "op", c.operation(), "bucket", c.bucket, "key", c.key, "panic", p, "stack", string(debug.Stack()))
	if c.w.began() {
		panic(http.ErrAbortHandler)
	}
	c.fail(s3err.InternalError)
}
