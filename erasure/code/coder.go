package code

import (
	"fmt"
	"sync"

	"github.com/klauspost/reedsolomon"

	"github.com/holdfast-io/holdfast/erasure/topology"
)

// Coder codes by one scheme. It is safe for concurrent use.
type Coder struct {
	Scheme
	matrix reedsolomon.Encoder
}

// New makes a coder. That costs the inversion of a matrix; see [Cache].
func New(s Scheme) (*Coder, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	matrix, err := newMatrix(s.Geometry)
	if err != nil {
		return nil, err
	}
	return &Coder{Scheme: s, matrix: matrix}, nil
}

// newMatrix makes the coding of a valid geometry. Coding one block is a matter of
// a hundred microseconds: a server has other requests for its other cores, so a block is
// not divided among goroutines.
func newMatrix(g topology.Geometry) (reedsolomon.Encoder, error) {
	matrix, err := reedsolomon.New(g.Data, g.Parity, reedsolomon.WithMaxGoroutines(1))
	if err != nil {
		return nil, fmt.Errorf("%w: %v: %w", ErrScheme, g, err)
	}
	return matrix, nil
}

// Cache keeps what is costly about coders, once for each geometry, of which there are less than a
// hundred. The zero value is ready; it is safe for concurrent use.
type Cache struct {
	mu       sync.Mutex
	matrices map[topology.Geometry]reedsolomon.Encoder // guarded by mu
}

// Coder returns a coder of the scheme.
func (c *Cache) Coder(s Scheme) (*Coder, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	matrix, err := c.matrix(s.Geometry)
	if err != nil {
		return nil, err
	}
	return &Coder{Scheme: s, matrix: matrix}, nil
}

func (c *Cache) matrix(g topology.Geometry) (reedsolomon.Encoder, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if matrix, found := c.matrices[g]; found {
		return matrix, nil
	}
	matrix, err := newMatrix(g)
	if err != nil {
		return nil, err
	}
	if c.matrices == nil {
		c.matrices = make(map[topology.Geometry]reedsolomon.Encoder)
	}
	c.matrices[g] = matrix
	return matrix, nil
}
