// Package objectlayertest is what the contracts of package objectlayer are tested with: [Run], the suite every Store must
// pass; [Model], a Store in memory that is simple enough to be believed; and [Gate] and [Users], the smallest Gate and
// Accounts a door can be tested with.
//
// Model is a map of stacks behind one lock. It keeps the whole contract but durability: versions, delete markers, uploads,
// listings, conditions, tags, retention, checksums, copies. It keeps customer keys apart but encrypts nothing. Doors are
// unit-tested on it, and a history of calls against another Store can be replayed on it to see which answers are right.
//
// A Store under test is made by the caller and is empty:
//
//	func TestStore(t *testing.T) {
//		objectlayertest.Run(t, func(t *testing.T) objectlayer.Store { return newStore(t) })
//	}
package objectlayertest
