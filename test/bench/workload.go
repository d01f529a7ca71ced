package main

import (
	"fmt"
	"net/http"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// object is a set of objects of one size that workloads share.
type object struct {
	prefix string
	size   int // bytes
	count  int
}

// key is that of object i; numbers beyond the last begin again.
func (o object) key(i int) string { return fmt.Sprintf("%s/%08d", o.prefix, i%o.count) }

// operation is one request, to be sent any number of times.
type operation struct {
	method string
	key    string
	query  map[string]string
	header map[string]string // sent along; must not be signed
	body   int               // bytes to send
	status int               // wanted
	moves  int               // bytes of objects that go over the wire, counted as throughput
}

// workload is a stream of operations on a number of connections.
type workload struct {
	name        string
	connections int
	count       int      // operations to make ready; sent again when all were sent
	once        bool     // every operation can be sent once only: the run ends when they are used up
	needs       []object // stored before the first run that needs them
	fresh       bool     // the objects are stored anew before every run
	operation   func(i int) operation
}

// workloads are the suite, in the order in which they run. The numbers of objects and requests are divided by scale.
func workloads(scale int) []workload {
	few := func(n int) int { return max(n/scale, 4) }
	small := object{"small", 4 * kib, few(10_000)}
	medium := object{"medium", mib, few(64)}
	large := object{"large", 20 * mib, few(8)}
	deleted := object{"deleted", 4 * kib, few(20_000)}
	var suite []workload
	add := func(w workload, connections ...int) {
		for _, n := range connections {
			each := w
			each.connections = n
			each.name = fmt.Sprintf("%s/connections=%d", w.name, n)
			suite = append(suite, each)
		}
	}
	add(workload{name: "put-4KiB", count: few(100_000), operation: puts("new", 4*kib)}, 1, 32)
	add(workload{name: "get-4KiB", count: small.count, needs: []object{small}, operation: small.get}, 1, 32)
	add(workload{name: "head-4KiB", count: small.count, needs: []object{small}, operation: small.head}, 1, 32)
	add(workload{name: "list-1000", count: 64, needs: []object{small}, operation: small.list}, 1, 32)
	add(workload{name: "delete-4KiB", count: deleted.count, once: true, fresh: true, needs: []object{deleted}, operation: deleted.remove}, 1, 32)
	add(workload{name: "put-1MiB", count: few(256), operation: puts("new-medium", mib)}, 1, 32)
	add(workload{name: "get-1MiB", count: medium.count, needs: []object{medium}, operation: medium.get}, 1, 32)
	add(workload{name: "put-20MiB", count: few(16), operation: puts("new-large", 20*mib)}, 1, 4)
	add(workload{name: "get-20MiB", count: large.count, needs: []object{large}, operation: large.get}, 1, 4)
	add(workload{name: "range-64KiB", count: few(4096), needs: []object{large}, operation: large.part}, 1, 32)
	add(workload{name: "mixed", count: few(20_000), needs: []object{small, medium}, operation: mixed(small, medium)}, 32)
	return suite
}

// puts stores objects under new keys, and over them once those are used up.
func puts(prefix string, size int) func(int) operation {
	return func(i int) operation {
		return operation{method: http.MethodPut, key: fmt.Sprintf("%s/%08d", prefix, i), body: size, status: http.StatusOK, moves: size}
	}
}

func (o object) get(i int) operation {
	return operation{method: http.MethodGet, key: o.key(scatter(i)), status: http.StatusOK, moves: o.size}
}

func (o object) head(i int) operation {
	return operation{method: http.MethodHead, key: o.key(scatter(i)), status: http.StatusOK}
}

func (o object) remove(i int) operation {
	return operation{method: http.MethodDelete, key: o.key(i), status: http.StatusNoContent}
}

// list asks for a page of a thousand keys from somewhere in the set.
func (o object) list(i int) operation {
	return operation{
		method: http.MethodGet, status: http.StatusOK,
		query: map[string]string{"list-type": "2", "max-keys": "1000", "prefix": o.prefix + "/", "start-after": o.key(scatter(i) % (o.count - o.count/10))},
	}
}

// part asks for 64 KiB from somewhere in an object.
func (o object) part(i int) operation {
	const length = 64 * kib
	first := scatter(i) % (o.size - length)
	return operation{
		method: http.MethodGet, key: o.key(i), status: http.StatusPartialContent, moves: length,
		header: map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", first, first+length-1)},
	}
}

// mixed is a busy bucket: mostly small reads, some of each other kind.
func mixed(small, medium object) func(int) operation {
	put := puts("new-mixed", 16*kib)
	return func(i int) operation {
		switch n := scatter(i) % 100; {
		case n < 50:
			return small.get(i)
		case n < 70:
			return small.head(i)
		case n < 90:
			return put(i)
		case n < 95:
			return medium.get(i)
		case n < 98:
			return operation{method: http.MethodDelete, key: put(i - 7).key, status: http.StatusNoContent}
		}
		return small.list(i)
	}
}

// scatter spreads consecutive numbers, the same way in every run.
func scatter(i int) int { return int(uint64(i+1) * 0x9e3779b97f4a7c15 >> 33) }
