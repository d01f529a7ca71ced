// Package arch keeps the house in order: its tests read every source file of the module and fail where one breaks a rule of
// the whole. layers.txt says which package may import which; the other rules are a test each.
//
// The tests parse the files themselves. One that asked "go list" would be answered from Go's test cache after a violation was
// added, since the cache does not see the sources; files that a test opens it does see.
package arch
