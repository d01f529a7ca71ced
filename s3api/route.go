package s3api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/holdfast-io/holdfast/s3api/s3err"
)

// target is what a request is about.
type target uint8

const (
	onService target = iota
	onBucket
	onObject
	targetCount
)

// route is one row of the table: which requests are which operation, and who may be heard there.
type route struct {
	name   string // of the operation, as traces and figures show it
	method string
	on     target
	query  string // a parameter the query must have, as "name" or "name=value"; empty = none
	header string // a header the request must have, in canonical form; empty = none
	// accepts is the kinds of authentication the operation takes. A kind that is not named is refused before the operation
	// is reached.
	accepts   accepts
	anyRegion bool // clients call it to find out the region
	handle    func(*call) error
}

// matches tells whether a request, whose method and target are the route's, is for it.
func (rt *route) matches(query url.Values, header http.Header) bool {
	if rt.header != "" {
		if _, ok := header[rt.header]; !ok {
			return false
		}
	}
	if rt.query == "" {
		return true
	}
	name, value, exact := strings.Cut(rt.query, "=")
	values, ok := query[name]
	return ok && (!exact || values[0] == value)
}

// methodNames are the methods S3 has.
var methodNames = [...]string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete}

// routeTable is the routes by target and method, each list in the order of the table: the first that matches is taken.
type routeTable [targetCount][len(methodNames)][]route

func newRouteTable(all []route) routeTable {
	var t routeTable
	for _, rt := range all {
		m := methodIndex(rt.method)
		t[rt.on][m] = append(t[rt.on][m], rt)
	}
	return t
}

func methodIndex(method string) int {
	for i, m := range methodNames {
		if m == method {
			return i
		}
	}
	return -1
}

// findRoute picks the operation.
func (c *call) findRoute() error {
	m := methodIndex(c.r.Method)
	if m < 0 {
		return s3err.BadRequest
	}
	list := c.s.routes[c.target()][m]
	for i := range list {
		if list[i].matches(c.query, c.r.Header) {
			c.route = &list[i]
			return nil
		}
	}
	return s3err.BadRequest
}

func (c *call) target() target {
	switch {
	case c.bucket == "":
		return onService
	case c.key == "":
		return onBucket
	default:
		return onObject
	}
}
