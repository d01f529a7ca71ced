package store

import (
	"context"

	"github.com/holdfast-io/holdfast/objectlayer"
)

// DecodeMissed reads a list of missed writes and returns how many records it names.
func DecodeMissed(raw []byte) (int, error) {
	list, err := decodeMissed(raw)
	return len(list), err
}

// EncodeMissed is the list of what is queued, as it is written down.
func (s *Store) EncodeMissed() []byte {
	s.missed.mu.Lock()
	defer s.missed.mu.Unlock()
	return s.missed.encode(s.missed.queue)
}

// NoteMissed queues a record.
func (s *Store) NoteMissed(b objectlayer.Bucket, k objectlayer.Key) { s.missed.note(s.spots(b, k)[0]) }

// Missed is how many records are queued.
func (s *Store) Missed() int {
	s.missed.mu.Lock()
	defer s.missed.mu.Unlock()
	return len(s.missed.queue)
}

// ExpireUploads removes stale uploads now.
func (s *Store) ExpireUploads(ctx context.Context) error { return s.expireUploads(ctx) }
