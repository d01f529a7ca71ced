// Package fault has the tests that do to the server what nobody should: kill it at any moment, start it twice, stop it in
// the middle of requests, and send it what no honest client sends.
//
// # Killing
//
// TestKill9 runs rounds. In each, several clients work on a server, on keys they share and keys of their own, until it is
// killed with SIGKILL at a moment drawn by the seed. The clients have written down what they tried, when, and what they were
// told. The server is started again and has to be right: every key shows the outcome of an operation that can have been the
// last one, no acknowledged version is missing, no removed one is back, no byte belongs to another operation than the ones
// around it, uploads in progress can be continued; and the drives hold nothing that no record names.
//
// Bytes are told apart by what they say: every 64-byte line of a body names the key, the operation and its own number. An
// answer is judged by the order of events that a client can observe, not by time: an operation that began after another was
// acknowledged is later, all else may have happened in either order.
//
//	go test ./test/fault -run TestKill9 -rounds 500 -seed 7 -timeout 4h
//
// # Hostility
//
// The other tests each send something malformed, false or slow, expect a clear S3 error or a closed connection, and look
// afterwards whether anything was stored or kept.
package fault
