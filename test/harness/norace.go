//go:build !race

package harness

// raceEnabled says that the test runs with the race detector; the server then does as well.
const raceEnabled = false
